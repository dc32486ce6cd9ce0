#ifndef NN_NORM_H
#define NN_NORM_H

#include <stdint.h>

/// Batch normalization with activation, on `rows` pixels of `channels` values, float32 or bfloat16.
/// All statistics and factors are float32, one for each channel.
typedef struct {
    int64_t rows, channels;
    int is_bfloat16;
    /// activation(x * scale + shift + residual); residual may be NULL.
    int activation;
    float slope;
    const void *_Nullable input;
    const void *_Nullable residual;
    const float *_Nullable scale;
    const float *_Nullable shift;
} nn_norm;

/// Mean and biased variance of each channel of the input, by sums of distances from a pixel nearby, which
/// lose nothing for channels far from zero or with outliers. Always summed in the same order.
void nn_norm_statistics(const nn_norm *_Nonnull norm, float *_Nonnull mean, float *_Nonnull variance);

/// output = activation(input * scale + shift + residual)
void nn_norm_forward(const nn_norm *_Nonnull norm, void *_Nonnull output);

/// With g = gradient * activation'(input * scale + shift + residual): the sums over the pixels of g
/// and of g * (input - mean), and g itself into `inner`, which must be given where there is a residual.
void nn_norm_backward_sums(const nn_norm *_Nonnull norm, const void *_Nonnull gradient, const float *_Nonnull mean,
                           void *_Nullable inner, float *_Nonnull sums, float *_Nonnull products);

/// output = a * g + b * input + c for each channel; g as above, or `inner` itself where it is not NULL.
/// `output` may be `gradient` or `inner`.
void nn_norm_backward_input(const nn_norm *_Nonnull norm, const void *_Nullable gradient, const void *_Nullable inner,
                            const float *_Nonnull a, const float *_Nonnull b, const float *_Nonnull c,
                            void *_Nonnull output);

#endif
