/// 3x3 convolutions of stride 1 by Winograd's method, calculated in float32.
///
/// Images are [N, H, W, C] in float32 or bfloat16, weights and their gradients [O, I, 3, 3] in float32. Nothing is allocated: the caller gives memory for
/// packed weights and for work. Results are the same, bit by bit, for any number of threads.
#ifndef NN_WINOGRAD_H
#define NN_WINOGRAD_H

#include <stdint.h>

/// Instructions that the kernels are compiled for: those of every processor of the architecture, AVX2 with FMA,
/// AVX-512.
enum { NN_WINOGRAD_PORTABLE, NN_WINOGRAD_AVX2, NN_WINOGRAD_AVX512 };

/// The last of these that this processor has.
int nn_winograd_best_isa(void);

/// Instructions that multiply bfloat16: none, those of vectors, which sum twice as many products as those of float32, and
/// those of AMX, which sum more than ten times as many.
enum { NN_WINOGRAD_NO_BFLOAT16, NN_WINOGRAD_BFLOAT16_VECTORS, NN_WINOGRAD_BFLOAT16_TILES };

/// The last of these that this processor has.
int nn_winograd_best_bfloat16(void);

/// A convolution of images [images, height, width, channels], with zeros around them, that gives images
/// [images, out_height, out_width, out_channels]. A gradient by the input is one too: of the gradients of the outputs.
typedef struct {
    int64_t images, height, width, channels, out_height, out_width, out_channels;
    /// Rows of zeros above, and columns of zeros to the left, 0 to 2; those on the other sides follow.
    int64_t top, left;
    /// Whether the images on both sides, and residuals, are bfloat16; they are float32 otherwise.
    int is_bfloat16;
} nn_winograd_shape;

/// Weights that are transformed for tiles of `tile` x `tile` outputs, 2 or 4.
typedef struct {
    int isa, tile;
    /// Whether they are those of the gradient by the input.
    int is_gradient;
    /// Of the weight [outputs, inputs, 3, 3].
    int64_t inputs, outputs;
} nn_winograd_weights;

/// How many floats transformed weights take.
int64_t nn_winograd_packed_size(nn_winograd_weights weights);

/// Transforms a weight.
void nn_winograd_pack(nn_winograd_weights weights, const float *_Nonnull weight, float *_Nonnull packed);

/// How a convolution is divided among threads and caches.
typedef struct {
    nn_winograd_shape shape;
    int isa, tile, threads;
    /// Points of the transformation, (tile + 2)^2; tiles in an image's column and row, and in all images.
    int64_t points, tile_rows, tile_columns, tiles;
    /// Tiles that are transformed at a time, tiles that one call of the innermost loop takes, and how many such groups
    /// are multiplied and transformed back together.
    int64_t block, group, set;
    /// Groups of threads that have their own tiles; their members divide the output channels.
    int64_t crews;
    /// Floats from one point to the next: of transformed images, of products, of weights.
    int64_t image_stride, product_stride, weight_stride;
    /// Floats of memory for work.
    int64_t work_size;
} nn_winograd_products;

/// Plans a convolution for so many threads.
/// @param packs_before  Whether weights were packed just before by the same threads, as in training.
nn_winograd_products nn_winograd_plan_products(nn_winograd_shape shape, int tile, int isa, int threads,
                                               int packs_before);

/// What is done to each output: a bias of its channel and a residual are added, either may be NULL; then a function of
/// nn_unary.h is applied.
typedef struct {
    const float *_Nullable bias;
    const void *_Nullable residual;
    int activation;
    float slope;
} nn_winograd_epilogue;

/// output = activation(input * weight + bias + residual), with the weights packed for the same tile and instructions.
void nn_winograd_convolve(const nn_winograd_products *_Nonnull plan, const void *_Nonnull input,
                          const float *_Nonnull packed, nn_winograd_epilogue epilogue, void *_Nonnull output,
                          float *_Nonnull work);

/// How a gradient by the weight is divided among threads and caches.
typedef struct {
    nn_winograd_shape shape;
    int isa, tile, threads;
    int64_t points, tile_rows, tile_columns, tiles;
    /// Tiles that are transformed at a time.
    int64_t block;
    /// Input and output channels of a rectangle, whose sums one thread has at a time.
    int64_t channels, out_channels;
    /// Parts of the tiles that have sums of their own.
    int64_t parts;
    /// Floats from one point to the next: of inputs, of gradients of outputs, of sums.
    int64_t image_stride, gradient_stride, sum_stride;
    /// Floats of memory for work.
    int64_t work_size;
} nn_winograd_sums;

/// Plans the gradient by the weight of a convolution for so many threads.
nn_winograd_sums nn_winograd_plan_sums(nn_winograd_shape shape, int tile, int isa, int threads);

/// The gradient by the weight, [O, I, 3, 3], from the images and the gradients of the outputs.
void nn_winograd_weight_gradient(const nn_winograd_sums *_Nonnull plan, const void *_Nonnull input,
                                 const void *_Nonnull output_gradient, float *_Nonnull weight_gradient,
                                 float *_Nonnull work);

#endif
