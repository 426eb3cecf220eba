// mbarrier and cp.async.bulk.
#include <cstring>

#include "Execution/block.h"
#include "Instructions/copies.h"
#include "Memory/checker.h"

namespace emulator {

namespace {

/// The eight bytes in shared memory.
struct State {
    uint16_t arrivals, missingArrivals;
    uint32_t phase : 1;
    int32_t missingBytes : 31;
};
static_assert(sizeof(State) == 8);

State &state_of(void *barrier, Extent extent, Access access, Site site) {
    if (architecture() < 90) fault(site, "a copy barrier needs sm_90; this plays sm_%d", architecture());
    current->site = site;
    observe(barrier, 8, 8, extent, access, true, site);
    return *static_cast<State *>(barrier);
}

void complete_if_done(State &state) {
    Block &block = *current->block;
    if (state.missingArrivals != 0 || state.missingBytes != 0) return;
    state.missingArrivals = state.arrivals;
    state.phase ^= 1;
    if (block.checker) block.checker->complete_copy_barrier(&state);
    if (block.copyWaiters == 0) return;
    block.copyWaiters = 0;
    for (Thread &thread : block.threads) {
        if (thread.waiting == Waiting::copyBarrier) block.wake(thread);
    }
}

/// Whether the phase of this parity has completed. Copies that would complete it land now, and no sooner.
bool passes(State &state, uint32_t parity) {
    Checker *checker = current->block->checker.get();
    bool isCurrent = state.phase == (parity & 1);
    if (isCurrent && checker != nullptr && state.missingArrivals == 0 &&
        checker->pending_bulk_bytes(&state) == state.missingBytes) {
        state.missingBytes -= checker->land_bulk_copies(&state);
        complete_if_done(state);
        isCurrent = false;
    }
    if (!isCurrent && checker != nullptr) checker->pass_copy_barrier(&state);
    return !isCurrent;
}

}  // namespace

void init_barrier(void *barrier, uint32_t arrivals, Extent extent, Site site) {
    State &state = state_of(barrier, extent, Access::write, site);
    if (arrivals == 0 || arrivals > 0xFFFF) fault(site, "a copy barrier of %u arrivals", arrivals);
    state = {uint16_t(arrivals), uint16_t(arrivals), 0, 0};
    if (checking) current->block->checker->init_barrier(barrier);
}

void fence_barrier_init(Site) {
    if (checking) current->block->checker->fence_barrier_init();
}

void fence_copy_engine(Site) {}

void arrive(void *barrier, uint32_t expectedBytes, Extent extent, Site site) {
    State &state = state_of(barrier, extent, Access::atomic, site);
    if (state.missingArrivals == 0) fault(site, "more arrivals in a phase than the copy barrier was initialized for");
    if (checking) current->block->checker->arrive_at_copy_barrier(barrier);
    state.missingBytes += int32_t(expectedBytes);
    state.missingArrivals--;
    complete_if_done(state);
    // In checked mode the bytes are still to land; somebody who waits already must do it.
    if (checking && state.missingArrivals == 0) {
        for (Thread &thread : current->block->threads) {
            if (thread.waiting == Waiting::copyBarrier) current->block->wake(thread);
        }
    }
}

void start_bulk_copy(const Copy &copy, void *barrier) {
    if (architecture() < 90) fault(copy.site, "a bulk copy needs sm_90; this plays sm_%d", architecture());
    if (copy.size <= 0 || copy.size % 16 != 0) {
        fault(copy.site, "a bulk copy of %d bytes: not a multiple of 16", copy.size);
    }
    auto &state = *static_cast<State *>(barrier);
    Block &block = *current->block;
    current->site = copy.site;
    if (checking) {
        observe(barrier, 8, 8, {barrier, static_cast<char *>(barrier) + 8}, Access::atomic, true, copy.site);
        observe(copy.source, size_t(copy.size), 16, copy.from, Access::read, false, copy.site);
        check_bounds(copy.destination, size_t(copy.size), 16, copy.to, true, copy.site);
        block.checker->start_bulk_copy(copy, barrier);
        for (Thread &thread : block.threads) {
            if (thread.waiting == Waiting::copyBarrier) block.wake(thread);
        }
        return;
    }
    std::memcpy(copy.destination, copy.source, size_t(copy.size));
    state.missingBytes -= copy.size;
    complete_if_done(state);
}

bool try_wait(void *barrier, uint32_t parity, Extent extent, Site site) {
    State &state = state_of(barrier, extent, Access::acquire, site);
    if (passes(state, parity)) return true;
    yield(site);
    return passes(state, parity);
}

void wait(void *barrier, uint32_t parity, Extent extent, Site site) {
    State &state = state_of(barrier, extent, Access::acquire, site);
    while (!passes(state, parity)) {
        current->block->copyWaiters++;
        current->block->suspend(Waiting::copyBarrier, site);
    }
}

}  // namespace emulator
