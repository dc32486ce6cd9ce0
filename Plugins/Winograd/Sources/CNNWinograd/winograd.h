/// What the files of the kernels share; not seen from Swift.
#ifndef WINOGRAD_H
#define WINOGRAD_H

#include <string.h>

#include "include/nn_winograd.h"

/// Channels that are transformed at a time: a line of the cache.
enum { BLOCK = 16 };

#define INLINE static inline __attribute__((always_inline))

INLINE int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
INLINE int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }
INLINE int64_t round_up(int64_t a, int64_t b) { return divide_up(a, b) * b; }

/// A distance of at least so many floats between points: one line of the cache more than a multiple of 4 KiB, since all
/// points of a tile would else fall into one set of the cache.
INLINE int64_t spread(int64_t floats) { return round_up(floats, 1024) + 16; }

/// Things first ..< last of `count` belong to one of several parts.
INLINE void split(int64_t count, int64_t part, int64_t parts, int64_t *first, int64_t *last) {
    *first = count * part / parts;
    *last = count * (part + 1) / parts;
}

/// Images that are cut into tiles.
typedef struct {
    const void *pixels;
    int is_bfloat16;
    int64_t height, width, channels;
    /// Tiles in an image's column and row; how far the first tile begins above and left of the image.
    int64_t tile_rows, tile_columns, top, left;
} tiled_images;

/// Where a tile lies.
typedef struct {
    int64_t image, row, column;
} tile_place;

INLINE tile_place place_of(int64_t tile, int64_t tile_rows, int64_t tile_columns) {
    int64_t rest = tile % (tile_rows * tile_columns);
    return (tile_place){tile / (tile_rows * tile_columns), rest / tile_columns, rest % tile_columns};
}

/// Transformed tiles: [point][group of tiles][block of channels][tile in the group][16], so that vectors over channels
/// are written whole, and the innermost product reads tiles at constant distances from one address on.
typedef struct {
    float *values;
    /// Floats from one point to the next, and tiles of a group.
    int64_t stride, group;
} transformed_tiles;

/// Tiles first + begin ..< first + end, in blocks from ..< to of 16 channels.
typedef struct {
    int64_t first, begin, end, from, to;
} tile_range;

/// Tiles of a block with which one panel of output channels is multiplied and transformed back.
typedef struct {
    /// The first tile of the block, and the tiles of it that are taken.
    int64_t first, begin, end;
    int64_t panel;
} output_range;

/// All that a convolution reads and writes.
typedef struct {
    const nn_winograd_products *plan;
    const void *input;
    const float *packed;
    nn_winograd_epilogue epilogue;
    void *output;
    float *work;
} convolution;

/// The calculation for one set of instructions.
typedef struct {
    /// Output channels of a panel, two vectors; tiles of an innermost product.
    int64_t panel, rows;
    /// Transforms tiles of images, and tiles of the gradients of outputs.
    void (*transform_images)(int tile, const tiled_images *, tile_range, const transformed_tiles *);
    void (*transform_gradients)(int tile, const tiled_images *, tile_range, const transformed_tiles *);
    /// Transforms the weights of input channels `begin` ..< `begin` + 16 and of one panel.
    void (*pack)(const nn_winograd_weights *, const float *weight, int64_t panel, int64_t begin, float *packed);
    /// Multiplies transformed tiles by one panel of weights at all points, and writes outputs.
    void (*convolve)(const convolution *, const float *values, output_range, float *product);
    /// Adds products of `count` transformed tiles to sums [channel][panel], of `channels` by `width` channels; the
    /// first sums replace what is there. `values` and `gradients` have blocks of `block` tiles.
    void (*accumulate)(const float *values, const float *gradients, int64_t block, int64_t count, int64_t channels,
                       int64_t width, float *sums, int is_first);
    /// Transforms sums of up to 16 input channels and one panel back to the gradient of weights, which begins at
    /// `gradient` and has `inputs` input channels.
    void (*finish)(const nn_winograd_sums *, const float *sums, int64_t channels, int64_t width, int64_t inputs,
                   float *gradient);
} winograd_kernels;

extern const winograd_kernels winograd_portable, winograd_avx2, winograd_avx512;

const winograd_kernels *winograd_kernels_of(int isa);

/// Floats from one point of packed weights to the next.
int64_t winograd_weight_stride(int64_t channels, int64_t out_channels, int64_t panel);

#endif
