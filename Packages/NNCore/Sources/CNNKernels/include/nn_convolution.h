#ifndef NN_CONVOLUTION_H
#define NN_CONVOLUTION_H

#include <stdint.h>

/// A window that moves over images `[N, H, W, C]`, of whose channels `group_channels` from
/// `first_channel` on are read.
typedef struct {
    int64_t height, width, channels;
    int64_t first_channel, group_channels;
    int64_t kernel_height, kernel_width;
    int64_t stride_height, stride_width;
    int64_t dilation_height, dilation_width;
    int64_t padding_top, padding_left;
    int64_t output_height, output_width;
    int is_bfloat16;
} nn_filter;

/// Lays the window's content at output pixels first ..< first + count (counted over all images) in
/// rows: column[pixel][kh][kw][c], float32, zero outside the image.
void nn_filter_columns(const nn_filter *_Nonnull window, const void *_Nonnull input, int64_t first, int64_t count,
                       float *_Nonnull column);

/// What is done to each sum of a convolution before it is rounded: activation(sum + bias + residual).
typedef struct {
    /// [c], float32; NULL for none.
    const float *_Nullable bias;
    /// In the shape and type of the output; NULL for none.
    const void *_Nullable residual;
    int activation;
    float slope;
} nn_convolution_epilogue;

/// Depthwise convolution, one filter a channel, of two channels or more; weights [kh][kw][c], float32.
void nn_depthwise_forward(const nn_filter *_Nonnull window, const void *_Nonnull input, int64_t images,
                          const float *_Nonnull weight, const nn_convolution_epilogue *_Nullable epilogue,
                          void *_Nonnull output);
void nn_depthwise_backward_input(const nn_filter *_Nonnull window, const void *_Nonnull gradient, int64_t images,
                                 const float *_Nonnull weight, void *_Nonnull output);
void nn_depthwise_backward_weight(const nn_filter *_Nonnull window, const void *_Nonnull input,
                                  const void *_Nonnull gradient, int64_t images, float *_Nonnull output);

/// How many floats the filters of a convolution take as the products read them, or those of its gradient by the input.
int64_t nn_convolve_packed_size(const nn_filter *_Nonnull window, int64_t groups, int64_t group_outputs,
                                int is_gradient);

/// Packs a weight [groups * group_outputs, group_channels, kernel_height, kernel_width].
void nn_convolve_pack(const nn_filter *_Nonnull window, int64_t groups, int64_t group_outputs, int is_gradient,
                      const float *_Nonnull weight, float *_Nonnull packed);

/// Dense convolution in float32. Of the window, `first_channel` is not read. Results are the same, bit by bit, for any
/// number of threads.
void nn_convolve(const nn_filter *_Nonnull window, int64_t groups, int64_t group_outputs, int64_t images,
                 const float *_Nonnull input, const float *_Nonnull packed,
                 const nn_convolution_epilogue *_Nullable epilogue, float *_Nonnull output);
void nn_convolve_input_gradient(const nn_filter *_Nonnull window, int64_t groups, int64_t group_outputs,
                                int64_t images, const float *_Nonnull gradient, const float *_Nonnull packed,
                                float *_Nonnull output);

#endif
