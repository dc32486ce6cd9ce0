#ifndef NN_HARD_LABELS_H
#define NN_HARD_LABELS_H

#include <stdint.h>

/// Copies the labels of hard predictions, and puts `replacement` for those of easy ones.
///
/// Hard is a probability of the label below `threshold`, and no more than the `least`-th smallest one.
/// Probabilities above 1 stand for rows that do not count.
void nn_hard_labels(const float *_Nonnull probabilities, const int32_t *_Nonnull labels, int64_t rows,
                    float threshold, int64_t least, int32_t replacement, int32_t *_Nonnull to);

#endif
