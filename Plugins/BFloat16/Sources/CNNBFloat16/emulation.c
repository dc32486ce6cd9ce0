#include "include/nn_bf16_emulation.h"

#include <string.h>

#include "nn_trap.h"

enum { TILES = 8, MOST_ROWS = 16, MOST_BYTES = 64 };

/// The tiles of a thread.
static _Thread_local struct {
    int is_configured;
    int rows[TILES], bytes[TILES];
    uint8_t values[TILES][MOST_ROWS][MOST_BYTES];
} tiles;

void nn_emulated_tile_configure(const nn_tile_configuration *c) {
    memset(&tiles, 0, sizeof tiles);
    if (!c) return;
    if (c->palette != 1 || c->start_row != 0) nn_trap("ldtilecfg: palette %d, row %d", c->palette, c->start_row);
    for (int i = 0; i < 16; i++) {
        const int is_known = i < TILES && c->rows[i] <= MOST_ROWS && c->row_bytes[i] <= MOST_BYTES;
        const int is_unused = c->rows[i] == 0 && c->row_bytes[i] == 0;
        if (!is_unused && (!is_known || c->rows[i] == 0 || c->row_bytes[i] == 0 || c->row_bytes[i] % 4))
            nn_trap("ldtilecfg: tile %d has %d rows of %d bytes", i, c->rows[i], c->row_bytes[i]);
        if (i >= TILES) continue;
        tiles.rows[i] = c->rows[i];
        tiles.bytes[i] = c->row_bytes[i];
    }
    tiles.is_configured = 1;
}

static void check(const char *operation, int tile) {
    if (!tiles.is_configured) nn_trap("%s: tiles are not configured on this thread", operation);
    if (tile < 0 || tile >= TILES || tiles.rows[tile] == 0) nn_trap("%s: there is no tile %d", operation, tile);
}

void nn_emulated_tile_zero(int tile) {
    check("tilezero", tile);
    memset(tiles.values[tile], 0, sizeof tiles.values[tile]);
}

void nn_emulated_tile_load(int tile, const void *from, size_t stride) {
    nn_emulated_tile_zero(tile);
    for (int i = 0; i < tiles.rows[tile]; i++)
        memcpy(tiles.values[tile][i], (const char *)from + (size_t)i * stride, (size_t)tiles.bytes[tile]);
}

void nn_emulated_tile_store(int tile, void *to, size_t stride) {
    check("tilestored", tile);
    for (int i = 0; i < tiles.rows[tile]; i++)
        memcpy((char *)to + (size_t)i * stride, tiles.values[tile][i], (size_t)tiles.bytes[tile]);
}

/// Denormal numbers become zero, of either sign.
static inline float flushed(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits &= bits & 0x7f800000 ? 0xffffffff : 0x80000000;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/// One of a pair of bfloat16: the first in the lower half.
static inline float first_of(uint32_t pair) {
    float x;
    pair <<= 16;
    memcpy(&x, &pair, sizeof x);
    return flushed(x);
}

static inline float second_of(uint32_t pair) {
    float x;
    pair &= 0xffff0000;
    memcpy(&x, &pair, sizeof x);
    return flushed(x);
}

static inline float multiplied(float sum, float x, float y) {
    return flushed((float)((double)x * (double)y + (double)sum));
}

void nn_emulated_tile_multiply(int sums, int left, int right) {
    check("tdpbf16ps", sums);
    check("tdpbf16ps", left);
    check("tdpbf16ps", right);
    const int rows = tiles.rows[sums], columns = tiles.bytes[sums] / 4, inner = tiles.bytes[left] / 4;
    if (sums == left || sums == right || left == right || tiles.rows[left] != rows || tiles.rows[right] != inner ||
        tiles.bytes[right] != tiles.bytes[sums])
        nn_trap("tdpbf16ps: tile %d of %d rows of %d bytes by %d of %dx%d and %d of %dx%d", sums, rows,
                tiles.bytes[sums], left, tiles.rows[left], tiles.bytes[left], right, tiles.rows[right],
                tiles.bytes[right]);
    for (int m = 0; m < rows; m++) {
        // The first and the second numbers of pairs are summed up apart, from zero on.
        float first[16] = {0}, second[16] = {0}, total[16];
        uint32_t x, y[16];
        for (int k = 0; k < inner; k++) {
            memcpy(&x, &tiles.values[left][m][4 * k], sizeof x);
            memcpy(y, tiles.values[right][k], sizeof y);
            for (int n = 0; n < columns; n++) {
                first[n] = multiplied(first[n], first_of(x), first_of(y[n]));
                second[n] = multiplied(second[n], second_of(x), second_of(y[n]));
            }
        }
        memcpy(total, tiles.values[sums][m], sizeof total);
        for (int n = 0; n < columns; n++) total[n] = flushed(flushed(total[n]) + flushed(first[n] + second[n]));
        memcpy(tiles.values[sums][m], total, sizeof total);
    }
}

void nn_emulated_vector_multiply(float *sums, const uint32_t *left, const uint32_t *right) {
    for (int n = 0; n < 16; n++) {
        float sum = multiplied(flushed(sums[n]), second_of(left[n]), second_of(right[n]));
        sums[n] = multiplied(sum, first_of(left[n]), first_of(right[n]));
    }
}
