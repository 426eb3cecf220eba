// How many threads are worth starting: physical cores x affinity x cgroup quota, read from /sys and /proc.
#define _GNU_SOURCE  // CPU_ALLOC and sched_getaffinity
#include "zonda_pool.h"
#if defined(__linux__)
#include <sched.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { path_length = 4096 };  // PATH_MAX; longer cgroup paths are taken for no quota

// The first line of a file, without its end; false when it can't be read.
static bool read_line(const char *path, char *line, size_t length) {
    FILE *file = fopen(path, "re");
    if (!file) return false;
    bool found = fgets(line, (int)length, file) != NULL;
    fclose(file);
    if (found) line[strcspn(line, "\n")] = 0;
    return found;
}

// cpu.max of version 2: "200000 100000" or "max 100000".
static double quota_v2(const char *folder) {
    char path[path_length + 32], line[128];
    snprintf(path, sizeof path, "%s/cpu.max", folder);
    double quota = 0, period = 0;
    if (!read_line(path, line, sizeof line) || sscanf(line, "%lf %lf", &quota, &period) != 2) return 0;
    return quota > 0 && period > 0 ? quota / period : 0;
}

static double quota_v1(const char *folder) {
    char path[path_length + 32], line[128];
    snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", folder);
    double quota = read_line(path, line, sizeof line) ? atof(line) : 0;  // -1: none
    snprintf(path, sizeof path, "%s/cpu.cfs_period_us", folder);
    double period = read_line(path, line, sizeof line) ? atof(line) : 0;
    return quota > 0 && period > 0 ? quota / period : 0;
}

static double lower(double a, double b) { return a == 0 || (b != 0 && b < a) ? b : a; }

// The lowest quota of `group` under `mount` and of its ancestors up to the mount itself.
static double lowest_quota(const char *mount, const char *group, double (*quota_of)(const char *)) {
    char folder[path_length];
    int length = snprintf(folder, sizeof folder, "%s%s", mount, group);
    if (length < 0 || length >= (int)sizeof folder) return 0;
    double quota = 0;
    for (size_t shortest = strlen(mount); strlen(folder) >= shortest;) {
        quota = lower(quota, quota_of(folder));
        char *slash = strrchr(folder, '/');
        if (!slash || strlen(folder) == shortest) break;
        *slash = 0;
    }
    return quota;
}

static bool lists_cpu(const char *controllers) {
    char names[256];
    snprintf(names, sizeof names, ",%s,", controllers);
    return strstr(names, ",cpu,") != NULL;
}

double zonda_cpu_quota(const char *root) {
    char path[path_length], mount[path_length], line[path_length];
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *file = fopen(path, "re");
    if (!file) return 0;
    double quota = 0;
    // Lines are "number:controllers:/path"; version 2 has no controllers.
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        char *controllers = strchr(line, ':');
        char *group = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!group) continue;
        *controllers++ = 0;
        *group++ = 0;
        if (*controllers == 0) {
            snprintf(mount, sizeof mount, "%s/sys/fs/cgroup", root);
            quota = lower(quota, lowest_quota(mount, group, quota_v2));
        } else if (lists_cpu(controllers)) {
            snprintf(mount, sizeof mount, "%s/sys/fs/cgroup/cpu", root);
            quota = lower(quota, lowest_quota(mount, group, quota_v1));
        }
    }
    fclose(file);
    return quota;
}

#if defined(__linux__)
// Logical processors that are the first of their core among those we may run on.
static int32_t allowed_cores(void) {
    enum { most = 4096 };
    cpu_set_t *allowed = CPU_ALLOC(most);
    if (!allowed) return 1;
    const size_t bytes = CPU_ALLOC_SIZE(most);
    int32_t cores = 0;
    if (sched_getaffinity(0, bytes, allowed) != 0) CPU_ZERO_S(bytes, allowed);
    for (int cpu = 0; cpu < most; cpu++) {
        if (!CPU_ISSET_S(cpu, bytes, allowed)) continue;
        char path[128], siblings[256];
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", cpu);
        bool first = true;  // also where the topology isn't known
        // "0,64" or "0-1": a core counts at its lowest allowed sibling.
        if (read_line(path, siblings, sizeof siblings)) {
            for (char *at = siblings; *at;) {
                long from = strtol(at, &at, 10), to = from;
                if (*at == '-') to = strtol(at + 1, &at, 10);
                for (long other = from; other <= to && other < cpu; other++)
                    first &= !(other >= 0 && CPU_ISSET_S(other, bytes, allowed));
                if (*at != ',') break;
                at++;
            }
        }
        cores += first;
    }
    CPU_FREE(allowed);
    return cores;
}
#else
static int32_t allowed_cores(void) { return (int32_t)sysconf(_SC_NPROCESSORS_ONLN); }
#endif

int32_t zonda_available_threads(void) {
    int32_t cores = allowed_cores();
    double quota = zonda_cpu_quota("");
    if (quota > 0 && quota < cores) cores = (int32_t)quota;
    return cores < 1 ? 1 : cores;
}
