#include "nn_backends.h"

/// Defined in WinogradBackend.swift.
extern void *nn_make_winograd(void);

/// Makes the backend known before main, ahead of those that take every convolution.
__attribute__((constructor)) static void link_backend(void) { nn_link_backend("winograd", 200, nn_make_winograd); }
