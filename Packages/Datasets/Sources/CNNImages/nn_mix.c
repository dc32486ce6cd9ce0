#include "include/nn_images.h"
#include "nn_bfloat16.h"
#include "nn_clones.h"

#define NN_DEFINE_MIX(NAME, TYPE, READ, WRITE)                                                                    \
    NN_CLONES void NAME(TYPE *restrict to, const TYPE *restrict first, const TYPE *restrict second, float share,  \
                        int64_t count) {                                                                          \
        for (int64_t i = 0; i < count; i++) {                                                                     \
            float value = READ(first[i]);                                                                         \
            to[i] = WRITE(value + share * (READ(second[i]) - value));                                             \
        }                                                                                                         \
    }

NN_DEFINE_MIX(nn_mix_f32, float, , )
NN_DEFINE_MIX(nn_mix_bf16, nn_bf16, nn_from_bf16, nn_to_bf16)
