#include "nn_backends.h"

/// Defined in OneDNNBackend.swift.
extern void *nn_make_onednn(void);

/// Makes the backend known before main, so that a program that is linked with it uses it without a call.
__attribute__((constructor)) static void link_backend(void) { nn_link_backend("onednn", 100, nn_make_onednn); }
