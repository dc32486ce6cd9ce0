#ifndef NN_BFLOAT16_H
#define NN_BFLOAT16_H

#include <stdint.h>
#include <string.h>

/// The bits of a bfloat16: the upper half of a float32.
typedef uint16_t nn_bf16;

/// The exact value.
static inline __attribute__((always_inline)) float nn_from_bf16(nn_bf16 value) {
    uint32_t bits = (uint32_t)value << 16;
    float result;
    memcpy(&result, &bits, 4);
    return result;
}

/// Rounds to nearest, ties to even. NaN is handled separately: rounding would turn one whose payload is all ones, as
/// GPUs produce them, into zero, and so hide that a run has diverged.
static inline __attribute__((always_inline)) nn_bf16 nn_to_bf16(float value) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16, quiet = bits >> 16 | 0x40;
    return (nn_bf16)((bits & 0x7fffffff) > 0x7f800000 ? quiet : rounded);
}

#endif
