#ifndef NN_THREADS_H
#define NN_THREADS_H

#include <stdbool.h>
#include <stdint.h>

/// How many threads kernels use in the whole process; 1 or more.
void nn_set_thread_count(int count);

/// How many threads kernels use that the calling thread calls from now on; 0 for the process' number.
/// Returns what was set before.
int nn_scope_thread_count(int count);

/// How many threads kernels use that the calling thread calls: its own number, the process', or as long as none
/// was set that of nn_default_thread_count().
int nn_thread_count(void);

/// Tells the libraries that calculate on the calling thread how many threads to use.
void nn_apply_thread_count(void);

/// For tests: whether work is divided among the threads however little it is, so that small cases run as large ones do.
void nn_divide_all_work(bool divides);

/// Whether the calling thread is one of several that nn_parallel_for started.
int nn_is_in_parallel(void);

/// Calls body(context, begin, end) for parts of 0 ..< count on all threads, and returns when all are
/// done. Parts are equal and contiguous, so results do not depend on timing. Fewer than 2 * grain
/// items run on the calling thread.
void nn_parallel_for(int64_t count, int64_t grain, void *_Nullable context,
                     void (*_Nonnull body)(void *_Nullable context, int64_t begin, int64_t end)
                         __attribute__((swift_attr("@Sendable"))));

#endif
