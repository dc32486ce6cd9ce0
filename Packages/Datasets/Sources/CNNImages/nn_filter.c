#include "include/nn_images.h"
#include "nn_clones.h"

#include <string.h>

static inline uint8_t to_byte(float value) {
    value = value < 0 ? 0 : value > 255 ? 255 : value;
    return (uint8_t)(value + 0.5f);
}

static int64_t clamp(int64_t value, int64_t count) { return value < 0 ? 0 : value >= count ? count - 1 : value; }

NN_CLONES static void add_bytes(float *restrict to, const uint8_t *restrict from, float weight, int64_t count) {
    for (int64_t i = 0; i < count; i++) to[i] += weight * (float)from[i];
}

NN_CLONES static void add_floats(float *restrict to, const float *restrict from, float weight, int64_t count) {
    for (int64_t i = 0; i < count; i++) to[i] += weight * from[i];
}

void nn_blur(uint8_t *to, const uint8_t *from, int64_t height, int64_t width, int64_t channels, const float *weights,
             int64_t radius, float *scratch) {
    int64_t pitch = width * channels, margin = radius * channels;
    float *columns = scratch, *row = scratch + pitch + 2 * margin;
    for (int64_t y = 0; y < height; y++) {
        memset(columns, 0, (size_t)(pitch + 2 * margin) * sizeof(float));
        for (int64_t k = -radius; k <= radius; k++) {
            add_bytes(columns + margin, from + clamp(y + k, height) * pitch, weights[k + radius], pitch);
        }
        for (int64_t i = 0; i < margin; i++) {
            columns[i] = columns[margin + i % channels];
            columns[margin + pitch + i] = columns[margin + pitch - channels + i % channels];
        }
        memset(row, 0, (size_t)pitch * sizeof(float));
        for (int64_t k = 0; k <= 2 * radius; k++) add_floats(row, columns + k * channels, weights[k], pitch);
        for (int64_t i = 0; i < pitch; i++) to[y * pitch + i] = to_byte(row[i]);
    }
}

void nn_sharpen(uint8_t *to, const uint8_t *from, int64_t height, int64_t width, int64_t channels, float factor) {
    int64_t pitch = width * channels;
    memcpy(to, from, (size_t)(height * pitch));
    for (int64_t y = 1; y + 1 < height; y++) {
        for (int64_t i = y * pitch + channels; i < (y + 1) * pitch - channels; i++) {
            int sum = 4 * from[i];
            for (int64_t line = i - pitch; line <= i + pitch; line += pitch) {
                sum += from[line - channels] + from[line] + from[line + channels];
            }
            float mean = (float)sum / 13;
            to[i] = to_byte(mean + factor * ((float)from[i] - mean));
        }
    }
}
