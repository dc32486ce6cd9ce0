/// Convolutions of bytes: images of 8 bits with one scale and zero point, weights of 8 bits with a scale for each output
/// channel, sums of 32 bits (Jacob et al. 2018, "Quantization and Training of Neural Networks for Efficient
/// Integer-Arithmetic-Only Inference").
///
/// All instruction sets give the same integers, and the same floats after them: sums are exact, and what follows is
/// rounded operation by operation. NN_QUANTIZED_REFERENCE defines the result in plain loops.
#ifndef NN_QUANTIZED_H
#define NN_QUANTIZED_H

#include <stdint.h>

/// A window that moves over images [images, height, width, channels].
typedef struct {
    int64_t images, height, width, channels;
    int64_t outputs, groups;
    int64_t kernel_height, kernel_width;
    int64_t stride_height, stride_width;
    int64_t dilation_height, dilation_width;
    int64_t padding_top, padding_left;
    int64_t output_height, output_width;
} nn_quantized_window;

/// A byte q stands for (q - zero_point) * scale.
typedef struct {
    float scale;
    int32_t zero_point;
} nn_affine;

/// What becomes of each sum: activation(sum * factor + residual), as float or as a byte.
typedef struct {
    /// [outputs]: where sums start, less than 2^30 in magnitude.
    const int32_t *_Nonnull bias;
    /// [outputs]: what one unit of the sum is worth.
    const float *_Nonnull factors;
    /// In the shape of the output, float or bytes; at most one of the two.
    const float *_Nullable residual;
    const uint8_t *_Nullable residual_bytes;
    nn_affine residual_affine;
    /// As nn_unary.h counts them.
    int activation;
    float slope;
    /// Whether the output is bytes.
    int quantizes;
    nn_affine output_affine;
} nn_quantized_epilogue;

/// How sums are calculated.
enum {
    /// One product after the other.
    NN_QUANTIZED_REFERENCE,
    /// Vectors of any processor, by fours of bytes as VNNI has them.
    NN_QUANTIZED_PORTABLE,
    /// vpmaddwd: pairs of 16 bits into 32, which cannot overflow. vpmaddubsw would take bytes, and saturates at 16 bits.
    NN_QUANTIZED_AVX2,
    /// vpdpbusd: fours of bytes into 32 bits, without saturation.
    NN_QUANTIZED_VNNI,
};

/// The fastest for this processor.
int nn_quantized_best_isa(void);

/// Whether this processor can calculate so.
int nn_quantized_has_isa(int isa);

/// The most products of one sum, with which 32 bits hold it beside the bias.
enum { NN_QUANTIZED_DEPTH_LIMIT = 33155 };

/// The bytes of a packed weight.
int64_t nn_quantized_packed_size(const nn_quantized_window *_Nonnull window, int isa);

/// Packs a weight [outputs][channels / groups][kernel_height][kernel_width] of bytes, in which 128 is 0 and none is 0.
void nn_quantized_pack(const nn_quantized_window *_Nonnull window, int isa, const uint8_t *_Nonnull weight,
                       void *_Nonnull packed);

/// Convolves images with a packed weight.
///
/// @param zero_point  The byte that stands for 0 in the images, and that they are padded with.
void nn_quantized_convolve(const nn_quantized_window *_Nonnull window, int isa, const uint8_t *_Nonnull images,
                           int32_t zero_point, const void *_Nonnull packed,
                           const nn_quantized_epilogue *_Nonnull epilogue, void *_Nonnull output);

/// Rounds to the nearest byte, ties to even; what is beyond the range goes to its end, and NaN to byte 0.
void nn_quantize(const float *_Nonnull from, int64_t count, nn_affine affine, uint8_t *_Nonnull to);

/// (q - zero_point) * scale of each byte.
void nn_dequantize(const uint8_t *_Nonnull from, int64_t count, nn_affine affine, float *_Nonnull to);

#endif
