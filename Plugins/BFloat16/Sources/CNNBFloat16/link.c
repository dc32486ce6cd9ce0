#include "nn_backends.h"

/// Defined in BFloat16Backend.swift.
extern void *nn_make_bfloat16(void);

/// Makes the backend known before main, ahead of those that take every convolution, and of Winograd's method, whose
/// products of float32 take longer than three of bfloat16 where those are asked for.
__attribute__((constructor)) static void link_backend(void) { nn_link_backend("bfloat16", 300, nn_make_bfloat16); }
