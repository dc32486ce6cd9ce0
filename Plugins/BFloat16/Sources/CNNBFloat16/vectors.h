/// Vectors of 64 bytes, those of Clang: one text for all instructions, which are two or four of them where a processor has
/// shorter ones.
#ifndef VECTORS_H
#define VECTORS_H

#include "tiles.h"

#define UNROLL _Pragma("clang loop unroll(full)")

/// 16 pairs of bfloat16, or the bits of 16 numbers in float32.
typedef uint32_t pairs __attribute__((vector_size(64)));
typedef float floats __attribute__((vector_size(64)));
/// 16 numbers in bfloat16.
typedef uint16_t line __attribute__((vector_size(32)));

#endif
