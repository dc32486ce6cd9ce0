#ifndef NN_REDUCE_H
#define NN_REDUCE_H

#include <stdint.h>

enum { NN_REDUCE_SUM, NN_REDUCE_MAXIMUM, NN_REDUCE_MINIMUM, NN_REDUCE_PRODUCT };

/// to[outer, inner] = scale * reduction of from[outer, length, inner] over the middle.
///
/// Floats give float32 or bfloat16 and are summed in float over 32 terms, these sums in double, and multiplied in
/// double; the order depends on the sizes only. Integers are reduced in int64, in which products wrap around, and
/// give any integer type, unscaled.
void nn_reduce(int function, double scale, int to_type, void *_Nonnull to, int from_type,
               const void *_Nonnull from, int64_t outer, int64_t length, int64_t inner);

#endif
