#if defined(__x86_64__)
#include <immintrin.h>
#include <stdint.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni"))), \
                             apply_to = function)
#define LOOPS nn_quantized_vnni
#define LANES 16
#define ROWS 8
#define DEPTH 4
#define ELEMENT uint8_t
#define WEIGHT int8_t
#define dot(sums, images, weights) \
    ((vec)_mm512_dpbusd_epi32((__m512i)(sums), (__m512i)(images), (__m512i)(weights)))
#include "nn_quantized_loops.h"
#pragma clang attribute pop
#endif
