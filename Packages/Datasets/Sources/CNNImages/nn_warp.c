#include "include/nn_images.h"
#include "nn_clones.h"

#include <math.h>
#include <string.h>

/// The pixels whose input is found before their values are calculated.
enum { STRIP = 256 };

/// A coordinate within 0 ... count - 1 for one outside, which is not a constant.
static inline double inside(double value, int64_t count, nn_border border) {
    if (value >= 0 && value <= (double)(count - 1)) return value;
    if (border == NN_BORDER_REFLECT) {
        // Mirrored at the outer sides of the first and the last pixel, again and again.
        double period = 2 * (double)count, shifted = fmod(value + 0.5, period);
        if (shifted < 0) shifted += period;
        value = (shifted > (double)count ? period - shifted : shifted) - 0.5;
    }
    return value < 0 ? 0 : value > (double)(count - 1) ? (double)(count - 1) : value;
}

/// The inputs of a strip of pixels.
typedef struct {
    int64_t count, height, width;
    double columns[STRIP], rows[STRIP];
} strip;

static void locate(strip *s, int64_t y, int64_t first, const double *m, const float *shift, nn_border border) {
    for (int64_t i = 0; i < s->count; i++) {
        s->columns[i] = m[0] * (double)(first + i) + m[1] * (double)y + m[2];
        s->rows[i] = m[3] * (double)(first + i) + m[4] * (double)y + m[5];
    }
    if (shift) {
        const float *dx = shift + y * s->width + first, *dy = dx + s->height * s->width;
        for (int64_t i = 0; i < s->count; i++) {
            s->columns[i] += (double)dx[i];
            s->rows[i] += (double)dy[i];
        }
    }
    if (border == NN_BORDER_CONSTANT) return;
    for (int64_t i = 0; i < s->count; i++) {
        s->columns[i] = inside(s->columns[i], s->width, border);
        s->rows[i] = inside(s->rows[i], s->height, border);
    }
}

