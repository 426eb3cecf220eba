#include "Memory/checker.h"

#include <bit>
#include <cstring>

#include "Execution/block.h"
#include "Execution/fault.h"

namespace emulator {

Checker::Checker(Block &block)
    : block(block), clocks(uint32_t(block.threads.size())),
      shadow(block.shared, block.launch->sharedBytes, clocks), groups(block.threads.size()) {
    // What nobody wrote reads as NaN, should it get past the check.
    std::memset(block.shared, 0xFF, size_t(block.launch->sharedBytes));
}

void Checker::arrive(int barrier) { clocks.release(current->number, barrierRows[barrier]); }

void Checker::complete(int barrier) {
    for (uint32_t warp = 0; warp * 32 < block.threads.size(); warp++) {
        for (uint32_t rest = block.barriers[barrier].waiting[warp]; rest != 0; rest &= rest - 1) {
            clocks.acquire(warp * 32 + uint32_t(std::countr_zero(rest)), barrierRows[barrier]);
        }
    }
    barrierRows[barrier].clear();
}

void Checker::join(uint32_t warp, uint32_t lanes) {
    Row all;
    for (uint32_t rest = lanes; rest != 0; rest &= rest - 1) {
        clocks.release(warp * 32 + uint32_t(std::countr_zero(rest)), all);
    }
    for (uint32_t rest = lanes; rest != 0; rest &= rest - 1) {
        clocks.acquire(warp * 32 + uint32_t(std::countr_zero(rest)), all);
    }
}

void Checker::land(const Copy &copy, Epoch writer) {
    std::memcpy(copy.destination, copy.source, size_t(copy.valid));
    std::memset(static_cast<char *>(copy.destination) + copy.valid, 0, size_t(copy.size - copy.valid));
    shadow.land(copy.destination, size_t(copy.size), writer);
}

void Checker::start_copy(const Copy &copy) {
    shadow.begin_copy(copy.destination, size_t(copy.size), copy.site);
    groups[current->number].open.push_back(copy);
}

void Checker::commit_copies() {
    CopyGroups &own = groups[current->number];
    own.closed.push_back(std::move(own.open));
    own.open.clear();
}

void Checker::wait_copies(int pending) {
    CopyGroups &own = groups[current->number];
    while (int(own.closed.size()) > pending) {
        for (const Copy &copy : own.closed.front()) land(copy, clocks.now(current->number));
        own.closed.erase(own.closed.begin());
    }
}

void Checker::init_barrier(const void *barrier) {
    copyBarriers[barrier] = {clocks.now(current->number), false, {}, {}, {}};
}

void Checker::fence_barrier_init() {
    for (auto &[address, state] : copyBarriers) {
        if (state.initialized.thread() == current->number) state.fenced = true;
    }
}

Checker::CopyBarrierState &Checker::state_of(const void *barrier, Site site) {
    auto found = copyBarriers.find(barrier);
    if (found == copyBarriers.end()) fault(site, "a copy barrier that was not initialized");
    if (!clocks.has_seen(current->number, found->second.initialized)) {
        fault(site, "a copy barrier that thread %u initialized, with no barrier between",
              found->second.initialized.thread());
    }
    return found->second;
}

void Checker::arrive_at_copy_barrier(const void *barrier) {
    clocks.release(current->number, state_of(barrier, current->site).arriving);
}

void Checker::start_bulk_copy(const Copy &copy, const void *barrier) {
    CopyBarrierState &state = state_of(barrier, copy.site);
    if (!state.fenced) fault(copy.site, "a bulk copy on a copy barrier without fence_barrier_init after its init");
    shadow.begin_copy(copy.destination, size_t(copy.size), copy.site);
    state.copies.push_back(copy);
}

int Checker::pending_bulk_bytes(const void *barrier) const {
    int sum = 0;
    auto found = copyBarriers.find(barrier);
    if (found == copyBarriers.end()) return 0;
    for (const Copy &copy : found->second.copies) sum += copy.size;
    return sum;
}

int Checker::land_bulk_copies(const void *barrier) {
    CopyBarrierState &state = state_of(barrier, current->site);
    int sum = 0;
    for (const Copy &copy : state.copies) {
        land(copy, clocks.engine_release(state.arriving));
        sum += copy.size;
    }
    state.copies.clear();
    return sum;
}

void Checker::complete_copy_barrier(const void *barrier) {
    CopyBarrierState &state = state_of(barrier, current->site);
    state.completed = state.arriving;
}

void Checker::pass_copy_barrier(const void *barrier) {
    clocks.acquire(current->number, state_of(barrier, current->site).completed);
}

}  // namespace emulator
