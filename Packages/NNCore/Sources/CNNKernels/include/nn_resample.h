#ifndef NN_RESAMPLE_H
#define NN_RESAMPLE_H

#include <stdint.h>

/// What each row (or column) of the result is made of: the elements from offsets[i] to
/// offsets[i + 1] of positions, which are rows of the source, and of weights.
typedef struct {
    int64_t length;
    const int64_t *_Nonnull offsets;
    const int64_t *_Nonnull positions;
    const float *_Nonnull weights;
} nn_axis_weights;

/// to[n, y, x, :] = the sum over i and j of rows.weight[y, i] * columns.weight[x, j] * from[n, i, j, :],
/// float32 or bfloat16: average pooling, nearest and bilinear resizing, and the pullback of each.
void nn_resample(void *_Nonnull to, const void *_Nonnull from, int32_t type, int64_t batch,
                 int64_t from_height, int64_t from_width, int64_t channels, nn_axis_weights rows,
                 nn_axis_weights columns);

#endif
