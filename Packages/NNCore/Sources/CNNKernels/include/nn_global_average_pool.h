#ifndef NN_GLOBAL_AVERAGE_POOL_H
#define NN_GLOBAL_AVERAGE_POOL_H

#include <stdint.h>

/// to[n, c] = the mean over the pixels of from[n, :, c], float32 or bfloat16.
void nn_global_average_pool(void *_Nonnull to, const void *_Nonnull from, int32_t type, int64_t batch,
                            int64_t pixels, int64_t channels);

/// to[n, :, c] = from[n, c] / pixels.
void nn_global_average_pool_gradient(void *_Nonnull to, const void *_Nonnull from, int32_t type,
                                     int64_t batch, int64_t pixels, int64_t channels);

#endif
