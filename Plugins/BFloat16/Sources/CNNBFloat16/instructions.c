#include "nn_cores.h"
#include "tiles.h"

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

/// Whether the processor has tiles with products of bfloat16, and the system lets this process use them. Linux keeps
/// 8 KiB of a thread's tiles only for processes that have asked ("Using XSTATE features in user space applications",
/// Linux 5.16); a system that does not know the question does not keep them at all.
static int may_use_tiles(void) {
    enum { ASK_FOR_PERMISSION = 0x1023, TILE_DATA = 18, HAS_PRODUCTS = 1 << 22, HAS_TILES = 1 << 24 };
    unsigned a, b, c, d;
    if (nn_vector_level() != 3 || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
    if (!(d & HAS_PRODUCTS) || !(d & HAS_TILES)) return 0;
    return syscall(SYS_arch_prctl, ASK_FOR_PERMISSION, TILE_DATA) == 0;
}
#else
static int may_use_tiles(void) { return 0; }
#endif

int nn_bf16_has_isa(int isa) {
    switch (isa) {
        case NN_BF16_AMX: return may_use_tiles();
        case NN_BF16_AVX512:
#if defined(__x86_64__)
            return nn_vector_level() == 3 && __builtin_cpu_supports("avx512bf16") != 0;
#else
            return 0;
#endif
        default: return isa >= NN_BF16_PORTABLE && isa <= NN_BF16_EMULATED_AMX;
    }
}

const tile_kernels *tile_kernels_of(int isa) {
    switch (isa) {
        case NN_BF16_EMULATED_AVX512: return &tiles_emulated_avx512;
        case NN_BF16_EMULATED_AMX: return &tiles_emulated_amx;
#if defined(__x86_64__)
        case NN_BF16_AVX512: return &tiles_avx512;
        case NN_BF16_AMX: return &tiles_amx;
#endif
        default: return NULL;
    }
}
