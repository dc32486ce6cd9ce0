#ifndef NN_MIX_H
#define NN_MIX_H

#include <stdint.h>

/// to = first + share * (second - first), of numbers in float32 or bfloat16.
void nn_mix_f32(float *_Nonnull to, const float *_Nonnull first, const float *_Nonnull second, float share,
                int64_t count);
void nn_mix_bf16(uint16_t *_Nonnull to, const uint16_t *_Nonnull first, const uint16_t *_Nonnull second, float share,
                 int64_t count);

#endif
