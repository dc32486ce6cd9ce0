#include "nn_internal.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "include/nn_cores.h"

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
extern void omp_set_dynamic(int is_dynamic);
extern int omp_get_thread_limit(void);
extern int omp_get_max_active_levels(void);
#endif

/// ThreadSanitizer cannot see what libgomp promises: a part begins after all that its caller wrote, and the caller goes
/// on after all parts. The start and the end have an address each; with one, a part that ends before another begins
/// would seem ordered before it, and a race between the two would not be seen.
#if __has_feature(thread_sanitizer)
extern void __tsan_acquire(void *address);
extern void __tsan_release(void *address);
#define NN_ACQUIRE(address) __tsan_acquire((void *)(address))
#define NN_RELEASE(address) __tsan_release((void *)(address))
#else
#define NN_ACQUIRE(address) ((void)(address))
#define NN_RELEASE(address) ((void)(address))
#endif

/// For the whole process; 0 until it is set or first asked for.
static atomic_int thread_count = 0;
/// For what this thread calls in a scope; 0 for none.
static _Thread_local int scoped_count = 0;
/// What this thread has told OpenMP, which keeps the number for each thread by itself; 0 for nothing.
static _Thread_local int applied = 0;
/// Whether work is divided however little it is.
static atomic_bool divides_all = false;

void nn_divide_all_work(bool divides) { divides_all = divides; }

void nn_set_thread_count(int count) {
    thread_count = count < 1 ? 1 : count;
    nn_apply_thread_count();
}

int nn_scope_thread_count(int count) {
    int before = scoped_count;
    scoped_count = count;
    return before;
}

/// The most threads that the pool has, by OMP_THREAD_LIMIT and OMP_MAX_ACTIVE_LEVELS. OpenBLAS waits forever for those
/// that it asked for and did not get.
static int pool_limit(void) {
#ifdef NN_HAS_GOMP
    static atomic_int known = 0;
    int limit = atomic_load_explicit(&known, memory_order_relaxed);
    if (limit == 0) {
        limit = omp_get_max_active_levels() < 1 ? 1 : omp_get_thread_limit();
        limit = limit < 1 ? 1 : limit;
        atomic_store_explicit(&known, limit, memory_order_relaxed);
    }
    return limit;
#else
    return 1024;
#endif
}

static int within_pool(int count) {
    int limit = pool_limit();
    return count < limit ? count : limit;
}

int nn_thread_count(void) {
    if (scoped_count > 0) return within_pool(scoped_count);
    int count = atomic_load_explicit(&thread_count, memory_order_relaxed);
    if (count > 0) return within_pool(count);
    int first = nn_default_thread_count();
    return within_pool(atomic_compare_exchange_strong(&thread_count, &count, first) ? first : count);
}

void nn_apply_thread_count(void) {
#ifdef NN_HAS_GOMP
    int count = nn_thread_count();
    if (applied == count) return;
    omp_set_num_threads(count);
    // With OMP_DYNAMIC the pool would have fewer on a busy machine.
    omp_set_dynamic(0);
    applied = count;
#endif
}

int nn_is_in_parallel(void) {
#ifdef NN_HAS_GOMP
    return omp_in_parallel();
#else
    return 0;
#endif
}

#ifdef NN_HAS_GOMP

typedef struct {
    int64_t count;
    void *context;
    void (*body)(void *, int64_t, int64_t);
} parallel_arguments;

static void run_part(void *argument) {
    parallel_arguments *a = argument;
    NN_ACQUIRE(&a->count);
    int64_t part = omp_get_thread_num(), parts = omp_get_num_threads();
    int64_t begin = a->count * part / parts, end = a->count * (part + 1) / parts;
    if (begin < end) a->body(a->context, begin, end);
    NN_RELEASE(&a->body);
}

void nn_parallel_for(int64_t count, int64_t grain, void *context,
                     void (*body)(void *context, int64_t begin, int64_t end)) {
    if (count <= 0) return;
    if (grain < 1 || atomic_load_explicit(&divides_all, memory_order_relaxed)) grain = 1;
    int64_t parts = count / grain, threads = nn_thread_count();
    if (parts > threads) parts = threads;
    if (parts < 2 || omp_in_parallel()) {
        body(context, 0, count);
        return;
    }
    parallel_arguments arguments = {count, context, body};
    NN_RELEASE(&arguments.count);
    GOMP_parallel(run_part, &arguments, (unsigned)parts, 0);
    NN_ACQUIRE(&arguments.body);
}

#else

void nn_parallel_for(int64_t count, int64_t grain, void *context,
                     void (*body)(void *context, int64_t begin, int64_t end)) {
    (void)grain;
    if (count > 0) body(context, 0, count);
}

#endif
