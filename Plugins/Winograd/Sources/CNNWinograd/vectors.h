/// Vectors of LANES floats, those of Clang and GCC: one text for all instructions, in which `x * y + z` becomes one
/// FMA.
#ifndef VECTORS_H
#define VECTORS_H

#include "winograd.h"

#define UNROLL _Pragma("clang loop unroll(full)")

typedef float vec __attribute__((vector_size(4 * LANES)));
typedef float vec_memory __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t vec_bits __attribute__((vector_size(4 * LANES)));

INLINE vec load(const float *p) { return *(const vec_memory *)p; }
INLINE void store(float *p, vec x) { *(vec_memory *)p = x; }
INLINE vec splat(float x) { return x - (vec){0}; }

/// The first `count` lanes; the others are 0.
INLINE vec load_some(const float *p, int64_t count) {
    vec x = {0};
    if (count >= LANES) return load(p);
    if (count > 0) memcpy(&x, p, (size_t)count * sizeof(float));
    return x;
}

INLINE void store_some(float *p, vec x, int64_t count) {
    if (count >= LANES) store(p, x);
    else if (count > 0) memcpy(p, &x, (size_t)count * sizeof(float));
}

/// `yes` where the condition holds, else `no`.
INLINE vec choose(vec_bits condition, vec yes, vec no) {
    return (vec)((condition & (vec_bits)yes) | (~condition & (vec_bits)no));
}

#endif
