// The pool. All shared state of a run is one 64-bit ticket counter: its upper half is the number of the phase (one
// parallel job is one phase), its lower half counts the items that nobody has taken yet, on top of `bias`.
//
// A thread takes an item by subtracting one. What it read tells it all: the phase, and whether there was an item. With
// an item in hand the phase can't end, so the run's fields stay as they are while it reads them; without one it waits
// for the phase to change and touches nothing else, so a thread that was held up since an earlier run never sees freed
// jobs. There is no barrier
// that all threads must reach: whoever ends the last item of a phase opens the next. That is why more threads than
// cores cost little.
#include "zonda_pool.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

// Items left are stored as bias + left: a thread takes at most one ticket too many in a phase, so the lower half never
// borrows from the upper.
enum : uint64_t { bias = 1ull << 31, phase_unit = 1ull << 32 };

// A pause is 40 to 140 cycles, so this is some 0.1 ms: longer than most serial stretches, shorter than a time slice.
enum { pauses_before_sleep = 4000, pauses_when_crowded = 100, yields_before_sleep = 4, cache_line = 128 };

struct zonda_pool {
    _Alignas(cache_line) _Atomic uint64_t tickets;
    _Alignas(cache_line) _Atomic int32_t items_done;
    _Alignas(cache_line) _Atomic int32_t sleepers;
    _Atomic bool stopping;
    // Written by the caller of a run and by whoever opens a phase, read by threads with an item of that phase.
    _Alignas(cache_line) const zonda_job *jobs;
    int32_t job_count, current_job, current_items;
    _Atomic uint32_t last_phase;  // the run has ended when the tickets show it
    int32_t thread_count, pauses;
    pthread_mutex_t run_mutex, sleep_mutex;
    pthread_cond_t woken;
    pthread_t threads[];
};

typedef struct worker_start {
    zonda_pool *pool;
    int32_t thread;
} worker_start;

static inline void pause_briefly(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");  // `yield` does nothing on most cores; `isb` takes about as long as x86's pause
#endif
}

// Opens a phase. The store and the load of `sleepers` are sequentially consistent, like their mirror image in
// `await_phase`: either the sleeper sees the new phase, or we see the sleeper. Taking the mutex then waits until it
// really sleeps. As a release, the store shows whoever takes one of its tickets all that was done before.
static void open_phase(zonda_pool *pool, uint32_t phase, int32_t items) {
    uint64_t tickets = phase * phase_unit + bias + (uint64_t)items;
    atomic_store_explicit(&pool->tickets, tickets, memory_order_seq_cst);
    if (atomic_load_explicit(&pool->sleepers, memory_order_seq_cst) == 0) return;
    pthread_mutex_lock(&pool->sleep_mutex);
    pthread_cond_broadcast(&pool->woken);
    pthread_mutex_unlock(&pool->sleep_mutex);
}

static inline bool is_still(zonda_pool *pool, uint32_t phase) {
    return (uint32_t)(atomic_load_explicit(&pool->tickets, memory_order_seq_cst) >> 32) == phase;
}

// Returns when phase `seen` is over: spins, gives way, sleeps.
static void await_phase(zonda_pool *pool, uint32_t seen) {
    for (int yields = 0; yields <= yields_before_sleep; yields++) {
        for (int i = 0; i < pool->pauses; i++) {
            if (!is_still(pool, seen)) return;
            pause_briefly();
        }
        if (yields < yields_before_sleep) sched_yield();
    }
    pthread_mutex_lock(&pool->sleep_mutex);
    atomic_fetch_add_explicit(&pool->sleepers, 1, memory_order_seq_cst);
    while (is_still(pool, seen)) pthread_cond_wait(&pool->woken, &pool->sleep_mutex);
    atomic_fetch_sub_explicit(&pool->sleepers, 1, memory_order_relaxed);
    pthread_mutex_unlock(&pool->sleep_mutex);
}

// Goes on after job `current_job`: runs what needs no other thread here and now, then opens a phase for the next
// parallel job, or the phase that ends the run. `phase` is the one that just ended. Called by one thread at a time.
static void advance(zonda_pool *pool, uint32_t phase, int32_t thread) {
    int32_t items = 0;
    while (++pool->current_job < pool->job_count) {
        const zonda_job *job = &pool->jobs[pool->current_job];
        items = job->item_count_at ? *job->item_count_at : job->item_count;
        if (items > 1 && !job->serial && pool->thread_count > 1) break;
        for (int32_t i = 0; i < items; i++) job->work(job->arguments, i, thread);
        items = 0;
    }
    pool->current_items = items;
    if (items == 0) atomic_store_explicit(&pool->last_phase, phase + 1, memory_order_relaxed);
    atomic_store_explicit(&pool->items_done, 0, memory_order_relaxed);
    open_phase(pool, phase + 1, items);
}

