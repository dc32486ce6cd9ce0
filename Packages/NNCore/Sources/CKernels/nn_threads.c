#include "nn_internal.h"

#include <stdatomic.h>

/// The thread pool. libgomp's is used because OpenBLAS and oneDNN use it too: a second pool beside it
/// fights with its spinning workers and made both 2 to 5 times slower. Its entry point is called
/// directly, since OpenMP pragmas would need an unsafe compiler flag.
#if defined(__linux__)
#define NN_HAS_GOMP 1
extern void GOMP_parallel(void (*body)(void *), void *context, unsigned threads, unsigned flags);
extern int omp_get_thread_num(void);
extern int omp_get_num_threads(void);
extern int omp_in_parallel(void);
extern void omp_set_num_threads(int count);
#endif

static atomic_int thread_count = 1;
/// What this thread has told OpenMP, which keeps the number for each thread by itself; 0 for nothing.
static _Thread_local int applied = 0;
static atomic_int is_set = 0;

void nn_set_thread_count(int count) {
    thread_count = count < 1 ? 1 : count;
    is_set = 1;
    nn_apply_thread_count();
}

void nn_apply_thread_count(void) {
#ifdef NN_HAS_GOMP
    int count = thread_count;
    if (!is_set || applied == count) return;
    omp_set_num_threads(count);
    applied = count;
#endif
}

int nn_thread_count(void) { return thread_count; }

#ifdef NN_HAS_GOMP

typedef struct {
    int64_t count;
    void *context;
    void (*body)(void *, int64_t, int64_t);
} parallel_arguments;

static void run_part(void *argument) {
    parallel_arguments *a = argument;
    int64_t part = omp_get_thread_num(), parts = omp_get_num_threads();
    int64_t begin = a->count * part / parts, end = a->count * (part + 1) / parts;
    if (begin < end) a->body(a->context, begin, end);
}

void nn_parallel_for(int64_t count, int64_t grain, void *context,
                     void (*body)(void *context, int64_t begin, int64_t end)) {
    if (count <= 0) return;
    int64_t parts = grain > 0 ? count / grain : count;
    if (parts > thread_count) parts = thread_count;
    if (parts < 2 || omp_in_parallel()) {
        body(context, 0, count);
        return;
    }
    parallel_arguments arguments = {count, context, body};
    GOMP_parallel(run_part, &arguments, (unsigned)parts, 0);
}

#else

void nn_parallel_for(int64_t count, int64_t grain, void *context,
                     void (*body)(void *context, int64_t begin, int64_t end)) {
    (void)grain;
    if (count > 0) body(context, 0, count);
}

#endif
