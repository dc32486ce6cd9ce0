/// The gradient by the weight: products are summed up over all tiles at the points, and transformed back once.
#ifndef SUMS_H
#define SUMS_H

#include "points.h"

/// sums[columns][2 * LANES] += values[tiles][16], of which `columns`, transposed times gradients[tiles][2 * LANES],
/// whose vectors begin at d and d2.
INLINE void accumulate_columns(const int columns, const int vectors, const float *values, const float *d,
                               const float *d2, int64_t tiles, float *sums, int is_first) {
    vec sum[COLUMNS][2];
    UNROLL for (int i = 0; i < columns; i++) UNROLL for (int j = 0; j < vectors; j++) sum[i][j] = (vec){0};
    for (int64_t t = 0; t < tiles; t++, values += BLOCK, d += BLOCK, d2 += BLOCK) {
        vec w[2];
        w[0] = load(d);
        if (vectors == 2) w[1] = load(d2);
        UNROLL for (int i = 0; i < columns; i++) {
            vec x = splat(values[i]);
            UNROLL for (int j = 0; j < vectors; j++) sum[i][j] += x * w[j];
        }
    }
    UNROLL for (int i = 0; i < columns; i++)
        UNROLL for (int j = 0; j < vectors; j++) {
            float *to = sums + (2 * i + j) * LANES;
            store(to, is_first ? sum[i][j] : load(to) + sum[i][j]);
        }
}

static void accumulate(const float *values, const float *gradients, int64_t block, int64_t count, int64_t channels,
                       int64_t width, float *sums, int is_first) {
    // A panel is two blocks of channels with 16 lanes, one with 8, and half of one with 4.
    const float *d = gradients, *d2 = LANES < BLOCK ? d + LANES : d + block * BLOCK;
    for (int64_t c = 0; c < channels; c += BLOCK, values += block * BLOCK, sums += BLOCK * 2 * LANES) {
#define PART(from, columns)                                                                                  \
    if (width > LANES)                                                                                       \
        accumulate_columns(columns, 2, values + from, d, d2, count, sums + from * 2 * LANES, is_first);      \
    else accumulate_columns(columns, 1, values + from, d, d, count, sums + from * 2 * LANES, is_first);
#if COLUMNS == 8
        PART(0, 8) PART(8, 8)
#else
        PART(0, 6) PART(6, 5) PART(11, 5)
#endif
#undef PART
    }
}

INLINE void finish_sums(const int m, const nn_winograd_sums *p, const float *sums, int64_t channels, int64_t width,
                        int64_t inputs, float *gradient) {
    float lanes[BLOCK][9][2 * LANES] __attribute__((aligned(64)));
    width = least(width, 2 * LANES);
    for (int64_t c = 0; c < channels; c++)
        for (int64_t l = 0; l < width; l += LANES) {
            const float *from = sums + c * 2 * LANES + l;
            vec half[3][SPAN], line[SPAN], r[3];
            UNROLL for (int b = 0; b < m + 2; b++) {
                UNROLL for (int a = 0; a < m + 2; a++) line[a] = load(from + (a * (m + 2) + b) * p->sum_stride);
                sum_line(m, line, r);
                UNROLL for (int a = 0; a < 3; a++) half[a][b] = r[a];
            }
            UNROLL for (int a = 0; a < 3; a++) {
                sum_line(m, half[a], r);
                UNROLL for (int b = 0; b < 3; b++) store(&lanes[c][a * 3 + b][l], r[b]);
            }
        }
    for (int64_t k = 0; k < width; k++)
        for (int64_t c = 0; c < channels; c++) {
            float *taps = gradient + (k * inputs + c) * 9;
            UNROLL for (int tap = 0; tap < 9; tap++) taps[tap] = lanes[c][tap][k];
        }
}

static void finish(const nn_winograd_sums *p, const float *sums, int64_t channels, int64_t width, int64_t inputs,
                   float *gradient) {
    if (p->tile == 4) finish_sums(4, p, sums, channels, width, inputs, gradient);
    else finish_sums(2, p, sums, channels, width, inputs, gradient);
}

#endif