/// What is not a number lies outside, as conditions are written here.
#define NN_DEFINE_WARP(WARP, BILINEAR, NEAREST, TYPE, WRITE)                                                      \
    static inline void BILINEAR(TYPE *restrict to, const TYPE *from, const strip *s, const int64_t channels,      \
                                TYPE fill) {                                                                      \
        const int64_t pitch = s->width * channels;                                                                \
        for (int64_t i = 0; i < s->count; i++, to += channels) {                                                  \
            double column = s->columns[i], row = s->rows[i];                                                      \
            if (!(column > -1 && column < (double)s->width && row > -1 && row < (double)s->height)) {             \
                for (int64_t c = 0; c < channels; c++) to[c] = fill;                                              \
                continue;                                                                                         \
            }                                                                                                     \
            /* Both are above -1, for which this rounds down. */                                                  \
            int64_t left = (int64_t)(column + 1) - 1, top = (int64_t)(row + 1) - 1;                               \
            float across = (float)(column - (double)left), down = (float)(row - (double)top);                     \
            int is_whole = left >= 0 && top >= 0 && left + 1 < s->width && top + 1 < s->height;                   \
            for (int64_t c = 0; c < channels; c++) {                                                              \
                float corners[4];                                                                                 \
                if (is_whole) {                                                                                   \
                    const TYPE *corner = from + top * pitch + left * channels + c;                                \
                    corners[0] = corner[0];                                                                       \
                    corners[1] = corner[channels];                                                                \
                    corners[2] = corner[pitch];                                                                   \
                    corners[3] = corner[pitch + channels];                                                        \
                } else {                                                                                          \
                    for (int j = 0; j < 4; j++) {                                                                 \
                        int64_t x = left + (j & 1), y = top + (j >> 1);                                           \
                        int is_inside = x >= 0 && x < s->width && y >= 0 && y < s->height;                        \
                        corners[j] = is_inside ? from[y * pitch + x * channels + c] : fill;                       \
                    }                                                                                             \
                }                                                                                                 \
                float upper = corners[0] + across * (corners[1] - corners[0]);                                    \
                float lower = corners[2] + across * (corners[3] - corners[2]);                                    \
                to[c] = WRITE(upper + down * (lower - upper));                                                    \
            }                                                                                                     \
        }                                                                                                         \
    }                                                                                                             \
                                                                                                                  \
    static inline void NEAREST(TYPE *restrict to, const TYPE *from, const strip *s, const int64_t channels,       \
                               TYPE fill) {                                                                       \
        for (int64_t i = 0; i < s->count; i++, to += channels) {                                                  \
            double column = s->columns[i] + 0.5, row = s->rows[i] + 0.5;                                          \
            int is_inside = column >= 0 && column < (double)s->width && row >= 0 && row < (double)s->height;      \
            const TYPE *pixel = is_inside ? from + ((int64_t)row * s->width + (int64_t)column) * channels : NULL; \
            for (int64_t c = 0; c < channels; c++) to[c] = pixel ? pixel[c] : fill;                               \
        }                                                                                                         \
    }                                                                                                             \
                                                                                                                  \
    void WARP(TYPE *to, const TYPE *from, int64_t height, int64_t width, int64_t channels, const double *m,       \
              const float *shift, bool is_nearest, nn_border border, TYPE fill) {                                 \
        strip s = {.height = height, .width = width};                                                             \
        for (int64_t y = 0; y < height; y++) {                                                                    \
            for (int64_t first = 0; first < width; first += STRIP, to += s.count * channels) {                    \
                s.count = width - first < STRIP ? width - first : STRIP;                                          \
                locate(&s, y, first, m, shift, border);                                                           \
                if (is_nearest) {                                                                                 \
                    if (channels == 1) NEAREST(to, from, &s, 1, fill);                                            \
                    else NEAREST(to, from, &s, channels, fill);                                                   \
                } else {                                                                                          \
                    if (channels == 3) BILINEAR(to, from, &s, 3, fill);                                           \
                    else BILINEAR(to, from, &s, channels, fill);                                                  \
                }                                                                                                 \
            }                                                                                                     \
        }                                                                                                         \
    }

/// A mean of bytes lies between them.
#define NN_TO_BYTE(value) (uint8_t)((value) + 0.5f)

NN_DEFINE_WARP(nn_warp, bilinear_bytes, nearest_bytes, uint8_t, NN_TO_BYTE)
NN_DEFINE_WARP(nn_warp_floats, bilinear_floats, nearest_floats, float, )

NN_CLONES static void add(float *restrict to, const float *restrict from, float weight, int64_t count) {
    for (int64_t i = 0; i < count; i++) to[i] += weight * from[i];
}

void nn_displace(float *shift, int64_t height, int64_t width, const float *weights, const float *last_weights,
                 int64_t radius, uint64_t key, float *scratch) {
    int64_t taps = 2 * radius + 1, length = width + 2 * radius;
    // The rows of noise that the next row of displacements is made of, each convolved already; and one of noise.
    float *ring = scratch, *noise = scratch + taps * width;
    for (int direction = 0; direction < 2; direction++) {
        for (int64_t line = 0; line < height + 2 * radius; line++) {
            float *smooth = ring + line % taps * width;
            uint64_t part = (uint64_t)(2 * line + direction) << 32;
            nn_uniform_noise(noise, length, key + part, -1, 1);
            memset(smooth, 0, (size_t)width * sizeof(float));
            for (int64_t k = 0; k < taps; k++) add(smooth, noise + k, weights[k], width);
            if (line < 2 * radius) continue;
            int64_t y = line - 2 * radius;
            float *to = shift + (direction * height + y) * width;
            memset(to, 0, (size_t)width * sizeof(float));
            for (int64_t k = 0; k < taps; k++) add(to, ring + (y + k) % taps * width, last_weights[k], width);
        }
    }
}
