// Asynchronous copies to shared memory, and the barriers in shared memory on which bulk copies complete.
//
// In fast mode a copy is done when it is started. In checked mode it lands as late as it may: when its thread waits for
// its group, or when somebody waits for its barrier; until then the destination must not be touched.
#pragma once
#include "Execution/thread.h"
#include "Memory/access.h"

namespace emulator {

/// A copy that may not have landed yet.
struct Copy {
    void *destination;
    const void *source;
    Extent from, to;
    int size, valid;
    Site site;
};

void start_copy(const Copy &copy);
void commit_copies(Site site);
void wait_copies(int pending, Site site);

void start_bulk_copy(const Copy &copy, void *barrier);
void init_barrier(void *barrier, uint32_t arrivals, Extent extent, Site site);
void fence_barrier_init(Site site);
void fence_copy_engine(Site site);
void arrive(void *barrier, uint32_t expectedBytes, Extent extent, Site site);
bool try_wait(void *barrier, uint32_t parity, Extent extent, Site site);
void wait(void *barrier, uint32_t parity, Extent extent, Site site);

template <typename To, typename From> void copy_async(To to, From from, int size, int valid, Site site) {
    start_copy({to.pointer, from.pointer, from.extent, to.extent, size, valid, site});
}
template <typename To, typename From, typename Barrier>
void copy_bulk(To to, From from, uint32_t size, Barrier barrier, Site site) {
    start_bulk_copy({to.pointer, from.pointer, from.extent, to.extent, int(size), int(size), site}, barrier.pointer);
}
template <typename Barrier> void init_barrier(Barrier barrier, uint32_t arrivals, Site site) {
    init_barrier(barrier.pointer, arrivals, barrier.extent, site);
}
template <typename Barrier> void arrive(Barrier barrier, uint32_t expectedBytes, Site site) {
    arrive(barrier.pointer, expectedBytes, barrier.extent, site);
}
template <typename Barrier> bool try_wait(Barrier barrier, uint32_t parity, Site site) {
    return try_wait(barrier.pointer, parity, barrier.extent, site);
}
template <typename Barrier> void wait(Barrier barrier, uint32_t parity, Site site) {
    wait(barrier.pointer, parity, barrier.extent, site);
}

}  // namespace emulator
