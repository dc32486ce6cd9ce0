#ifndef NN_NOISE_H
#define NN_NOISE_H

#include <stdbool.h>
#include <stdint.h>

// Everything here is a pure function of its key, and calculated by the thread that calls.

/// Numbers from low to below high.
void nn_uniform_noise(float *_Nonnull to, int64_t count, uint64_t key, float low, float high);

/// Bytes of equal probability.
void nn_random_bytes(uint8_t *_Nonnull to, int64_t count, uint64_t key);

/// Adds normally distributed noise to bytes.
/// - deviations: The standard deviation for each of the 256 values.
/// - is_shared: Whether all channels of a pixel get the same number, which is multiplied by their deviations.
void nn_add_noise(uint8_t *_Nonnull pixels, int64_t count, int64_t channels, const float *_Nonnull deviations,
                  bool is_shared, uint64_t key);

/// Makes pixels black or white in all channels, each with half of the probability `share`.
void nn_salt_and_pepper(uint8_t *_Nonnull pixels, int64_t count, int64_t channels, float share, uint64_t key);

#endif
