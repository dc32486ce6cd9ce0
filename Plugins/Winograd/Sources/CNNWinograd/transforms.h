/// Images and gradients of outputs to transformed tiles.
#ifndef TRANSFORMS_H
#define TRANSFORMS_H

#include "points.h"

/// Pixels of LANES channels from number `first` on, whose rows and columns are `row` and `pixel` apart, at all points,
/// `stride` apart: a tile of (m + 2)^2 inputs, or of m^2 gradients of outputs.
INLINE void transform_tile(const int m, const int is_gradient, const int is_bfloat16, const void *x, int64_t first,
                           int64_t row, int64_t pixel, float *to, int64_t stride) {
    const int span = is_gradient ? m : m + 2;
    vec half[SPAN][SPAN], line[SPAN], r[SPAN];
    UNROLL for (int i = 0; i < span; i++) {
        UNROLL for (int j = 0; j < span; j++) line[j] = read(is_bfloat16, x, first + j * row + i * pixel);
        if (is_gradient) gradient_line(m, line, r);
        else input_line(m, line, r);
        UNROLL for (int j = 0; j < m + 2; j++) half[j][i] = r[j];
    }
    UNROLL for (int j = 0; j < m + 2; j++) {
        if (is_gradient) gradient_line(m, half[j], r);
        else input_line(m, half[j], r);
        UNROLL for (int i = 0; i < m + 2; i++) store(to + (j * (m + 2) + i) * stride, r[i]);
    }
}

/// Copies the pixels of one block of channels that a tile has in the image; what lies outside of it, or behind the last
/// channel, is 0.
INLINE void copy_edge(const int is_bfloat16, const tiled_images *x, int64_t source, int span, int64_t top, int64_t left,
                      int64_t count, float *edge) {
    memset(edge, 0, (size_t)(span * span * BLOCK) * sizeof(float));
    for (int64_t j = top < 0 ? -top : 0; j < span && top + j < x->height; j++)
        for (int64_t i = left < 0 ? -left : 0; i < span && left + i < x->width; i++) {
            const int64_t from = source + ((top + j) * x->width + left + i) * x->channels;
            float *to = edge + (j * span + i) * BLOCK;
            for (int l = 0; l < BLOCK; l += LANES)
                store(to + l, read_some(is_bfloat16, x->pixels, from + l, count - l));
        }
}

INLINE void transform_tiles(const int m, const int is_gradient, const int is_bfloat16, const tiled_images *x,
                            tile_range range, const transformed_tiles *v) {
    const int span = is_gradient ? m : m + 2;
    const uintptr_t number = is_bfloat16 ? sizeof(nn_bf16) : sizeof(float);
    const int64_t row = x->width * x->channels, image = x->height * row, blocks = range.to - range.from;
    float edge[SPAN * SPAN * BLOCK] __attribute__((aligned(64)));
    for (int64_t i = range.begin; i < range.end; i++) {
        tile_place here = place_of(range.first + i, x->tile_rows, x->tile_columns);
        int64_t top = here.row * m - x->top, left = here.column * m - x->left;
        int is_inside = top >= 0 && left >= 0 && top + span <= x->height && left + span <= x->width;
        float *to = v->values + (i / v->group * blocks * v->group + i % v->group) * BLOCK;
        // The processor does not foresee this pattern: the next tile is fetched while this one is transformed, but for
        // the columns that they share. It may lie outside of the images, so that its address is a number only.
        tile_place next = place_of(range.first + i + (i + 1 < range.end), x->tile_rows, x->tile_columns);
        int64_t next_pixel = (next.image * x->height + next.row * m - x->top) * x->width + next.column * m - x->left;
        uintptr_t ahead = (uintptr_t)x->pixels + (uintptr_t)(next_pixel * x->channels) * number;
        const int fresh = next.column == here.column + 1 ? span - m : 0;
        for (int64_t block = range.from; block < range.to; block++, to += v->group * BLOCK) {
            int64_t channel = block * BLOCK, count = least(x->channels - channel, BLOCK);
            UNROLL for (int j = 0; j < span; j++)
                for (int k = fresh; k < span; k++) {
                    int64_t offset = j * row + k * x->channels + channel;
                    __builtin_prefetch((const void *)(ahead + (uintptr_t)offset * number));
                }
            if (is_inside && count == BLOCK) {
                const int64_t first = here.image * image + (top * x->width + left) * x->channels + channel;
                for (int l = 0; l < BLOCK; l += LANES)
                    transform_tile(m, is_gradient, is_bfloat16, x->pixels, first + l, row, x->channels, to + l,
                                   v->stride);
            } else {
                copy_edge(is_bfloat16, x, here.image * image + channel, span, top, left, count, edge);
                for (int l = 0; l < BLOCK; l += LANES)
                    transform_tile(m, is_gradient, 0, edge, l, span * BLOCK, BLOCK, to + l, v->stride);
            }
        }
    }
}

INLINE void transform_typed(const int m, const int is_gradient, const tiled_images *x, tile_range range,
                            const transformed_tiles *v) {
    if (x->is_bfloat16) transform_tiles(m, is_gradient, 1, x, range, v);
    else transform_tiles(m, is_gradient, 0, x, range, v);
}

static void transform_images(int tile, const tiled_images *x, tile_range range, const transformed_tiles *v) {
    if (tile == 4) transform_typed(4, 0, x, range, v);
    else transform_typed(2, 0, x, range, v);
}

static void transform_gradients(int tile, const tiled_images *x, tile_range range, const transformed_tiles *v) {
    if (tile == 4) transform_typed(4, 1, x, range, v);
    else transform_typed(2, 1, x, range, v);
}

#endif
