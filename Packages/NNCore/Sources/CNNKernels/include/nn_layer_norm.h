#ifndef NN_LAYER_NORM_H
#define NN_LAYER_NORM_H

#include <stdint.h>

/// to = (from - mean) / sqrt(variance + epsilon) * scale + offset by row, float32 or bfloat16.
/// scale and offset are [columns]. The mean and 1 / sqrt(variance + epsilon) of each row are
/// written to statistics, [rows, 2].
void nn_layer_norm(void *_Nonnull to, float *_Nonnull statistics, const void *_Nonnull from, int32_t type,
                   const float *_Nonnull scale, const float *_Nullable offset, float epsilon, int64_t rows,
                   int64_t columns);

/// The gradient by the input, in the type of `from`, the gradient by the result.
void nn_layer_norm_gradient(void *_Nonnull to, const void *_Nonnull from, const void *_Nonnull input,
                            int32_t type, const float *_Nonnull statistics, const float *_Nonnull scale,
                            int64_t rows, int64_t columns);

/// The gradients by scale and offset, [2, columns].
void nn_layer_norm_parameter_gradients(float *_Nonnull to, const void *_Nonnull from, const void *_Nonnull input,
                                       int32_t type, const float *_Nonnull statistics, int64_t rows,
                                       int64_t columns);

#endif
