#ifndef NN_FILTER_H
#define NN_FILTER_H

#include <stdint.h>

/// Convolves rows and columns with 2 * radius + 1 weights; pixels at the edge are repeated beyond it.
/// - scratch: (2 * width + 2 * radius) * channels floats.
void nn_blur(uint8_t *_Nonnull to, const uint8_t *_Nonnull from, int64_t height, int64_t width, int64_t channels,
             const float *_Nonnull weights, int64_t radius, float *_Nonnull scratch);

/// Multiplies the difference between each pixel and the mean of its 3x3 neighbourhood, in which it counts five times.
/// Pixels at the edge are kept.
void nn_sharpen(uint8_t *_Nonnull to, const uint8_t *_Nonnull from, int64_t height, int64_t width, int64_t channels,
                float factor);

#endif
