#include "include/nn_bf16_emulation.h"

#define KERNELS tiles_emulated_avx512
#define DOT(sums, left, right)                                                                              \
    nn_emulated_vector_multiply((float *)(sums), (const uint32_t *)(left), (const uint32_t *)(right))
#include "avx512.h"
#include "kernels.h"
