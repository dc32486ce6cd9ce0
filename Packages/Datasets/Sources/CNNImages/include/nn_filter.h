#ifndef NN_FILTER_H
#define NN_FILTER_H

#include <stdint.h>

/// Warps an image at its size by an affine map: the output pixel (x, y) is the input at
/// (m[0] x + m[1] y + m[2], m[3] x + m[4] y + m[5]), with pixel centres at whole numbers, or `fill` outside.
void nn_warp_bilinear(uint8_t *_Nonnull to, const uint8_t *_Nonnull from, int64_t height, int64_t width,
                      int64_t channels, const double *_Nonnull m, uint8_t fill);
void nn_warp_nearest(uint8_t *_Nonnull to, const uint8_t *_Nonnull from, int64_t height, int64_t width,
                     int64_t channels, const double *_Nonnull m, uint8_t fill);

/// The same for floats.
void nn_warp_floats_bilinear(float *_Nonnull to, const float *_Nonnull from, int64_t height, int64_t width,
                             int64_t channels, const double *_Nonnull m, float fill);
void nn_warp_floats_nearest(float *_Nonnull to, const float *_Nonnull from, int64_t height, int64_t width,
                            int64_t channels, const double *_Nonnull m, float fill);

/// Convolves rows and columns with 2 * radius + 1 weights; pixels at the edge are repeated beyond it.
/// - scratch: (2 * width + 2 * radius) * channels floats.
void nn_blur(uint8_t *_Nonnull to, const uint8_t *_Nonnull from, int64_t height, int64_t width, int64_t channels,
             const float *_Nonnull weights, int64_t radius, float *_Nonnull scratch);

/// Multiplies the difference between each pixel and the mean of its 3x3 neighbourhood, in which it counts five times.
/// Pixels at the edge are kept.
void nn_sharpen(uint8_t *_Nonnull to, const uint8_t *_Nonnull from, int64_t height, int64_t width, int64_t channels,
                float factor);

#endif
