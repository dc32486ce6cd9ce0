// For every processor: SSE2 on x86-64, NEON on arm64.
#define KERNELS winograd_portable
#define LANES 4
#if defined(__aarch64__)
#define ROWS 12
#define COLUMNS 8
#else
#define ROWS 6
#define COLUMNS 6
#endif
#include "kernels.h"
