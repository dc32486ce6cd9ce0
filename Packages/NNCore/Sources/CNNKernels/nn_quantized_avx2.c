#if defined(__x86_64__)
#include <immintrin.h>
#include <stdint.h>

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define LOOPS nn_quantized_avx2
#define LANES 8
#define ROWS 6
#define DEPTH 2
#define ELEMENT int16_t
#define WEIGHT int16_t
#define dot(sums, images, weights) \
    ((vec)_mm256_add_epi32((__m256i)(sums), _mm256_madd_epi16((__m256i)(images), (__m256i)(weights))))
#include "nn_quantized_loops.h"
#pragma clang attribute pop
#endif
