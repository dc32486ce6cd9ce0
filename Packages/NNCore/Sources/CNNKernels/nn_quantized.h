/// What the files of quantized convolutions share.
#ifndef NN_QUANTIZED_INTERNAL_H
#define NN_QUANTIZED_INTERNAL_H

// A product and a sum are rounded each, so that every instruction set gives the same bits.
#pragma STDC FP_CONTRACT OFF

#include "nn_internal.h"
#include "nn_math.h"

#include "include/nn_quantized.h"

/// The nearest byte. Limits are whole numbers, so rounding after them is rounding before them; adding 1.5 * 2^23 rounds
/// to a whole number, ties to even.
NN_INLINE uint8_t nn_quantized_byte(float x, float inverse_scale, float zero_point) {
    const float rounder = 12582912.0f;
    float scaled = x * inverse_scale;
    // In this order NaN becomes the lower limit.
    scaled = scaled > -zero_point ? scaled : -zero_point;
    scaled = scaled < 255.0f - zero_point ? scaled : 255.0f - zero_point;
    float whole = (scaled + rounder) - rounder;
    return (uint8_t)(int32_t)(whole + zero_point);
}

NN_INLINE float nn_quantized_float(uint8_t byte, float scale, int32_t zero_point) {
    return (float)((int32_t)byte - zero_point) * scale;
}

/// One filter for each channel.
NN_INLINE int nn_quantized_is_depthwise(const nn_quantized_window *w) {
    return w->groups > 1 && w->groups == w->channels && w->groups == w->outputs;
}

/// The functions of one instruction set.
typedef struct {
    int64_t (*packed_size)(const nn_quantized_window *window);
    void (*pack)(const nn_quantized_window *window, const uint8_t *weight, void *packed);
    void (*convolve)(const nn_quantized_window *window, const uint8_t *images, int32_t zero_point, const void *packed,
                     const nn_quantized_epilogue *epilogue, void *output);
} nn_quantized_loops;

extern const nn_quantized_loops nn_quantized_reference, nn_quantized_portable;
#if defined(__x86_64__)
extern const nn_quantized_loops nn_quantized_avx2, nn_quantized_vnni;
#endif

#endif
