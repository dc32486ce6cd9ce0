#ifndef NN_PIXELS_H
#define NN_PIXELS_H

#include <stdint.h>

/// to = from * scale + offset, each of 3 channels with its own, as float32 or bfloat16.
void nn_normalize_f32(float *_Nonnull to, const uint8_t *_Nonnull from, int64_t pixels, const float *_Nonnull scale,
                      const float *_Nonnull offset);
void nn_normalize_bf16(uint16_t *_Nonnull to, const uint8_t *_Nonnull from, int64_t pixels,
                       const float *_Nonnull scale, const float *_Nonnull offset);

/// The same for any number of channels, of bytes or floats.
void nn_normalize_bytes_f32(float *_Nonnull to, const uint8_t *_Nonnull from, int64_t pixels, int64_t channels,
                            const float *_Nonnull scale, const float *_Nonnull offset);
void nn_normalize_bytes_bf16(uint16_t *_Nonnull to, const uint8_t *_Nonnull from, int64_t pixels, int64_t channels,
                             const float *_Nonnull scale, const float *_Nonnull offset);
void nn_normalize_floats_f32(float *_Nonnull to, const float *_Nonnull from, int64_t pixels, int64_t channels,
                             const float *_Nonnull scale, const float *_Nonnull offset);
void nn_normalize_floats_bf16(uint16_t *_Nonnull to, const float *_Nonnull from, int64_t pixels, int64_t channels,
                              const float *_Nonnull scale, const float *_Nonnull offset);

/// Widens class indices. Returns the first that is neither below class_count nor ignore_index, or -1.
int nn_widen_labels(int32_t *_Nonnull to, const uint8_t *_Nonnull from, int64_t count, int class_count,
                    int ignore_index);

/// Adds up each of 3 channels.
void nn_sum_colors(const uint8_t *_Nonnull pixels, int64_t count, uint64_t *_Nonnull sums);

/// Each new channel is a row of 4 numbers times (red, green, blue, 1), clipped to 0 ... 255.
void nn_change_colors(uint8_t *_Nonnull pixels, int64_t count, const float *_Nonnull matrix);

#endif
