#include "nn_convolve.h"

#include "include/nn_cores.h"
#include "include/nn_unary.h"

// Not NN_CLONES, which would compile the same source for each instruction set: the length of vectors differs.

#if defined(__x86_64__)
// 28 of 32 registers hold sums.
#define LANES 16
#define ROWS 14
#pragma clang attribute push(__attribute__((target("avx512f"))), apply_to = function)
#include "nn_convolve_lanes.h"
#pragma clang attribute pop

#define LANES 8
#define ROWS 6
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "nn_convolve_lanes.h"
#pragma clang attribute pop
#endif

#define LANES 4
#define ROWS 6
#include "nn_convolve_lanes.h"

const nn_convolve_loops *nn_choose_convolve_loops(int64_t filters) {
#if defined(__x86_64__)
    int level = nn_vector_level();
    if (filters > 16 && level == 3) return &loops_16;
    if (filters > 8 && level >= 2) return &loops_8;
#else
    (void)filters;
#endif
    return &loops_4;
}
