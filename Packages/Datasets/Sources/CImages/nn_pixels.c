#include "include/nn_images.h"

#include <stddef.h>

/// One compiled copy of a function per instruction set, chosen once when the program starts.
#if defined(__x86_64__) && defined(__linux__)
#define NN_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define NN_CLONES
#endif

NN_CLONES static void blend_rows(float *restrict to, const uint8_t *restrict upper, const uint8_t *restrict lower,
                                 float fraction, int64_t count) {
    for (int64_t i = 0; i < count; i++) to[i] = (float)upper[i] + fraction * (float)(lower[i] - upper[i]);
}

void nn_resize_row(uint8_t *to, const uint8_t *upper, const uint8_t *lower, float row_fraction, int64_t width,
                   int64_t channels, float *scratch, int64_t to_width, const int32_t *left, const int32_t *right,
                   const float *column_fractions) {
    blend_rows(scratch, upper, lower, row_fraction, width * channels);
    for (int64_t x = 0; x < to_width; x++) {
        const float *first = scratch + left[x] * channels, *second = scratch + right[x] * channels;
        for (int64_t c = 0; c < channels; c++) {
            float value = first[c] + column_fractions[x] * (second[c] - first[c]);
            to[x * channels + c] = (uint8_t)(value + 0.5f);
        }
    }
}
