#include <cstring>

#include "Execution/block.h"
#include "Instructions/copies.h"

namespace emulator {

namespace {

/// The eight bytes in shared memory.
struct State {
    uint16_t arrivals, missingArrivals;
    uint32_t phase : 1;
    int32_t missingBytes : 31;
};
static_assert(sizeof(State) == 8);

void complete_if_done(State &state) {
    if (state.missingArrivals != 0 || state.missingBytes != 0) return;
    state.missingArrivals = state.arrivals;
    state.phase ^= 1;
    Block &block = *current->block;
    if (block.copyWaiters == 0) return;
    block.copyWaiters = 0;
    for (Thread &thread : block.threads) {
        if (thread.waiting == Waiting::copyBarrier) block.wake(thread);
    }
}

State &state_of(void *barrier, Site site) {
    if (architecture() < 90) fault(site, "a copy barrier needs sm_90; this plays sm_%d", architecture());
    return *static_cast<State *>(barrier);
}

}  // namespace

void init_barrier(void *barrier, uint32_t arrivals, Extent, Site site) {
    state_of(barrier, site) = {uint16_t(arrivals), uint16_t(arrivals), 0, 0};
}

void fence_barrier_init(Site) {}
void fence_copy_engine(Site) {}

void arrive(void *barrier, uint32_t expectedBytes, Extent, Site site) {
    State &state = state_of(barrier, site);
    if (state.missingArrivals == 0) fault(site, "more arrivals than the copy barrier was initialized for");
    state.missingBytes += int32_t(expectedBytes);
    state.missingArrivals--;
    complete_if_done(state);
}

void start_bulk_copy(const Copy &copy, void *barrier) {
    State &state = state_of(barrier, copy.site);
    std::memcpy(copy.destination, copy.source, size_t(copy.size));
    state.missingBytes -= copy.size;
    complete_if_done(state);
}

bool try_wait(void *barrier, uint32_t parity, Extent, Site site) {
    if (state_of(barrier, site).phase != parity) return true;
    yield(site);
    return state_of(barrier, site).phase != parity;
}

void wait(void *barrier, uint32_t parity, Extent, Site site) {
    while (state_of(barrier, site).phase == parity) {
        current->block->copyWaiters++;
        current->block->suspend(Waiting::copyBarrier, site);
    }
}

}  // namespace emulator
