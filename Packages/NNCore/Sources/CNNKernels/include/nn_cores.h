#ifndef NN_CORES_H
#define NN_CORES_H

#include <stddef.h>
#include <stdint.h>

/// The processor cores that this process may use: what its affinity (`taskset`, cpusets) allows and its
/// control groups' quota of processor time is worth, rounded up; 1 or more.
int nn_available_cores(void);

/// The vector instructions of the processor: 0 for less than AVX, 1 for AVX, 2 for AVX2 with FMA, 3 for AVX-512 (F, DQ,
/// BW, VL); 3 where it is no x86-64.
int nn_vector_level(void);

/// The bytes of the cache that each core has for itself (level 2); 1 MiB where the system does not tell.
int64_t nn_core_cache_size(void);

/// The smallest quota of processor time of this process' control groups and of those around them, in cores;
/// 0 where there is none. Versions 1 and 2.
///
/// @param root  Where `/proc` and `/sys` lie: "" for the machine.
double nn_cgroup_cores(const char *_Nonnull root);

/// The smallest limit of memory of this process' control groups and of those around them, in bytes; 0 where there is
/// none. Versions 1 and 2.
///
/// @param root  Where `/proc` and `/sys` lie: "" for the machine.
double nn_cgroup_memory(const char *_Nonnull root);

/// The bytes of memory that this process may have: those of the machine or of its control groups, and no more than
/// limits of addresses and data (`ulimit -v`, `ulimit -d`) leave.
int64_t nn_available_memory(void);

/// The bytes that limits of addresses and data (`ulimit -v`, `ulimit -d`) leave at this time; -1 where there is none.
int64_t nn_memory_left_by_limits(void);

/// Prepares a program for limits of addresses and data, if there are any: one heap for all threads instead of one for
/// each, and a message instead of a crash where memory ends. To be called before there are threads.
void nn_prepare_for_limits(void);

/// The number that NN_NUM_THREADS means: `cores` where `text` is NULL, and 0 with a message where the text is
/// not a whole number from 1 to 1024.
int nn_thread_count_from(const char *_Nullable text, int cores, char *_Nonnull message, size_t size);

/// What NN_NUM_THREADS says, or else the available cores. Ends the process with a message where it says nonsense.
int nn_default_thread_count(void);

#endif
