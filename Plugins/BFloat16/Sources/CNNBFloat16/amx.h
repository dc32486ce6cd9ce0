/// Products of blocks by tiles. The file that includes this one defines the instructions, real or emulated:
///   TILE_CONFIGURE(configuration), TILE_RELEASE(), TILE_ZERO(tile), TILE_LOAD(tile, from, stride),
///   TILE_STORE(tile, to, stride), TILE_MULTIPLY(sums, left, right)
#ifndef AMX_H
#define AMX_H

#include "include/nn_bf16_emulation.h"
#include "vectors.h"

/// Tiles 0 to 3 are sums, [row][column]; 4 and 5 those of the left operand, 6 and 7 of the right one. All are whole, since
/// operands are packed with zeros.
static void begin(void) {
    nn_tile_configuration all = {.palette = 1};
    for (int i = 0; i < 8; i++) {
        all.rows[i] = SIDE;
        all.row_bytes[i] = 64;
    }
    TILE_CONFIGURE(&all);
}

/// Threads that have released their tiles are switched as fast as others.
static void end(void) { TILE_RELEASE(); }

INLINE void multiply_tiles(const int rows, const int columns, const block_product *p, const nn_bf16 *left,
                           const nn_bf16 *right) {
    const nn_bf16 *left2 = left + p->left_stride, *right2 = right + p->right_stride;
    for (int64_t step = 0; step < p->steps; step++) {
        TILE_LOAD(6, right + step * TILE, 64);
        if (columns == 2) TILE_LOAD(7, right2 + step * TILE, 64);
        TILE_LOAD(4, left + step * TILE, 64);
        TILE_MULTIPLY(0, 4, 6);
        if (columns == 2) TILE_MULTIPLY(1, 4, 7);
        if (rows == 2) {
            TILE_LOAD(5, left2 + step * TILE, 64);
            TILE_MULTIPLY(2, 5, 6);
            if (columns == 2) TILE_MULTIPLY(3, 5, 7);
        }
    }
}

INLINE void multiply_block(const int rows, const int columns, const block_product *p) {
    TILE_ZERO(0);
    TILE_ZERO(1);
    TILE_ZERO(2);
    TILE_ZERO(3);
    // The small products first, so that they are not lost in the large ones.
    if (p->left[1]) {
        multiply_tiles(rows, columns, p, p->left[1], p->right[0]);
        multiply_tiles(rows, columns, p, p->left[0], p->right[1]);
    }
    multiply_tiles(rows, columns, p, p->left[0], p->right[0]);
    TILE_STORE(0, p->sums, 4 * BLOCK);
    if (columns == 2) TILE_STORE(1, p->sums + SIDE, 4 * BLOCK);
    if (rows == 2) TILE_STORE(2, p->sums + SIDE * BLOCK, 4 * BLOCK);
    if (rows == 2 && columns == 2) TILE_STORE(3, p->sums + SIDE * BLOCK + SIDE, 4 * BLOCK);
}

static void multiply(const block_product *p) {
    if (p->rows == 2) {
        if (p->columns == 2) multiply_block(2, 2, p);
        else multiply_block(2, 1, p);
    } else {
        if (p->columns == 2) multiply_block(1, 2, p);
        else multiply_block(1, 1, p);
    }
}

#endif
