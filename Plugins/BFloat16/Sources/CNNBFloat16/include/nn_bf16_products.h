/// Convolutions, their gradients and products of matrices by instructions that multiply bfloat16 and add in float32.
///
/// Images are [N, H, W, C], weights and their gradients [O, I, KH, KW] in float32. Nothing is allocated: the caller gives
/// memory for packed weights and for work, aligned to 64 bytes. Results are the same, bit by bit, for any number of
/// threads.
///
/// Operands in bfloat16 are multiplied as they are, a weight is rounded to it. Operands in float32 are the sum of two
/// numbers in bfloat16, high + low, and of the four products that of both low parts is left out (Henry, Tang and
/// Heinecke, "Leveraging the bfloat16 Artificial Intelligence Datatype for Higher-Precision Computations", 2019): at most
/// 3 * 2^-18 of each product's magnitude is lost.
///
/// Denormal numbers in bfloat16 count as zero, and so do sums in float32 that are denormal, as the instructions have it.
/// Infinity stays what it is in bfloat16, and becomes NaN where operands in float32 are divided.
#ifndef NN_BF16_PRODUCTS_H
#define NN_BF16_PRODUCTS_H

#include <stdint.h>

/// How products are calculated: by plain loops, which say what the result is; by the code for vectors (AVX512-BF16) and
/// for tiles (AMX) with each of their instructions emulated, so that every processor can test it; by the instructions.
enum { NN_BF16_PORTABLE, NN_BF16_EMULATED_AVX512, NN_BF16_EMULATED_AMX, NN_BF16_AVX512, NN_BF16_AMX };

/// Whether this processor and its system have what it takes. The first question about tiles asks the system for the
/// permission to use them, which all threads of the process get.
int nn_bf16_has_isa(int isa);

/// A convolution of images [images, height, width, channels], with zeros around them, that gives images
/// [images, out_height, out_width, out_channels].
typedef struct {
    int64_t images, height, width, channels, out_height, out_width, out_channels;
    /// Taps of the window in a column and in a row; the distances of windows and of taps; zeros above and to the left.
    int64_t rows, columns, stride_y, stride_x, dilation_y, dilation_x, top, left;
} nn_bf16_shape;

/// What a result is of: a convolution of images with a weight, the gradient by the images, or a product of matrices.
enum { NN_BF16_FORWARD, NN_BF16_INPUT_GRADIENT, NN_BF16_MATRICES };

/// A product result[rows, columns] = left[rows, inner] * right[inner, columns], summed over taps, and how it is divided
/// among threads and caches.
typedef struct {
    int isa, threads, use;
    /// Whether the operands are float32, and not bfloat16.
    int is_float;
    nn_bf16_shape shape;
    /// Whether matrices are stored [inner, rows] and [columns, inner].
    int transposes_left, transposes_right;
    int64_t rows, columns, inner, taps;
    /// Tiles of one row or column of tiles; rows that are packed at a time; parts of the columns.
    int64_t steps, chunk, parts;
    /// Bytes of the packed right operand, and of memory for work: of a call, and of packing.
    int64_t packed_size, work_size, packing_size;
} nn_bf16_products;

/// Plans a convolution or its gradient by the images.
nn_bf16_products nn_bf16_plan_convolution(nn_bf16_shape shape, int use, int is_float, int isa, int threads);

/// Plans a product of matrices.
nn_bf16_products nn_bf16_plan_matrices(int64_t rows, int64_t columns, int64_t inner, int transposes_left,
                                       int transposes_right, int is_float, int isa, int threads);

/// Packs a weight [O, I, KH, KW] in float32, or a right matrix.
void nn_bf16_pack(const nn_bf16_products *_Nonnull plan, const void *_Nonnull right, void *_Nonnull packed,
                  void *_Nonnull work);

/// What is done to each result: a bias of its column and a residual of the result's type are added, either may be NULL;
/// then a function of nn_unary.h is applied.
typedef struct {
    const float *_Nullable bias;
    const void *_Nullable residual;
    int activation;
    float slope;
    /// Whether the result is float32, and not bfloat16.
    int is_float;
} nn_bf16_epilogue;

/// result = activation(left * right + bias + residual).
void nn_bf16_multiply(const nn_bf16_products *_Nonnull plan, const void *_Nonnull left, const void *_Nonnull packed,
                      nn_bf16_epilogue epilogue, void *_Nonnull result, void *_Nonnull work);

/// How a gradient by the weight is divided among threads and caches.
typedef struct {
    int isa, threads, is_float;
    nn_bf16_shape shape;
    int64_t pixels, taps;
    /// Pixels that are packed and summed at a time, and parts of the pixels that have sums of their own.
    int64_t block, parts;
    /// Output channels, input channels and taps of a box, whose sums one thread makes.
    int64_t out_channels, channels, box_taps;
    /// Bytes of memory for work.
    int64_t work_size;
} nn_bf16_sums;

/// Plans the gradient by the weight of a convolution.
nn_bf16_sums nn_bf16_plan_sums(nn_bf16_shape shape, int is_float, int isa, int threads);

/// The gradient by the weight, [O, I, KH, KW] in float32, from the images and the gradients of the outputs.
void nn_bf16_weight_gradient(const nn_bf16_sums *_Nonnull plan, const void *_Nonnull input,
                             const void *_Nonnull output_gradient, float *_Nonnull weight_gradient,
                             void *_Nonnull work);

#endif
