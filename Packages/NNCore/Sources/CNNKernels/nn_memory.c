#include "nn_internal.h"
#include "include/nn_trap.h"

#include <stdlib.h>
#if defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>
#endif

void *nn_allocate(size_t bytes) {
    const size_t huge = (size_t)2 << 20;
    void *pointer = NULL;
    size_t alignment = bytes >= 2 * huge ? huge : 64;
    if (posix_memalign(&pointer, alignment, bytes ? bytes : 64) != 0) return NULL;
#if defined(__linux__)
    // Large tensors are walked from end to end; 4 KiB pages would cost a fault and a TLB miss each.
    if (alignment == huge) madvise(pointer, bytes, MADV_HUGEPAGE);
#endif
    return pointer;
}

void nn_free(void *pointer) { free(pointer); }

#if defined(__linux__)
static size_t page_of_system(void) { return (size_t)sysconf(_SC_PAGESIZE); }

static size_t guarded_length(size_t bytes) { return (bytes + page_of_system() - 1) / page_of_system() * page_of_system(); }

void *nn_map_guarded(size_t bytes) {
    size_t length = guarded_length(bytes);
    char *base = mmap(NULL, length + page_of_system(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED) return NULL;
    mprotect(base + length, page_of_system(), PROT_NONE);
    return base + (length - bytes);
}

void nn_unmap_guarded(void *pointer, size_t bytes) {
    size_t length = guarded_length(bytes);
    munmap((char *)pointer - (length - bytes), length + page_of_system());
}
#endif

void *nn_scratch(int64_t count, int64_t size) {
    size_t bytes;
    void *pointer =
        count < 0 || __builtin_mul_overflow((size_t)count, (size_t)size, &bytes) ? NULL : nn_allocate(bytes);
    if (!pointer)
        nn_trap("out of memory: no room for %lld numbers of %lld bytes that a calculation needs", (long long)count,
                (long long)size);
    return pointer;
}

typedef struct {
    char *to;
    const char *from;
} copy_arguments;

static void copy_part(void *context, int64_t begin, int64_t end) {
    copy_arguments *a = context;
    memcpy(a->to + begin, a->from + begin, (size_t)(end - begin));
}

void nn_copy(void *to, const void *from, size_t bytes) {
    copy_arguments arguments = {to, from};
    nn_parallel_for((int64_t)bytes, 4 * NN_GRAIN, &arguments, copy_part);
}

static void zero_part(void *context, int64_t begin, int64_t end) {
    memset((char *)context + begin, 0, (size_t)(end - begin));
}

void nn_zero(void *to, size_t bytes) { nn_parallel_for((int64_t)bytes, 4 * NN_GRAIN, to, zero_part); }

typedef struct {
    void *to;
    uint64_t value;
} fill_arguments;

#define NN_DEFINE_FILL(TYPE)                                                    \
    NN_CLONES static void fill_##TYPE(void *context, int64_t begin, int64_t end) { \
        const fill_arguments *a = context;                                      \
        TYPE *to = a->to, value;                                                \
        memcpy(&value, &a->value, sizeof value);                                \
        for (int64_t i = begin; i < end; i++) to[i] = value;                    \
    }

NN_DEFINE_FILL(uint8_t)
NN_DEFINE_FILL(uint16_t)
NN_DEFINE_FILL(uint32_t)
NN_DEFINE_FILL(uint64_t)

void nn_fill(void *to, const void *value, int64_t size, int64_t count) {
    fill_arguments a = {to, 0};
    memcpy(&a.value, value, (size_t)size);
    nn_parallel_for(count, 4 * NN_GRAIN / size, &a,
                    size == 1   ? fill_uint8_t
                    : size == 2 ? fill_uint16_t
                    : size == 4 ? fill_uint32_t
                                : fill_uint64_t);
}
