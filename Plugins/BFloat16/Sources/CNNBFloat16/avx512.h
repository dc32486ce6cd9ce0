/// Products of blocks by vectors. The file that includes this one defines DOT(sums, left, right), which adds the products
/// of 16 pairs to 16 sums, all given by their addresses.
///
/// Eight rows by two vectors are 16 sums in registers, enough to hide the latency of an instruction, and each pair of the
/// left operand is broadcast by the instruction that multiplies it: 2 loads of the right operand for 16 products.
#ifndef AVX512_H
#define AVX512_H

#include "vectors.h"

enum { ROWS = 8 };

static void begin(void) {}
static void end(void) {}

INLINE void multiply_rows(const int columns, const block_product *p, const nn_bf16 *left, const nn_bf16 *right,
                          floats sum[ROWS][2]) {
    for (int64_t step = 0; step < p->steps; step++) {
        const nn_bf16 *a = left + step * TILE, *b = right + step * TILE;
        for (int k = 0; k < SIDE; k++) {
            pairs y[2];
            UNROLL for (int j = 0; j < columns; j++) memcpy(&y[j], b + j * p->right_stride + 2 * k * SIDE, sizeof y[j]);
            UNROLL for (int i = 0; i < ROWS; i++) {
                uint32_t pair;
                memcpy(&pair, a + i * STEP + 2 * k, sizeof pair);
                const pairs x = pair - (pairs){0};
                UNROLL for (int j = 0; j < columns; j++) DOT(&sum[i][j], &x, &y[j]);
            }
        }
    }
}

INLINE void multiply_block(const int columns, const block_product *p) {
    for (int row = 0; row < SIDE * p->rows; row += ROWS) {
        const int64_t offset = row / SIDE * p->left_stride + row % SIDE * STEP;
        floats sum[ROWS][2];
        UNROLL for (int i = 0; i < ROWS; i++) UNROLL for (int j = 0; j < columns; j++) sum[i][j] = (floats){0};
        // The small products first, so that they are not lost in the large ones.
        if (p->left[1]) {
            multiply_rows(columns, p, p->left[1] + offset, p->right[0], sum);
            multiply_rows(columns, p, p->left[0] + offset, p->right[1], sum);
        }
        multiply_rows(columns, p, p->left[0] + offset, p->right[0], sum);
        UNROLL for (int i = 0; i < ROWS; i++)
            UNROLL for (int j = 0; j < columns; j++)
                memcpy(p->sums + (row + i) * BLOCK + j * SIDE, &sum[i][j], sizeof sum[i][j]);
    }
}

static void multiply(const block_product *p) {
    if (p->columns == 2) multiply_block(2, p);
    else multiply_block(1, p);
}

#endif
