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

/// Whether a word stands in a list that commas separate.
static int lists(const char *list, const char *word) {
    size_t length = strlen(word);
    for (const char *item = list; item; item = strchr(item, ',') ? strchr(item, ',') + 1 : NULL)
        if (strncmp(item, word, length) == 0 && strchr(",\n ", item[length])) return 1;
    return 0;
}

/// The path of this process' control group of a version; 0 where it is in none.
static int group_path(const char *root, int version, char path[PATH_SIZE]) {
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
        if (version == 2 ? *controllers != '\0' : !lists(controllers, "cpu")) continue;
        group[strcspn(group, "\n")] = '\0';
        strcpy(path, group);
        found = 1;
    }
    fclose(file);
    return found;
}

/// The smallest quota from a process' group up to the folder where the groups are mounted.
static double smallest_quota(const char *root, const char *mounted, const char *mount_root, int version) {
    char group[PATH_SIZE], folder[PATH_SIZE];
    if (!group_path(root, version, group)) return 0;
    // In a container the mount begins at the container's own group, and the path is told from the machine's.
    size_t prefix = strcmp(mount_root, "/") == 0 ? 0 : strlen(mount_root);
    const char *below = strncmp(group, mount_root, prefix) == 0 ? group + prefix : "";
    if (strcmp(below, "/") == 0 || strstr(below, "/..")) below = "";
    size_t least = strlen(root) + strlen(mounted);
    if (snprintf(folder, sizeof folder, "%s%s%s", root, mounted, below) >= (int)sizeof folder) return 0;
    double smallest = 0;
    while (1) {
        double quota = quota_of(folder, version);
        if (quota > 0 && (smallest == 0 || quota < smallest)) smallest = quota;
        char *end = strrchr(folder, '/');
        if (!end || (size_t)(end - folder) < least) return smallest;
        *end = '\0';
    }
}

double nn_cgroup_cores(const char *root) {
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
        int version = strcmp(type, "cgroup2") == 0 ? 2 : strcmp(type, "cgroup") == 0 && lists(options, "cpu") ? 1 : 0;
        double quota = version ? smallest_quota(root, mounted, mount_root, version) : 0;
        if (quota > 0 && (smallest == 0 || quota < smallest)) smallest = quota;
    }
    fclose(file);
    return smallest;
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

int nn_thread_count_from(const char *text, int cores, char *message, size_t size) {
    if (!text) return cores;
    size_t digits = strspn(text, "0123456789");
    int count = digits > 0 && digits <= 4 && text[digits] == '\0' ? atoi(text) : 0;
    if (count >= 1 && count <= 1024) return count;
    snprintf(message, size,
             "NN_NUM_THREADS is '%.40s'; it must be a whole number from 1 to 1024. Unset it to use all %d cores.", text,
             cores);
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
