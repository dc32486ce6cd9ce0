#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif

#include "include/nn_cores.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#if defined(__linux__)
#include <sched.h>
#include <sys/resource.h>
#endif

enum { PATH_SIZE = 4096 };

/// The first line of a file; 0 where it cannot be read.
static int read_line(const char *folder, const char *name, char *line, int size) {
    char path[PATH_SIZE + 64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "re");
    if (!file) return 0;
    int found = fgets(line, size, file) != NULL;
    fclose(file);
    return found;
}

/// A limit of one control group; 0 where it has none.
typedef double (*limit_reader)(const char *folder, int version);

/// The quota of one control group in cores; 0 where it has none.
static double quota_of(const char *folder, int version) {
    char line[128], period_line[128];
    double quota = 0, period = 0;
    if (version == 2) {
        if (!read_line(folder, "cpu.max", line, sizeof line) || sscanf(line, "%lf %lf", &quota, &period) != 2) return 0;
    } else {
        if (!read_line(folder, "cpu.cfs_quota_us", line, sizeof line) ||
            !read_line(folder, "cpu.cfs_period_us", period_line, sizeof period_line))
            return 0;
        quota = strtod(line, NULL);
        period = strtod(period_line, NULL);
    }
    return quota > 0 && period > 0 ? quota / period : 0;
}

/// The limit of one control group in bytes; 0 where it has none.
static double memory_of(const char *folder, int version) {
    // Above the high mark, version 2 slows a group down until it has freed enough.
    static const char *const names[] = {"memory.max", "memory.high"};
    double smallest = 0;
    for (int index = 0; index < (version == 2 ? 2 : 1); index++) {
        char line[128];
        if (!read_line(folder, version == 2 ? names[index] : "memory.limit_in_bytes", line, sizeof line)) continue;
        // "max" in version 2; in version 1 the largest number of whole pages.
        double bytes = strtod(line, NULL);
        if (bytes > 0 && bytes < 0x1p60 && (smallest == 0 || bytes < smallest)) smallest = bytes;
    }
    return smallest;
}

/// Whether a word stands in a list that commas separate.
static int lists(const char *list, const char *word) {
    size_t length = strlen(word);
    for (const char *item = list; item; item = strchr(item, ',') ? strchr(item, ',') + 1 : NULL)
        if (strncmp(item, word, length) == 0 && strchr(",\n ", item[length])) return 1;
    return 0;
}

/// The path of this process' control group of a version, and of a controller in version 1; 0 where it is in none.
static int group_path(const char *root, int version, const char *controller, char path[PATH_SIZE]) {
    char name[PATH_SIZE], line[PATH_SIZE];
    snprintf(name, sizeof name, "%s/proc/self/cgroup", root);
    FILE *file = fopen(name, "re");
    if (!file) return 0;
    int found = 0;
    while (!found && fgets(line, sizeof line, file)) {
        // "4:cpu,cpuacct:/path" in version 1, "0::/path" in version 2.
        char *controllers = strchr(line, ':');
        char *group = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!group) continue;
        *group++ = '\0';
        controllers++;
        if (version == 2 ? *controllers != '\0' : !lists(controllers, controller)) continue;
        group[strcspn(group, "\n")] = '\0';
        strcpy(path, group);
        found = 1;
    }
    fclose(file);
    return found;
}

/// The smallest limit from a process' group up to the folder where the groups are mounted.
static double smallest_above(const char *root, const char *mounted, const char *mount_root, int version,
                             const char *controller, limit_reader limit_of) {
    char group[PATH_SIZE], folder[PATH_SIZE];
    if (!group_path(root, version, controller, group)) return 0;
    // In a container the mount begins at the container's own group, and the path is told from the machine's.
    size_t prefix = strcmp(mount_root, "/") == 0 ? 0 : strlen(mount_root);
    const char *below = strncmp(group, mount_root, prefix) == 0 ? group + prefix : "";
    if (strcmp(below, "/") == 0 || strstr(below, "/..")) below = "";
    size_t least = strlen(root) + strlen(mounted);
    if (snprintf(folder, sizeof folder, "%s%s%s", root, mounted, below) >= (int)sizeof folder) return 0;
    double smallest = 0;
    while (1) {
        double limit = limit_of(folder, version);
        if (limit > 0 && (smallest == 0 || limit < smallest)) smallest = limit;
        char *end = strrchr(folder, '/');
        if (!end || (size_t)(end - folder) < least) return smallest;
        *end = '\0';
    }
}

