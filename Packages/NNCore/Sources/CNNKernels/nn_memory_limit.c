#include "include/nn_cores.h"

#include <sys/resource.h>
#if defined(__linux__)
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/// The pages of a process: the whole, four other numbers, and data with stack. Without the heap, since a handler of
/// signals asks, too.
static int read_pages(int64_t pages[6]) {
    char text[256];
    int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length <= 0) return 0;
    text[length] = '\0';
    const char *next = text;
    for (int field = 0; field < 6; field++) {
        if (*next < '0' || *next > '9') return 0;
        pages[field] = 0;
        while (*next >= '0' && *next <= '9') pages[field] = pages[field] * 10 + (*next++ - '0');
        if (*next == ' ') next++;
    }
    return 1;
}

/// Lowers `left` to what a limit leaves, and notes the limit.
static void lower(int resource, int64_t used, int64_t *left, int64_t *whole) {
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > INT64_MAX) return;
    int64_t rest = (int64_t)limit.rlim_cur - used;
    if (rest < 0) rest = 0;
    if (*left >= 0 && *left <= rest) return;
    *left = rest;
    *whole = (int64_t)limit.rlim_cur;
}

static int64_t left_by_limits(int64_t *whole) {
    int64_t left = -1, none = INT64_MAX, pages[6] = {0};
    // Most processes have no limit, and read nothing.
    lower(RLIMIT_AS, 0, &left, whole);
    lower(RLIMIT_DATA, 0, &none, whole);
    if (left < 0 && none == INT64_MAX) return -1;
    int64_t page = sysconf(_SC_PAGESIZE);
    left = -1;
    if (!read_pages(pages)) memset(pages, 0, sizeof pages);
    lower(RLIMIT_AS, pages[0] * page, &left, whole);
    lower(RLIMIT_DATA, pages[5] * page, &left, whole);
    return left;
}

int64_t nn_memory_left_by_limits(void) {
    int64_t whole = 0;
    return left_by_limits(&whole);
}

static const int ends[] = {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGTRAP};
static struct sigaction former[sizeof ends / sizeof *ends];

/// Allocations that fail end in abort(), in a trap, or at an address near 0 in libraries that do not look.
static void explain(int number, siginfo_t *information, void *context) {
    (void)information, (void)context;
    int64_t whole = 0, left = left_by_limits(&whole);
    if (left >= 0 && left < whole / 2) {
        char text[512];
        int length = snprintf(
            text, sizeof text,
            "error: out of memory: limits of the process (ulimit -v, ulimit -d) allow %lld MiB and leave %lld MiB. Raise "
            "them, or use smaller images, a smaller data.batch_size, data.cache=false, data.loader_threads=1 or "
            "NN_NUM_THREADS=1\n",
            (long long)(whole >> 20), (long long)(left >> 20));
        if (write(2, text, (size_t)length) < 0) _exit(1);
        _exit(1);
    }
    // Another mistake: whoever was there before sees it, where the operation is repeated.
    for (size_t index = 0; index < sizeof ends / sizeof *ends; index++)
        if (ends[index] == number) sigaction(number, &former[index], NULL);
    if (number == SIGABRT || number == SIGTRAP) raise(number);
}

void nn_prepare_for_limits(void) {
    int64_t whole = 0;
    if (left_by_limits(&whole) < 0) return;
#if defined(__GLIBC__)
    // Each thread would reserve 64 MB of addresses or more for a heap of its own.
    mallopt(M_ARENA_MAX, 1);
#endif
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = explain;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    for (size_t index = 0; index < sizeof ends / sizeof *ends; index++) sigaction(ends[index], &action, &former[index]);
}
#else
int64_t nn_memory_left_by_limits(void) { return -1; }

void nn_prepare_for_limits(void) {}
#endif
