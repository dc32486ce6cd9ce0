#include "include/nn_images.h"
#include "nn_clones.h"

#include <math.h>
#include <string.h>

static inline uint8_t to_byte(float value) {
    value = value < 0 ? 0 : value > 255 ? 255 : value;
    return (uint8_t)(value + 0.5f);
}

#define NN_DEFINE_WARP(BILINEAR, NEAREST, TYPE, WRITE)                                                            \
    void BILINEAR(TYPE *to, const TYPE *from, int64_t height, int64_t width, int64_t channels, const double *m,    \
                  TYPE fill) {                                                                                     \
        for (int64_t y = 0; y < height; y++) {                                                                     \
            for (int64_t x = 0; x < width; x++, to += channels) {                                                  \
                double column = m[0] * (double)x + m[1] * (double)y + m[2];                                        \
                double row = m[3] * (double)x + m[4] * (double)y + m[5];                                           \
                /* Written so that what is not a number lies outside. */                                           \
                if (!(column > -1 && column < (double)width && row > -1 && row < (double)height)) {                \
                    for (int64_t c = 0; c < channels; c++) to[c] = fill;                                           \
                    continue;                                                                                      \
                }                                                                                                  \
                int64_t left = (int64_t)floor(column), top = (int64_t)floor(row);                                  \
                float across = (float)(column - (double)left), down = (float)(row - (double)top);                  \
                for (int64_t c = 0; c < channels; c++) {                                                           \
                    float corners[4];                                                                              \
                    for (int i = 0; i < 4; i++) {                                                                  \
                        int64_t cx = left + (i & 1), cy = top + (i >> 1);                                          \
                        int inside = cx >= 0 && cx < width && cy >= 0 && cy < height;                              \
                        corners[i] = inside ? from[(cy * width + cx) * channels + c] : fill;                       \
                    }                                                                                              \
                    float upper = corners[0] + across * (corners[1] - corners[0]);                                 \
                    float lower = corners[2] + across * (corners[3] - corners[2]);                                 \
                    to[c] = WRITE(upper + down * (lower - upper));                                                 \
                }                                                                                                  \
            }                                                                                                      \
        }                                                                                                          \
    }                                                                                                              \
                                                                                                                   \
    void NEAREST(TYPE *to, const TYPE *from, int64_t height, int64_t width, int64_t channels, const double *m,     \
                 TYPE fill) {                                                                                      \
        for (int64_t y = 0; y < height; y++) {                                                                     \
            for (int64_t x = 0; x < width; x++, to += channels) {                                                  \
                double column = m[0] * (double)x + m[1] * (double)y + m[2] + 0.5;                                  \
                double row = m[3] * (double)x + m[4] * (double)y + m[5] + 0.5;                                     \
                int inside = column >= 0 && column < (double)width && row >= 0 && row < (double)height;            \
                const TYPE *pixel = inside ? from + ((int64_t)row * width + (int64_t)column) * channels : 0;       \
                for (int64_t c = 0; c < channels; c++) to[c] = pixel ? pixel[c] : fill;                            \
            }                                                                                                      \
        }                                                                                                          \
    }

NN_DEFINE_WARP(nn_warp_bilinear, nn_warp_nearest, uint8_t, to_byte)
NN_DEFINE_WARP(nn_warp_floats_bilinear, nn_warp_floats_nearest, float, )

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
