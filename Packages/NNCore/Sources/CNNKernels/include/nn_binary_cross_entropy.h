#ifndef NN_BINARY_CROSS_ENTROPY_H
#define NN_BINARY_CROSS_ENTROPY_H

#include <stdint.h>

/// Binary cross entropy of sigmoid(logits), `rows` predictions of `columns` logits, against class indices.
///
/// One column stands for class 1 of two; several stand for a class each, against all the others.
typedef struct {
    int64_t rows, columns;
    int is_bfloat16;
    const void *_Nonnull logits;
    const int32_t *_Nonnull labels;
    /// The factor of the cost of a missed positive, for each column.
    const float *_Nonnull positive_weights;
    /// Rows with this label do not count; INT32_MIN for none.
    int32_t ignore_index;
} nn_binary_cross_entropy;

/// The sum of the losses of all logits, and the number of rows that count. Gives the first row whose label
/// is neither a class nor the ignored one, or -1.
int64_t nn_binary_cross_entropy_forward(const nn_binary_cross_entropy *_Nonnull job, double *_Nonnull loss,
                                        double *_Nonnull rows);

/// gradient = factor * d(sum of losses) / d(logits), in the type of the logits.
void nn_binary_cross_entropy_backward(const nn_binary_cross_entropy *_Nonnull job, float factor,
                                      void *_Nonnull gradient);

#endif
