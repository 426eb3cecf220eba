// A pool of threads that runs a list of jobs with one wake-up.
#pragma once
#include <stdbool.h>
#include <stdint.h>

/// One operation, cut into items that may run in any order and on any thread.
typedef struct zonda_job {
    /// Does one item. `thread` is below the pool's thread count and unique among the items running at one time, so it
    /// may select scratch memory. Must not call `zonda_pool_run` on the same pool.
    void (*_Nonnull work)(const void *_Nullable arguments, int32_t item, int32_t thread);
    const void *_Nullable arguments;
    /// Where the number of items is read when the job begins, so that an earlier job, or the next step, may change it.
    /// Null: `item_count` is the number.
    const int32_t *_Nullable item_count_at;
    int32_t item_count;
    /// Items run in order on one thread, without a barrier.
    bool serial;
} zonda_job;

typedef struct zonda_pool zonda_pool;

/// Starts `threads - 1` threads; the caller of `zonda_pool_run` is the last one. Null when there is no memory or no
/// thread to be had, or `threads` is not in 1...1024.
zonda_pool *_Nullable zonda_pool_create(int32_t threads);

/// Ends and joins the threads. No run may be in progress.
void zonda_pool_destroy(zonda_pool *_Nullable pool);

int32_t zonda_pool_thread_count(const zonda_pool *_Nonnull pool);

/// Runs `jobs` in order and returns when all is done: what a job wrote is seen by all items of the jobs after it, and by
/// the caller. A job starts when the last item of the one before has ended; threads that are not scheduled hold up
/// nobody unless they are inside an item. Calls from several threads take turns.
void zonda_pool_run(zonda_pool *_Nonnull pool, const zonda_job *_Nonnull jobs, int32_t count);

/// The number of threads worth starting: physical cores that this process may run on (its affinity), at most the
/// cgroup's CPU quota rounded down (a pool that is throttled half way through a step waits for a whole period), at
/// least 1.
int32_t zonda_available_threads(void);

/// The CPU quota of this process in cores, or 0 for none; the lowest of its cgroup and that one's ancestors, version 2
/// or 1. `root` is put before /proc and /sys (tests give a folder of their own; "" is the machine).
double zonda_cpu_quota(const char *_Nonnull root);
