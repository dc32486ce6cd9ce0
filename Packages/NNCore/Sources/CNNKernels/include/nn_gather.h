#ifndef NN_GATHER_H
#define NN_GATHER_H

#include <stdint.h>

/// The place of the first index outside 0 ..< limit; -1 where all are inside.
int64_t nn_first_index_outside(const int32_t *_Nonnull indices, int64_t count, int64_t limit);

/// to[o, i, :] = from[o, indices[i], :] for from [outer, length, inner]; inner_bytes is the size of a row.
void nn_gather(void *_Nonnull to, const void *_Nonnull from, const int32_t *_Nonnull indices, int64_t outer,
               int64_t length, int64_t count, int64_t inner_bytes);

/// to[o, j, :] = the sum of from[o, i, :] over the i for which indices[i] is j, in order; to is
/// [outer, length, inner] in float32, from float32 or bfloat16.
void nn_scatter_add(float *_Nonnull to, const void *_Nonnull from, int32_t type,
                    const int32_t *_Nonnull indices, int64_t outer, int64_t length, int64_t count,
                    int64_t inner);

#endif
