#include <stdint.h>

// Vectors of 16 bytes, which every processor has. The order of weights is that of VNNI, so that its loops are tested on
// processors without it.
#define LOOPS nn_quantized_portable
#define LANES 4
#define ROWS 4
#define DEPTH 4
#define ELEMENT uint8_t
#define WEIGHT int8_t
#define dot(sums, images, weights) add_products((vec_bits)(sums), (vec_bits)(images), weights)

typedef int32_t vec_lanes __attribute__((vector_size(4 * LANES)));
typedef uint32_t vec_bits __attribute__((vector_size(4 * LANES)));

/// Adds the products of four bytes without a sign and four with one; unsigned, since sums may wrap on their way.
static inline __attribute__((always_inline)) vec_lanes add_products(vec_bits sums, vec_bits images, vec_lanes weights) {
    for (int d = 0; d < 4; d++) {
        vec_bits image = (images >> (8 * d)) & 255;
        vec_lanes weight = (vec_lanes)((vec_bits)weights << (24 - 8 * d)) >> 24;
        sums += image * (vec_bits)weight;
    }
    return (vec_lanes)sums;
}

#include "nn_quantized_loops.h"
