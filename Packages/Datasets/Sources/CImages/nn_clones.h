#ifndef NN_CLONES_H
#define NN_CLONES_H

/// One compiled copy of a function per instruction set, chosen once when the program starts.
#if defined(__x86_64__) && defined(__linux__)
#define NN_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define NN_CLONES
#endif

#endif