/// The smallest limit of this process' control groups, and of those around them; 0 where there is none.
static double smallest_limit(const char *root, const char *controller, limit_reader limit_of) {
    char name[PATH_SIZE], line[PATH_SIZE];
    snprintf(name, sizeof name, "%s/proc/self/mountinfo", root);
    FILE *file = fopen(name, "re");
    if (!file) return 0;
    double smallest = 0;
    while (fgets(line, sizeof line, file)) {
        // "36 25 0:31 /root /mounted options - type source options".
        char mount_root[PATH_SIZE], mounted[PATH_SIZE], type[16], options[PATH_SIZE];
        const char *rest = strstr(line, " - ");
        if (!rest || sscanf(line, "%*s %*s %*s %4095s %4095s", mount_root, mounted) != 2 ||
            sscanf(rest, " - %15s %*s %4095s", type, options) != 2)
            continue;
        int version =
            strcmp(type, "cgroup2") == 0 ? 2 : strcmp(type, "cgroup") == 0 && lists(options, controller) ? 1 : 0;
        double limit = version ? smallest_above(root, mounted, mount_root, version, controller, limit_of) : 0;
        if (limit > 0 && (smallest == 0 || limit < smallest)) smallest = limit;
    }
    fclose(file);
    return smallest;
}

double nn_cgroup_cores(const char *root) { return smallest_limit(root, "cpu", quota_of); }

double nn_cgroup_memory(const char *root) { return smallest_limit(root, "memory", memory_of); }

int64_t nn_available_memory(void) {
    long page = sysconf(_SC_PAGESIZE);
    double available = (double)sysconf(_SC_PHYS_PAGES) * (double)page;
#if defined(__linux__)
    double group = nn_cgroup_memory("");
    if (group > 0 && group < available) available = group;
    // Limits are used up by what is mapped, whether memory stands behind it or not.
    int64_t left = nn_memory_left_by_limits();
    if (left >= 0) available = fmin(available, (double)left);
#endif
    return available > 0 ? (int64_t)available : 0;
}

int nn_available_cores(void) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
#if defined(__linux__)
    // The kernel refuses a set that is smaller than its own.
    for (int size = 1024; size <= 1 << 20; size *= 4) {
        cpu_set_t *set = CPU_ALLOC(size);
        if (!set) break;
        int known = sched_getaffinity(0, CPU_ALLOC_SIZE(size), set) == 0;
        if (known) cores = CPU_COUNT_S(CPU_ALLOC_SIZE(size), set);
        CPU_FREE(set);
        if (known) break;
    }
    double quota = nn_cgroup_cores("");
    if (quota > 0 && ceil(quota) < (double)cores) cores = (long)ceil(quota);
#endif
    return cores < 1 ? 1 : cores > 1024 ? 1024 : (int)cores;
}

int nn_vector_level(void) {
#if defined(__x86_64__)
    if (!__builtin_cpu_supports("avx")) return 0;
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return 1;
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
               ? 3
               : 2;
#else
    return 3;
#endif
}

int64_t nn_core_cache_size(void) {
    long size = 0;
#if defined(_SC_LEVEL2_CACHE_SIZE)
    size = sysconf(_SC_LEVEL2_CACHE_SIZE);
#endif
    return size > 0 ? size : 1 << 20;
}

int nn_thread_count_from(const char *text, int cores, char *message, size_t size) {
    if (!text) return cores;
    size_t digits = strspn(text, "0123456789");
    int count = digits > 0 && digits <= 4 && text[digits] == '\0' ? atoi(text) : 0;
    if (count >= 1 && count <= 1024) return count;
    snprintf(message, size,
             "NN_NUM_THREADS is '%.40s'; it must be a whole number from 1 to 1024. Unset it to use %s %d core%s.", text,
             cores == 1 ? "the" : "all", cores, cores == 1 ? "" : "s");
    return 0;
}

int nn_default_thread_count(void) {
    char message[256];
    int count = nn_thread_count_from(getenv("NN_NUM_THREADS"), nn_available_cores(), message, sizeof message);
    if (count == 0) {
        fprintf(stderr, "error: %s\n", message);
        exit(1);
    }
    return count;
}
