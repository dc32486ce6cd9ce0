/// Lines of memory to tiles.
#ifndef PACKING_H
#define PACKING_H

#include "vectors.h"

/// The upper halves of numbers in float32, rounded to nearest, ties to even, or cut where `cuts` is set.
INLINE void round_high(const pairs *x, const pairs *cuts, pairs *high) {
    const pairs is_nan = (pairs)((*x & 0x7fffffff) > 0x7f800000), rounded = *x + 0x7fff + ((*x >> 16) & 1);
    pairs result = (is_nan & (*x | 0x400000)) | (~is_nan & rounded);
    *high = ((*cuts & *x) | (~*cuts & result)) & 0xffff0000;
}

/// The upper halves of numbers in float32 and what is left of them. Numbers that rounding would make infinite are cut.
INLINE void divide_numbers(const pairs *x, pairs *high, pairs *low) {
    const pairs magnitude = *x & 0x7fffffff;
    const pairs cuts = (pairs)(magnitude >= 0x7f7f8000) & (pairs)(magnitude < 0x7f800000);
    round_high(x, &cuts, high);
    // What is left of infinity and NaN is nothing, not NaN.
    const pairs is_finite = (pairs)(magnitude < 0x7f800000);
    const pairs rest = (pairs)((floats)*x - (floats)*high) & is_finite;
    round_high(&rest, &cuts, low);
}

/// Pairs of bfloat16 from numbers in float32: the first of each pair, and the second.
INLINE void join(const int divides, const pairs *first, const pairs *second, pairs *high, pairs *low) {
    const pairs none = {0};
    pairs x, y, x_low, y_low;
    if (divides) {
        divide_numbers(first, &x, &x_low);
        divide_numbers(second, &y, &y_low);
        *low = (x_low >> 16) | y_low;
    } else {
        round_high(first, &none, &x);
        round_high(second, &none, &y);
    }
    *high = (x >> 16) | y;
}

/// 64 bytes of a line, of which `count` exist.
INLINE void load_bytes(const char *line, int64_t count, pairs *x) {
    *x = (pairs){0};
    if (!line || count <= 0) return;
    if (count >= 64) memcpy(x, line, 64);
    else memcpy(x, line, (size_t)count);
}

/// 32 numbers of one line.
INLINE void load_along(const tile_lines *t, const int is_float, const int divides, int i, pairs *high, pairs *low) {
    const char *line = t->line[i];
    if (!is_float) {
        load_bytes(line ? line + 2 * t->offset : NULL, 2 * t->count, high);
        return;
    }
    pairs a, b;
    load_bytes(line ? line + 4 * t->offset : NULL, 4 * t->count, &a);
    load_bytes(line ? line + 4 * t->offset + 64 : NULL, 4 * t->count - 64, &b);
    const pairs even = __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    const pairs odd = __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
    join(divides, &even, &odd, high, low);
}

/// 16 numbers of each of two lines.
INLINE void load_across(const tile_lines *t, const int is_float, const int divides, int i, pairs *high, pairs *low) {
    const char *one = t->line[2 * i], *two = t->line[2 * i + 1];
    if (is_float) {
        pairs a, b;
        load_bytes(one ? one + 4 * t->offset : NULL, 4 * t->count, &a);
        load_bytes(two ? two + 4 * t->offset : NULL, 4 * t->count, &b);
        join(divides, &a, &b, high, low);
        return;
    }
    line a = {0}, b = {0};
    const size_t bytes = (size_t)(2 * t->count);
    if (t->count == SIDE) {
        if (one) memcpy(&a, one + 2 * t->offset, sizeof a);
        if (two) memcpy(&b, two + 2 * t->offset, sizeof b);
    } else {
        if (one) memcpy(&a, one + 2 * t->offset, bytes);
        if (two) memcpy(&b, two + 2 * t->offset, bytes);
    }
    *high = (pairs)__builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23, 8, 24, 9, 25,
                                           10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/// Transposes 16x16 pairs: squares of 1, 2, 4 and 8 pairs beside the diagonal change places with those across it.
INLINE void transpose(pairs *x) {
#define EXCHANGE(distance, upper, lower)                                                \
    UNROLL for (int i = 0; i < SIDE; i++) {                                                  \
        if (i & distance) continue;                                                          \
        const pairs a = x[i], b = x[i + distance];                                           \
        x[i] = __builtin_shufflevector(a, b, LANES_OF upper);                                \
        x[i + distance] = __builtin_shufflevector(a, b, LANES_OF lower);                     \
    }
#define LANES_OF(...) __VA_ARGS__
    EXCHANGE(1, (0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30),
                  (1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31))
    EXCHANGE(2, (0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29),
                  (2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31))
    EXCHANGE(4, (0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27),
                  (4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31))
    EXCHANGE(8, (0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),
                  (8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
#undef LANES_OF
#undef EXCHANGE
}

INLINE void pack_lines(const tile_lines *t, const int is_float, const int is_across, const int divides, nn_bf16 *high,
                       nn_bf16 *low) {
    pairs x[SIDE], y[SIDE];
    UNROLL for (int i = 0; i < SIDE; i++) {
        if (is_across) load_across(t, is_float, divides, i, &x[i], &y[i]);
        else load_along(t, is_float, divides, i, &x[i], &y[i]);
    }
    if (t->is_transposed) {
        transpose(x);
        if (divides) transpose(y);
    }
    memcpy(high, x, sizeof x);
    if (divides) memcpy(low, y, sizeof y);
}

static void pack(const tile_lines *t, nn_bf16 *high, nn_bf16 *low) {
    if (!t->is_float) {
        if (t->is_across) pack_lines(t, 0, 1, 0, high, low);
        else pack_lines(t, 0, 0, 0, high, low);
    } else if (low) {
        if (t->is_across) pack_lines(t, 1, 1, 1, high, low);
        else pack_lines(t, 1, 0, 1, high, low);
    } else {
        if (t->is_across) pack_lines(t, 1, 1, 0, high, low);
        else pack_lines(t, 1, 0, 0, high, low);
    }
}

#endif
