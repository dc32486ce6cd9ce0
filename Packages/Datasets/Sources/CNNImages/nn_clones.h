#ifndef NN_CLONES_H
#define NN_CLONES_H

/// One compiled copy of a function per instruction set, chosen once when the program starts.
// The choice is made before ThreadSanitizer is ready; clang is the only compiler that Swift packages use.
#if defined(__x86_64__) && defined(__linux__) && !__has_feature(thread_sanitizer)
#define NN_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define NN_CLONES
#endif

#endif