// Takes and does items until there are none left in the phase, and returns that phase.
static uint32_t take_items(zonda_pool *pool, int32_t thread) {
    for (;;) {
        // Acquire: see `open_phase`. Not release: an untouched item has nothing to publish.
        uint64_t ticket = atomic_fetch_sub_explicit(&pool->tickets, 1, memory_order_acquire);
        uint32_t phase = (uint32_t)(ticket >> 32);
        int64_t left = (int64_t)(ticket & (phase_unit - 1)) - (int64_t)bias;
        if (left <= 0) return phase;
        const zonda_job *job = &pool->jobs[pool->current_job];
        const int32_t items = pool->current_items;
        job->work(job->arguments, items - (int32_t)left, thread);
        // Release: publishes this item. Acquire: the last one has seen all others, and hands them on in `advance`.
        if (atomic_fetch_add_explicit(&pool->items_done, 1, memory_order_acq_rel) + 1 == items)
            advance(pool, phase, thread);
    }
}

static void *work(void *start) {
    zonda_pool *pool = ((worker_start *)start)->pool;
    const int32_t thread = ((worker_start *)start)->thread;
    free(start);
    for (;;) {
        uint32_t phase = take_items(pool, thread);
        // Relaxed: set before the last phase was opened, whose ticket this thread has taken by now or will be woken for.
        if (atomic_load_explicit(&pool->stopping, memory_order_relaxed)) return NULL;
        await_phase(pool, phase);
    }
}

void zonda_pool_run(zonda_pool *pool, const zonda_job *jobs, int32_t count) {
    pthread_mutex_lock(&pool->run_mutex);
    pool->jobs = jobs;
    pool->job_count = count;
    pool->current_job = -1;
    const int32_t caller = 0;
    uint32_t phase = (uint32_t)(atomic_load_explicit(&pool->tickets, memory_order_relaxed) >> 32);
    // Phases of this run come after it, so none of them looks like the last until `advance` says so.
    atomic_store_explicit(&pool->last_phase, phase, memory_order_relaxed);
    advance(pool, phase, caller);
    for (;;) {
        phase = take_items(pool, caller);
        // Relaxed: `last_phase` was set before the tickets that showed it were released.
        if (phase == atomic_load_explicit(&pool->last_phase, memory_order_relaxed)) break;
        await_phase(pool, phase);
    }
    pthread_mutex_unlock(&pool->run_mutex);
}

zonda_pool *zonda_pool_create(int32_t threads) {
    if (threads < 1 || threads > 1024) return NULL;
    size_t bytes = sizeof(zonda_pool) + sizeof(pthread_t) * (size_t)threads;
    zonda_pool *pool = aligned_alloc(cache_line, (bytes + cache_line - 1) / cache_line * cache_line);
    if (!pool) return NULL;
    *pool = (zonda_pool){.thread_count = 1};
    atomic_init(&pool->tickets, bias);
    pool->pauses = threads > zonda_available_threads() ? pauses_when_crowded : pauses_before_sleep;
    pthread_mutex_init(&pool->run_mutex, NULL);
    pthread_mutex_init(&pool->sleep_mutex, NULL);
    pthread_cond_init(&pool->woken, NULL);
    // Threads only look at tickets until the first run, which is after the last write of `thread_count`.
    for (int32_t i = 1; i < threads; i++) {
        worker_start *start = malloc(sizeof *start);
        if (start) *start = (worker_start){pool, i};
        if (!start || pthread_create(&pool->threads[i], NULL, work, start) != 0) {
            free(start);
            zonda_pool_destroy(pool);
            return NULL;
        }
        pool->thread_count = i + 1;
    }
    return pool;
}

void zonda_pool_destroy(zonda_pool *pool) {
    if (!pool) return;
    atomic_store_explicit(&pool->stopping, true, memory_order_relaxed);
    uint32_t phase = (uint32_t)(atomic_load_explicit(&pool->tickets, memory_order_relaxed) >> 32);
    open_phase(pool, phase + 1, 0);
    for (int32_t i = 1; i < pool->thread_count; i++) pthread_join(pool->threads[i], NULL);
    pthread_cond_destroy(&pool->woken);
    pthread_mutex_destroy(&pool->sleep_mutex);
    pthread_mutex_destroy(&pool->run_mutex);
    free(pool);
}

int32_t zonda_pool_thread_count(const zonda_pool *pool) { return pool->thread_count; }
