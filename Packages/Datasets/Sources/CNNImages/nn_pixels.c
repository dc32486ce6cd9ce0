#include "include/nn_images.h"
#include "nn_bfloat16.h"
#include "nn_clones.h"

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

/// Any number of channels, of bytes or floats.
#define NN_DEFINE_NORMALIZE_CHANNELS(NAME, FROM, TYPE, WRITE)                                          \
    NN_CLONES void NAME(TYPE *restrict to, const FROM *restrict from, int64_t pixels, int64_t channels, \
                        const float *restrict scale, const float *restrict offset) {                   \
        if (channels == 1) {                                                                           \
            const float one_scale = scale[0], one_offset = offset[0];                                  \
            for (int64_t i = 0; i < pixels; i++) to[i] = WRITE((float)from[i] * one_scale + one_offset); \
            return;                                                                                    \
        }                                                                                              \
        for (int64_t i = 0; i < pixels; i++, to += channels, from += channels) {                       \
            for (int64_t c = 0; c < channels; c++) to[c] = WRITE((float)from[c] * scale[c] + offset[c]); \
        }                                                                                              \
    }

NN_DEFINE_NORMALIZE_CHANNELS(nn_normalize_bytes_f32, uint8_t, float, )
NN_DEFINE_NORMALIZE_CHANNELS(nn_normalize_bytes_bf16, uint8_t, nn_bf16, nn_to_bf16)
NN_DEFINE_NORMALIZE_CHANNELS(nn_normalize_floats_f32, float, float, )
NN_DEFINE_NORMALIZE_CHANNELS(nn_normalize_floats_bf16, float, nn_bf16, nn_to_bf16)

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
