#ifndef NN_RESAMPLE_IMAGE_H
#define NN_RESAMPLE_IMAGE_H

#include <stdint.h>

/// Resamples along one side with weights that are calculated before: new pixel i is the sum of the `taps[i]` old ones
/// from `first[i]` on, each times its weight (`weights[i * weight_count]` and following), rounded and clipped to a byte.
///
/// Columns are turned to lines in strips of 64 rows, so that both directions are sums of whole lines, which fill the
/// vectors for any number of channels.
/// - scratch: nn_resample_scratch bytes.
void nn_resample_columns(uint8_t *_Nonnull to, const uint8_t *_Nonnull from, int64_t height, int64_t width,
                         int64_t to_width, int64_t channels, const int32_t *_Nonnull first,
                         const int32_t *_Nonnull taps, const float *_Nonnull weights, int64_t weight_count,
                         uint8_t *_Nonnull scratch);
int64_t nn_resample_scratch(int64_t height, int64_t width, int64_t to_width, int64_t channels);

/// The same from row to row.
/// - pitch: The bytes of a row.
void nn_resample_rows(uint8_t *_Nonnull to, const uint8_t *_Nonnull from, int64_t pitch, int64_t to_height,
                      const int32_t *_Nonnull first, const int32_t *_Nonnull taps, const float *_Nonnull weights,
                      int64_t weight_count);

/// Resamples the columns of an image of floats in the same way. Its rows are the columns of an image of one row, with as
/// many channels as a row has values.
void nn_resample_floats(float *_Nonnull to, const float *_Nonnull from, int64_t height, int64_t width, int64_t to_width,
                        int64_t channels, const int32_t *_Nonnull first, const int32_t *_Nonnull taps,
                        const float *_Nonnull weights, int64_t weight_count);

#endif
