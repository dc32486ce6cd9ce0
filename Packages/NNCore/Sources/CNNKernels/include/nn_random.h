#ifndef NN_RANDOM_H
#define NN_RANDOM_H

#include <stdint.h>

/// Philox 4x32-10 (Salmon et al., SC 2011): four random words from a key and a counter. Words that the
/// paper counts 0, 1, 2, 3 are the lower and upper halves of `low` and `high`, `first` and `second`.
void nn_philox(uint64_t key, uint64_t low, uint64_t high, uint64_t *_Nonnull first, uint64_t *_Nonnull second);

// In the following, element i is made from word i % 4 of the counter i / 4, whatever the threads do.

/// Numbers from low to below high, of 24 random bits each.
void nn_random_uniform(float *_Nonnull to, int64_t count, uint64_t key, float low, float high);

/// Normally distributed numbers, by Box and Muller (1958).
void nn_random_normal(float *_Nonnull to, int64_t count, uint64_t key, float mean, float deviation);

/// to[i] = scale * from[i] with the probability 1 - threshold / 2^32, else 0; float32 or bfloat16.
void nn_dropout(int type, void *_Nonnull to, const void *_Nonnull from, int64_t count, uint64_t key,
                uint32_t threshold, float scale);

#endif
