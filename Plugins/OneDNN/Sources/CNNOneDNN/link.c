// Makes the backend known before main, so that a program that is linked with it uses it without a call. Both
// functions are found when the program is linked: one in CNNKernels, one in OneDNNBackend.swift.
extern void nn_link_backend(const char *name, int preference, void *(*make)(void));
extern void *nn_make_onednn(void);

__attribute__((constructor)) static void link_backend(void) { nn_link_backend("onednn", 100, nn_make_onednn); }
