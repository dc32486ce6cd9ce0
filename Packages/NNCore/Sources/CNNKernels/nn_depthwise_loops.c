#include "nn_depthwise.h"

#include "include/nn_cores.h"
#include "nn_parts.h"

// Not NN_CLONES, which would compile the same source for each instruction set: the length of vectors differs.

#if defined(__x86_64__)
#define LANES 16
#pragma clang attribute push(__attribute__((target("avx512f"))), apply_to = function)
#include "nn_depthwise_lanes.h"
#pragma clang attribute pop

#define LANES 8
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "nn_depthwise_lanes.h"
#pragma clang attribute pop
#endif

#define LANES 4
#include "nn_depthwise_lanes.h"

#define LANES 1
#include "nn_depthwise_lanes.h"

const nn_depthwise_loops *nn_choose_depthwise_loops(int64_t channels, int is_bfloat16) {
    int64_t longest = is_bfloat16 ? channels / 2 : channels;
#if defined(__x86_64__)
    int level = nn_vector_level();
    if (longest >= 16 && level == 3) return &loops_16;
    if (longest >= 8 && level >= 2) return &loops_8;
#endif
    return longest >= 4 ? &loops_4 : &loops_1;
}
