#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define KERNELS winograd_avx2
#define LANES 8
#define ROWS 6
#define COLUMNS 6
#include "kernels.h"
#pragma clang attribute pop
#endif
