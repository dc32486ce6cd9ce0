#ifndef NN_BF16_H
#define NN_BF16_H

#include <stdint.h>
#include <string.h>

static inline float to_f32(float value) { return value; }

/// Rounds to nearest even; what is made of pixels is never NaN.
static inline uint16_t to_bf16(float value) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    return (uint16_t)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

static inline float from_f32(float value) { return value; }

static inline float from_bf16(uint16_t value) {
    uint32_t bits = (uint32_t)value << 16;
    float result;
    memcpy(&result, &bits, 4);
    return result;
}

#endif
