/// Products of transformed tiles and weights, with ROWS tiles by two vectors of output channels in registers (Goto and
/// van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008), and their transformation to outputs.
#ifndef PRODUCTS_H
#define PRODUCTS_H

#include "epilogue.h"

/// How many channels ahead weights are fetched. They come from the last cache or from memory where channels are many,
/// and the processor's own prefetching leaves 20 to 40 % of the time waiting for them.
enum { AHEAD = 32 };

/// product[rows][2 * LANES] = values[rows][channels] times weights[channels][2 * LANES], of which `vectors` are wanted.
/// Blocks of 16 channels are `step` apart.
INLINE void multiply_rows(const int rows, const int vectors, const float *values, int64_t step, const float *weights,
                          float *product, int64_t channels) {
    vec sum[ROWS][2];
    UNROLL for (int i = 0; i < rows; i++) UNROLL for (int j = 0; j < vectors; j++) sum[i][j] = (vec){0};
    for (; channels > 0; channels -= BLOCK, values += step) {
        int count = channels < BLOCK ? (int)channels : BLOCK;
        for (int c = 0; c < count; c++, weights += 2 * LANES) {
            vec w[2];
            UNROLL for (int j = 0; j < vectors; j++) {
                w[j] = load(weights + j * LANES);
                __builtin_prefetch(weights + (2 * AHEAD + j) * LANES);
            }
            UNROLL for (int i = 0; i < rows; i++) {
                vec x = splat(values[i * BLOCK + c]);
                UNROLL for (int j = 0; j < vectors; j++) sum[i][j] += x * w[j];
            }
        }
    }
    UNROLL for (int i = 0; i < rows; i++)
        UNROLL for (int j = 0; j < vectors; j++) store(product + (2 * i + j) * LANES, sum[i][j]);
}

static void multiply(int64_t rows, int64_t vectors, const float *values, int64_t step, const float *weights,
                     float *product, int64_t channels) {
#define CASE(n)                                                                              \
    case n:                                                                                  \
        if (n > ROWS) break;                                                                 \
        if (vectors == 2) multiply_rows(n, 2, values, step, weights, product, channels);     \
        else multiply_rows(n, 1, values, step, weights, product, channels);                  \
        break;
    switch (rows) {
        CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)
#if ROWS > 6
        CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12) CASE(13) CASE(14)
#endif
    }
#undef CASE
}

/// Products `stride` apart to the outputs of a tile.
INLINE void output_tile(const int m, const float *product, int64_t stride, vec y[4][4]) {
    vec half[4][SPAN], line[SPAN], r[4];
    UNROLL for (int i = 0; i < m + 2; i++) {
        UNROLL for (int j = 0; j < m + 2; j++) line[j] = load(product + (j * (m + 2) + i) * stride);
        output_line(m, line, r);
        UNROLL for (int j = 0; j < m; j++) half[j][i] = r[j];
    }
    UNROLL for (int j = 0; j < m; j++) output_line(m, half[j], y[j]);
}

INLINE void convolve_tiles(const int m, const int is_bfloat16, const convolution *call, const float *values,
                           output_range range, float *product) {
    const nn_winograd_products *p = call->plan;
    const nn_winograd_shape *s = &p->shape;
    const int64_t blocks = divide_up(s->channels, BLOCK), stride = p->product_stride;
    const int64_t channel = range.panel * 2 * LANES, vectors = s->out_channels - channel > LANES ? 2 : 1;
    for (int64_t point = 0; point < p->points; point++) {
        const float *weights = call->packed + point * p->weight_stride + channel * s->channels;
        for (int64_t i = range.begin; i < range.end; i += p->group)
            multiply(least(p->group, range.end - i), vectors, values + point * p->image_stride + i * blocks * BLOCK,
                     p->group * BLOCK, weights, product + point * stride + (i - range.begin) * 2 * LANES, s->channels);
    }
    output_area area = {.row = s->out_width * s->out_channels, .pixel = s->out_channels};
    for (int64_t i = range.begin; i < range.end; i++) {
        tile_place at = place_of(range.first + i, p->tile_rows, p->tile_columns);
        int64_t top = at.row * m, left = at.column * m;
        area.rows = least(s->out_height - top, m);
        area.columns = least(s->out_width - left, m);
        for (int64_t k = 0; k < vectors; k++) {
            int64_t first = channel + k * LANES;
            area.lanes = s->out_channels - first;
            area.offset = ((at.image * s->out_height + top) * s->out_width + left) * s->out_channels + first;
            vec y[4][4];
            output_tile(m, product + ((i - range.begin) * 2 + k) * LANES, stride, y);
            finish_outputs(m, is_bfloat16, &call->epilogue, first, &area, y, call->output);
        }
    }
}

static void convolve(const convolution *call, const float *values, output_range range, float *product) {
    const int is_bfloat16 = call->plan->shape.is_bfloat16;
    if (call->plan->tile == 4) {
        if (is_bfloat16) convolve_tiles(4, 1, call, values, range, product);
        else convolve_tiles(4, 0, call, values, range, product);
    } else if (is_bfloat16) convolve_tiles(2, 1, call, values, range, product);
    else convolve_tiles(2, 0, call, values, range, product);
}

#endif
