#ifdef __linux__
#define _GNU_SOURCE
#endif
#include "nn_hdf5_found.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

struct nn_hdf5_index {
    nn_hdf5_found *found;
    size_t size, position, end;
};

/// What ends a process that does what it must not, or is too slow.
static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGALRM, SIGPROF, SIGXCPU};

/// Handlers of the program, such as for stack traces or Ctrl-C, are not for this process, which is over in a moment.
static void reset_signals(void) {
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    sigset_t blocked;
    sigfillset(&blocked);
    for (size_t k = 0; k < sizeof fatal_signals / sizeof *fatal_signals; k++) sigdelset(&blocked, fatal_signals[k]);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
}

/// What this process has of addresses, and of memory that it can write to; 0 where the system does not tell.
static void read_sizes(uint64_t *addresses, uint64_t *data) {
    *addresses = *data = 0;
    char text[128];
    int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    ssize_t count = read(file, text, sizeof text - 1);
    close(file);
    if (count <= 0) return;
    text[count] = 0;
    // In pages: the whole, four other numbers, and data with stack.
    char *rest = text;
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    for (int k = 0; k < 6; k++) {
        uint64_t value = strtoull(rest, &rest, 10) * page;
        if (k == 0) *addresses = value;
        if (k == 5) *data = value;
    }
}

#ifdef __GLIBC__
typedef __rlimit_resource_t limited;
#else
typedef int limited;
#endif

static void lower(limited resource, uint64_t value) {
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0 || (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur <= value)) return;
    limit.rlim_cur = value;
    setrlimit(resource, &limit);
}

static struct itimerval timer(double seconds) {
    time_t whole = (time_t)seconds;
    return (struct itimerval){.it_value = {whole, 1 + (suseconds_t)(999998 * (seconds - (double)whole))}};
}

static void confine(nn_hdf5_limits limits) {
    reset_signals();
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    uint64_t addresses, data;
    read_sizes(&addresses, &data);
    if (addresses > 0) lower(RLIMIT_AS, addresses + limits.memory);
    // AddressSanitizer has the addresses of all memory from the beginning.
    if (data > 0) lower(RLIMIT_DATA, data + limits.memory);
    // A crash is expected, and is no matter for the system's collection of them.
    lower(RLIMIT_CORE, 0);
#ifdef __linux__
    prctl(PR_SET_DUMPABLE, 0);
#endif
    struct itimerval computing = timer(limits.seconds), waiting = timer(limits.wall_seconds);
    setitimer(ITIMER_PROF, &computing, NULL);
    setitimer(ITIMER_REAL, &waiting, NULL);
    // libc tells of damaged memory there.
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nowhere >= 0) {
        dup2(nowhere, STDOUT_FILENO);
        dup2(nowhere, STDERR_FILENO);
    }
}

static void behave(nn_hdf5_behavior behavior) {
    if (behavior == NN_HDF5_CRASHES) raise(SIGSEGV);
    for (volatile bool is_endless = behavior == NN_HDF5_LOOPS; is_endless;) {}
    if (behavior == NN_HDF5_WAITS) pause();
}

/// Waits until a process has ended.
/// - Returns: Whether its status is known. Where the program ignores its processes the system does not tell, and only what
///   the process has written says how far it got.
static bool wait_for(pid_t process, int *status) {
    *status = 0;
    while (waitpid(process, status, 0) < 0) {
        if (errno != EINTR) return false;
    }
    return true;
}

static nn_hdf5_outcome outcome_of(pid_t process, const nn_hdf5_found *found, char *message) {
    int status;
    bool is_known = wait_for(process, &status);
    int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (number == SIGALRM || number == SIGPROF || number == SIGXCPU) return NN_HDF5_TOO_SLOW;
    bool is_over = status == 0
                   && (found->outcome == NN_HDF5_DONE || found->outcome == NN_HDF5_NOT_OPENED
                       || found->outcome == NN_HDF5_TOO_MUCH);
    if (is_over) {
        memcpy(message, found->message, NN_HDF5_MESSAGE_LENGTH);
        return found->outcome;
    }
    if (number != 0) snprintf(message, NN_HDF5_MESSAGE_LENGTH, "by signal %d, %s", number, strsignal(number));
    else if (is_known) snprintf(message, NN_HDF5_MESSAGE_LENGTH, "with exit code %d", WEXITSTATUS(status));
    else snprintf(message, NN_HDF5_MESSAGE_LENGTH, "early");
    return NN_HDF5_CRASHED;
}

/// Ends the message, which damaged memory may have no end for, and makes it one line.
static void mend(char *message) {
    message[NN_HDF5_MESSAGE_LENGTH - 1] = 0;
    for (char *c = message; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 127) *c = ' ';
    }
}

nn_hdf5_index *nn_hdf5_open(const char *path, const char *whole, const char *excluded, nn_hdf5_limits limits,
                            nn_hdf5_outcome *outcome, char *message) {
    message[0] = 0;
    *outcome = NN_HDF5_NO_PROCESS;
    nn_hdf5_index *index = calloc(1, sizeof *index);
    if (!index) {
        snprintf(message, NN_HDF5_MESSAGE_LENGTH, "%s", strerror(ENOMEM));
        return NULL;
    }
    // Header and objects.
    index->size = sizeof(nn_hdf5_found) + nn_hdf5_padded(limits.found);
    // Zeros, of which only those that are written to take memory.
    void *memory = mmap(NULL, index->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        snprintf(message, NN_HDF5_MESSAGE_LENGTH, "%s", strerror(errno));
        free(index);
        return NULL;
    }
    nn_hdf5_found *found = index->found = memory;
    found->room = nn_hdf5_padded(limits.found);
    // Until it is over.
    found->outcome = NN_HDF5_CRASHED;

    // No handler of the program runs in the new process. libhdf5 is not used in this one, so that its state is fresh there.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    pid_t process = fork();
    if (process == 0) {
        confine(limits);
        behave(limits.behavior);
        nn_hdf5_find(path, whole, excluded, found);
        // Neither handlers of exit nor destructors, which are those of the program.
        _exit(0);
    }
    int error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (process < 0) {
        snprintf(message, NN_HDF5_MESSAGE_LENGTH, "%s", strerror(error));
    } else {
        *outcome = outcome_of(process, found, message);
    }
    mend(message);
    if (*outcome != NN_HDF5_DONE) {
        nn_hdf5_close(index);
        return NULL;
    }
    size_t room = index->size - sizeof(nn_hdf5_found);
    index->end = found->used < room ? (size_t)found->used : room;
    return index;
}

bool nn_hdf5_next(nn_hdf5_index *index, nn_hdf5_object *object) {
    size_t left = index->end - index->position;
    if (left < sizeof *object) return false;
    const uint8_t *start = index->found->objects + index->position;
    memcpy(object, start, sizeof *object);
    left -= sizeof *object;
    // Damaged memory may have anything for a truth value, and any sizes.
    uint8_t flag;
    memcpy(&flag, &object->is_big_endian, 1);
    object->is_big_endian = flag != 0;
    if (object->path_length > left || nn_hdf5_padded(object->path_length) > left) return false;
    left -= nn_hdf5_padded(object->path_length);
    if (object->byte_count > left || nn_hdf5_padded(object->byte_count) > left) return false;
    object->path = (const char *)start + sizeof *object;
    object->bytes = start + sizeof *object + nn_hdf5_padded(object->path_length);
    index->position = index->end - left + nn_hdf5_padded(object->byte_count);
    return true;
}

void nn_hdf5_close(nn_hdf5_index *index) {
    munmap(index->found, index->size);
    free(index);
}
