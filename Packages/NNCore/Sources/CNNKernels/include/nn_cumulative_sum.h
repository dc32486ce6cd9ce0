#ifndef NN_CUMULATIVE_SUM_H
#define NN_CUMULATIVE_SUM_H

#include <stdint.h>

/// to[o, i, k] = the sum of from[o, j, k] over j <= i, or over j >= i where it is reversed; from and to are
/// [outer, length, inner].
///
/// float32 and bfloat16 give their own type and are summed in double; integers give int64 and wrap around.
void nn_cumulative_sum(int is_reversed, int type, void *_Nonnull to, const void *_Nonnull from, int64_t outer,
                       int64_t length, int64_t inner);

#endif
