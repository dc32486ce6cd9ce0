/// What the files of the kernels share; not seen from Swift.
///
/// Every calculation becomes products of tiles: 16 rows of 32 numbers times 32 rows of 16 numbers. Operands are packed
/// into them first, 1 KiB each: of the left one, rows with 32 numbers along the sum; of the right one, 16 rows with a
/// pair of numbers along the sum for each column, as the instructions want them.
///
/// A processor with AMX multiplies two tiles, 8192 products, in 16 cycles. The kernel holds 2x2 tiles of sums, so that two
/// tiles of each operand make four products: 4 KiB are read in 64 cycles, which the second-level cache can give.
#ifndef TILES_H
#define TILES_H

#include <string.h>

#include "include/nn_bf16_products.h"
#include "nn_bfloat16.h"

/// Rows or columns of a tile, numbers along the sum, numbers of a tile, and rows and columns of a block of 2x2 tiles.
enum { SIDE = 16, STEP = 32, TILE = SIDE * STEP, BLOCK = 2 * SIDE };

#define INLINE static inline __attribute__((always_inline))

INLINE int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
INLINE int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }
INLINE int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }
INLINE int64_t round_up(int64_t a, int64_t b) { return divide_up(a, b) * b; }

/// The lines of memory of which a tile is made: 16 along the sum, of which 32 numbers are taken, or 32 across it, of which
/// 16 are. NULL stands for zeros.
typedef struct {
    const void *line[STEP];
    int is_float, is_across, is_transposed;
    /// The first number of each line, and how many there are; the others are zero.
    int64_t offset, count;
} tile_lines;

/// A product of a block: 1 or 2 tiles of each operand in `steps` steps.
typedef struct {
    /// The high and the low parts of the operands; the latter NULL where there are none.
    const nn_bf16 *left[2], *right[2];
    /// Numbers from one tile to that beside it.
    int64_t left_stride, right_stride, steps;
    int rows, columns;
    /// [BLOCK][BLOCK]
    float *sums;
} block_product;

/// Results that are finished: of a block, those in the first `height` rows and `width` columns.
typedef struct {
    const nn_bf16_epilogue *epilogue;
    int64_t row, column, height, width, columns;
    void *result;
} block_results;

/// The calculation for one set of instructions.
typedef struct {
    /// Packs a tile, with its low part where that is not NULL.
    void (*pack)(const tile_lines *, nn_bf16 *high, nn_bf16 *low);
    /// Multiplies blocks, between `begin` and `end` on the same thread.
    void (*multiply)(const block_product *);
    void (*begin)(void);
    void (*end)(void);
    /// Adds a block to sums whose rows are `stride` apart, or replaces them; only 16 rows or columns where there are no
    /// more.
    void (*add)(const float *block, int rows, int columns, float *sums, int64_t stride, int is_first);
    /// Writes results.
    void (*finish)(float *block, const block_results *);
} tile_kernels;

extern const tile_kernels tiles_emulated_avx512, tiles_emulated_amx, tiles_avx512, tiles_amx;

/// The kernels; NULL for plain loops.
const tile_kernels *tile_kernels_of(int isa);

/// Where the lines of an operand lie.
typedef struct {
    const char *values;
    int is_float, is_across;
    /// Lines of each tap, and numbers in each.
    int64_t lines, length;
    /// Matrices: from one line and from one tap to the next. Images: how pixels are found, see `locate`.
    int64_t stride, tap_stride;
    const nn_bf16_shape *window;
    int is_turned;
} operand;

/// Packs panels of 16 rows or columns, [panel][tap][step], from `first` on along the sum.
typedef struct {
    int64_t panel, panels, tap, taps, first, steps;
} panel_range;

void pack_panels(const tile_kernels *, const operand *, int is_transposed, panel_range, nn_bf16 *high, nn_bf16 *low);

/// What plain loops give, see twin.c.
void twin_multiply(const nn_bf16_products *, const void *left, const void *right, nn_bf16_epilogue, void *result);
void twin_weight_gradient(const nn_bf16_sums *, const void *input, const void *output_gradient, float *gradient);

/// The number of the input's pixel under a tap at a pixel of the output, and of the output's under a tap turned round at
/// a pixel of the input; -1 where there is none.
INLINE int64_t pixel_under(const nn_bf16_shape *s, int is_turned, int64_t tap, int64_t image, int64_t row,
                           int64_t column) {
    int64_t y = tap / s->columns * s->dilation_y - s->top, x = tap % s->columns * s->dilation_x - s->left;
    if (!is_turned) {
        y += row * s->stride_y;
        x += column * s->stride_x;
        return y < 0 || x < 0 || y >= s->height || x >= s->width ? -1 : (image * s->height + y) * s->width + x;
    }
    y = row - y;
    x = column - x;
    if (y < 0 || x < 0 || y % s->stride_y || x % s->stride_x) return -1;
    y /= s->stride_y;
    x /= s->stride_x;
    return y >= s->out_height || x >= s->out_width ? -1 : (image * s->out_height + y) * s->out_width + x;
}

#endif
