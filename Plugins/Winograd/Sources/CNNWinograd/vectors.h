/// Vectors of LANES floats, those of Clang and GCC: one text for all instructions, in which `x * y + z` becomes one
/// FMA.
#ifndef VECTORS_H
#define VECTORS_H

#include "nn_bfloat16.h"
#include "winograd.h"

#define UNROLL _Pragma("clang loop unroll(full)")

typedef float vec __attribute__((vector_size(4 * LANES)));
typedef float vec_memory __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t vec_bits __attribute__((vector_size(4 * LANES)));
typedef uint32_t vec_words __attribute__((vector_size(4 * LANES)));
typedef nn_bf16 vec_bf16 __attribute__((vector_size(2 * LANES)));
typedef nn_bf16 vec_bf16_memory __attribute__((vector_size(2 * LANES), aligned(2), may_alias));

INLINE vec load(const float *p) { return *(const vec_memory *)p; }
INLINE void store(float *p, vec x) { *(vec_memory *)p = x; }
INLINE vec splat(float x) { return x - (vec){0}; }

/// `yes` where the condition holds, else `no`.
INLINE vec choose(vec_bits condition, vec yes, vec no) {
    return (vec)((condition & (vec_bits)yes) | (~condition & (vec_bits)no));
}

INLINE vec widen(vec_bf16 x) { return (vec)(__builtin_convertvector(x, vec_words) << 16); }

/// See nn_to_bf16.
INLINE vec_bf16 narrow(vec x) {
    const vec_words bits = (vec_words)x, rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
    const vec_words is_nan = (vec_words)(x != x), quiet = bits >> 16 | 0x40;
    return __builtin_convertvector((is_nan & quiet) | (~is_nan & rounded), vec_bf16);
}

/// Numbers i ..< i + LANES of memory in float32 or bfloat16.
INLINE vec read(const int is_bfloat16, const void *p, int64_t i) {
    return is_bfloat16 ? widen(*(const vec_bf16_memory *)((const nn_bf16 *)p + i)) : load((const float *)p + i);
}

INLINE void write(const int is_bfloat16, void *p, int64_t i, vec x) {
    if (is_bfloat16) *(vec_bf16_memory *)((nn_bf16 *)p + i) = narrow(x);
    else store((float *)p + i, x);
}

/// The first `count` of these numbers; the others are 0.
INLINE vec read_some(const int is_bfloat16, const void *p, int64_t i, int64_t count) {
    if (count >= LANES) return read(is_bfloat16, p, i);
    vec x = {0};
    vec_bf16 half = {0};
    if (count <= 0) return x;
    if (!is_bfloat16) {
        memcpy(&x, (const float *)p + i, (size_t)count * sizeof(float));
        return x;
    }
    memcpy(&half, (const nn_bf16 *)p + i, (size_t)count * sizeof(nn_bf16));
    return widen(half);
}

INLINE void write_some(const int is_bfloat16, void *p, int64_t i, vec x, int64_t count) {
    if (count >= LANES) write(is_bfloat16, p, i, x);
    else if (count > 0 && !is_bfloat16) memcpy((float *)p + i, &x, (size_t)count * sizeof(float));
    else if (count > 0) {
        const vec_bf16 half = narrow(x);
        memcpy((nn_bf16 *)p + i, &half, (size_t)count * sizeof(nn_bf16));
    }
}

#endif
