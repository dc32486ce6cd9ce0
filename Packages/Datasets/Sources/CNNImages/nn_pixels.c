#include "include/nn_images.h"
#include "nn_bfloat16.h"
#include "nn_clones.h"

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

/// 16 pixels are 48 numbers, whole vectors in which each lane has a coefficient of its own.
#define NN_DEFINE_NORMALIZE(NAME, TYPE, WRITE)                                                       \
    NN_CLONES void NAME(TYPE *restrict to, const uint8_t *restrict from, int64_t pixels,             \
                        const float *restrict scale, const float *restrict offset) {                 \
        float scales[48], offsets[48];                                                               \
        for (int i = 0; i < 48; i++) {                                                               \
            scales[i] = scale[i % 3];                                                                \
            offsets[i] = offset[i % 3];                                                              \
        }                                                                                            \
        int64_t count = 3 * pixels, i = 0;                                                           \
        for (; i + 48 <= count; i += 48) {                                                           \
            for (int j = 0; j < 48; j++) to[i + j] = WRITE((float)from[i + j] * scales[j] + offsets[j]); \
        }                                                                                            \
        for (int j = 0; i < count; i++, j++) to[i] = WRITE((float)from[i] * scales[j] + offsets[j]); \
    }

NN_DEFINE_NORMALIZE(nn_normalize_f32, float, )
NN_DEFINE_NORMALIZE(nn_normalize_bf16, nn_bf16, nn_to_bf16)

NN_CLONES int nn_widen_labels(int32_t *restrict to, const uint8_t *restrict from, int64_t count, int class_count,
                              int ignore_index) {
    int is_wrong = 0;
    for (int64_t i = 0; i < count; i++) {
        to[i] = from[i];
        is_wrong |= (from[i] >= class_count) & (from[i] != ignore_index);
    }
    for (int64_t i = 0; is_wrong && i < count; i++) {
        if (from[i] >= class_count && from[i] != ignore_index) return from[i];
    }
    return -1;
}

NN_CLONES void nn_sum_colors(const uint8_t *restrict pixels, int64_t count, uint64_t *restrict sums) {
    uint64_t red = 0, green = 0, blue = 0;
    for (int64_t i = 0; i < count; i++) {
        red += pixels[3 * i];
        green += pixels[3 * i + 1];
        blue += pixels[3 * i + 2];
    }
    sums[0] = red;
    sums[1] = green;
    sums[2] = blue;
}

NN_CLONES void nn_change_colors(uint8_t *restrict pixels, int64_t count, const float *restrict matrix) {
    for (int64_t i = 0; i < count; i++) {
        float red = pixels[3 * i], green = pixels[3 * i + 1], blue = pixels[3 * i + 2];
        for (int c = 0; c < 3; c++) {
            const float *row = matrix + 4 * c;
            float value = row[0] * red + row[1] * green + row[2] * blue + row[3];
            value = value < 0 ? 0 : value > 255 ? 255 : value;
            pixels[3 * i + c] = (uint8_t)(value + 0.5f);
        }
    }
}
