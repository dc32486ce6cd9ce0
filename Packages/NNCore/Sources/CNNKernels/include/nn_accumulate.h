#ifndef NN_ACCUMULATE_H
#define NN_ACCUMULATE_H

#include <stdint.h>

/// to[i] += from[i], for sums of gradients.
void nn_accumulate_f32(void *_Nonnull to, const void *_Nonnull from, int64_t count);
void nn_accumulate_bf16(void *_Nonnull to, const void *_Nonnull from, int64_t count);

#endif
