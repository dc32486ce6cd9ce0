#ifndef NN_PIXELS_H
#define NN_PIXELS_H

#include <stdint.h>

/// One row of a bilinearly resized image: row_fraction between `upper` and `lower`, and in each of
/// to_width columns column_fractions between the source columns `left` and `right`.
/// - scratch: width * channels floats.
void nn_resize_row(uint8_t *_Nonnull to, const uint8_t *_Nonnull upper, const uint8_t *_Nonnull lower,
                   float row_fraction, int64_t width, int64_t channels, float *_Nonnull scratch, int64_t to_width,
                   const int32_t *_Nonnull left, const int32_t *_Nonnull right,
                   const float *_Nonnull column_fractions);

#endif
