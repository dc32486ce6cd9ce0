#ifndef NN_SOFTMAX_H
#define NN_SOFTMAX_H

#include <stdint.h>

/// The softmax or its logarithm over the middle of [outer, length, inner], float32 or bfloat16.
void nn_softmax(int is_logarithm, int type, void *_Nonnull to, const void *_Nonnull from, int64_t outer,
                int64_t length, int64_t inner);

/// The gradient by the input from that by the result, and the result.
void nn_softmax_gradient(int is_logarithm, int type, void *_Nonnull to, const void *_Nonnull gradient,
                         const void *_Nonnull result, int64_t outer, int64_t length, int64_t inner);

#endif
