#ifndef NN_CLONES_H
#define NN_CLONES_H

/// Compiles a function once for each instruction set, of which one is chosen when the program starts. That is before
/// ThreadSanitizer is ready, so its builds have only the baseline copy. (Swift packages are always compiled by clang.)
#if defined(__x86_64__) && defined(__linux__) && !__has_feature(thread_sanitizer)
#define NN_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define NN_CLONES
#endif

#endif
