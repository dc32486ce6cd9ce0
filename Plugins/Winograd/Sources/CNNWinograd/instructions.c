#include "nn_cores.h"
#include "winograd.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

int nn_winograd_best_isa(void) {
#if defined(__x86_64__)
    int level = nn_vector_level();
    return level == 3 ? NN_WINOGRAD_AVX512 : level == 2 ? NN_WINOGRAD_AVX2 : NN_WINOGRAD_PORTABLE;
#else
    return NN_WINOGRAD_PORTABLE;
#endif
}

int nn_winograd_best_bfloat16(void) {
#if defined(__x86_64__)
    enum { HAS_PRODUCTS_OF_TILES = 1 << 22 };
    unsigned a, b, c, d;
    if (nn_vector_level() < 3) return NN_WINOGRAD_NO_BFLOAT16;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) && d & HAS_PRODUCTS_OF_TILES) return NN_WINOGRAD_BFLOAT16_TILES;
    if (__builtin_cpu_supports("avx512bf16")) return NN_WINOGRAD_BFLOAT16_VECTORS;
#endif
    return NN_WINOGRAD_NO_BFLOAT16;
}

const winograd_kernels *winograd_kernels_of(int isa) {
#if defined(__x86_64__)
    if (isa == NN_WINOGRAD_AVX512) return &winograd_avx512;
    if (isa == NN_WINOGRAD_AVX2) return &winograd_avx2;
#endif
    (void)isa;
    return &winograd_portable;
}
