#ifndef NN_GATHER_H
#define NN_GATHER_H

#include <stdint.h>

/// The position of the first index outside 0 ..< limit; -1 where all are inside.
int64_t nn_first_index_outside(const int32_t *_Nonnull indices, int64_t count, int64_t limit);

/// to[i] = from[i]. Returns the position of the first number that int32 does not have, which saturates; -1 where it has
/// them all.
int64_t nn_narrow(int32_t *_Nonnull to, const int64_t *_Nonnull from, int64_t count);

/// to[o, i, :] = from[o, indices[i], :] for from [outer, length, inner]; inner_bytes is the size of a row.
void nn_gather(void *_Nonnull to, const void *_Nonnull from, const int32_t *_Nonnull indices, int64_t outer,
               int64_t length, int64_t count, int64_t inner_bytes);

/// to[o, j, :] = the sum of from[o, i, :] over the i for which indices[i] is j, in order; to is
/// [outer, length, inner] in float32, from float32 or bfloat16.
void nn_scatter_add(float *_Nonnull to, const void *_Nonnull from, int32_t type,
                    const int32_t *_Nonnull indices, int64_t outer, int64_t length, int64_t count,
                    int64_t inner);

/// to[o, i, k] = from[o, indices[o, i, k], k] for from [outer, length, inner] with elements of 1, 2, 4 or 8 bytes;
/// to and indices are [outer, count, inner].
void nn_take_along(void *_Nonnull to, const void *_Nonnull from, const int32_t *_Nonnull indices, int element_size,
                   int64_t outer, int64_t length, int64_t count, int64_t inner);

/// to[o, j, k] = the sum of from[o, i, k] over the i for which indices[o, i, k] is j, in order and in double: the
/// pullback of nn_take_along. to is [outer, length, inner] in float32, from is float32 or bfloat16.
void nn_add_along(float *_Nonnull to, const void *_Nonnull from, int32_t type, const int32_t *_Nonnull indices,
                  int64_t outer, int64_t length, int64_t count, int64_t inner);

#endif
