#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(                                                                               \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,fma"))), apply_to = function)
#define KERNELS tiles_avx512
#define DOT(sums, left, right)                                                                              \
    (*(sums) = (floats)_mm512_dpbf16_ps((__m512)*(sums), (__m512bh)*(left), (__m512bh)*(right)))
#include "avx512.h"
#include "kernels.h"
#pragma clang attribute pop
#endif
