/// What the kernel files share; not seen from Swift.
#ifndef NN_INTERNAL_H
#define NN_INTERNAL_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "include/nn_memory.h"
#include "include/nn_threads.h"

/// One compiled copy of a function per instruction set, chosen once when the program starts: before ThreadSanitizer is
/// ready, whose builds have the plain copy only.
#if defined(__x86_64__) && defined(__linux__) && !__has_feature(thread_sanitizer)
#define NN_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define NN_CLONES
#endif

#define NN_INLINE static inline __attribute__((always_inline))

/// Less work than that on 16 KiB costs more to hand to a thread than it saves: least bytes handed to one.
enum { NN_GRAIN = 16384 };

/// How many rows of so many elements are worth a thread.
NN_INLINE int64_t nn_rows_per_part(int64_t row) { return NN_GRAIN / 4 / (row > 0 ? row : 1) + 1; }

typedef uint16_t nn_bf16;

NN_INLINE float nn_from_bf16(nn_bf16 value) {
    uint32_t bits = (uint32_t)value << 16;
    float result;
    memcpy(&result, &bits, 4);
    return result;
}

/// Rounds to nearest even. NaN is kept apart, since rounding would carry one whose payload is all ones, as GPUs
/// make them, into zero, and so hide that a run has diverged.
NN_INLINE nn_bf16 nn_to_bf16(float value) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16, quiet = bits >> 16 | 0x40;
    return (nn_bf16)((bits & 0x7fffffff) > 0x7f800000 ? quiet : rounded);
}

#endif
