#include "nn_cores.h"
#include "winograd.h"

int nn_winograd_best_isa(void) {
#if defined(__x86_64__)
    int level = nn_vector_level();
    return level == 3 ? NN_WINOGRAD_AVX512 : level == 2 ? NN_WINOGRAD_AVX2 : NN_WINOGRAD_PORTABLE;
#else
    return NN_WINOGRAD_PORTABLE;
#endif
}

int nn_winograd_multiplies_bfloat16(void) {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx512bf16") != 0;
#else
    return 0;
#endif
}

const winograd_kernels *winograd_kernels_of(int isa) {
#if defined(__x86_64__)
    if (isa == NN_WINOGRAD_AVX512) return &winograd_avx512;
    if (isa == NN_WINOGRAD_AVX2) return &winograd_avx2;
#endif
    (void)isa;
    return &winograd_portable;
}
