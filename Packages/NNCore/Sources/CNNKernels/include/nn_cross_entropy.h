#ifndef NN_CROSS_ENTROPY_H
#define NN_CROSS_ENTROPY_H

#include <stdint.h>

/// Cross entropy of softmax(logits) against class indices, for `rows` predictions of `classes` logits.
typedef struct {
    int64_t rows, classes;
    int is_bfloat16;
    const void *_Nonnull logits;
    const int32_t *_Nonnull labels;
    /// One factor a class, or NULL.
    const float *_Nullable class_weights;
    float label_smoothing;
    /// The losses are multiplied by (1 - probability of the label)^gamma; 0 for plain cross entropy, and
    /// with label smoothing.
    float gamma;
    /// Rows with this label do not count; INT32_MIN for none.
    int32_t ignore_index;
} nn_cross_entropy;

/// The sum of the losses and the sum of the rows' weights. Gives the first row whose label is neither a
/// class nor the ignored one, or -1.
int64_t nn_cross_entropy_forward(const nn_cross_entropy *_Nonnull job, double *_Nonnull loss,
                                 double *_Nonnull weight);

/// gradient = factor * d(sum of losses) / d(logits), in the type of the logits.
void nn_cross_entropy_backward(const nn_cross_entropy *_Nonnull job, float factor, void *_Nonnull gradient);

/// The probability of each row's label; 2 for a row that does not count.
void nn_label_probabilities(const nn_cross_entropy *_Nonnull job, float *_Nonnull to);

#endif
