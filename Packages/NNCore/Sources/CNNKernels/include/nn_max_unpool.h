#ifndef NN_MAX_UNPOOL_H
#define NN_MAX_UNPOOL_H

#include <stdint.h>

/// to[n, indices[n, i, c], c] = from[n, i, c], zero elsewhere; the last of equal indices wins.
/// from and indices are [batch, count, channels], to is [batch, to_count, channels]. Elements have
/// 2 or 4 bytes.
void nn_max_unpool(void *_Nonnull to, const void *_Nonnull from, const int32_t *_Nonnull indices,
                   int32_t element_size, int64_t batch, int64_t count, int64_t to_count, int64_t channels);

/// to[n, i, c] = from[n, indices[n, i, c], c], the pullback of nn_max_unpool.
void nn_max_unpool_gradient(void *_Nonnull to, const void *_Nonnull from, const int32_t *_Nonnull indices,
                            int32_t element_size, int64_t batch, int64_t count, int64_t from_count,
                            int64_t channels);

#endif
