// Barriers of a block, and what else a thread may ask of it.
#include "Execution/block.h"
#include "Execution/fault.h"
#include "Memory/checker.h"

namespace emulator {

int architecture() { return configuration.architecture; }

void yield(Site site) { current->block->yield(site); }

uint64_t cycles() {
    static thread_local uint64_t now = 0;
    return now += 16;
}

void *shared_memory(int64_t offset, int64_t byteCount, Site site) {
    Block &block = *current->block;
    if (byteCount < 0 || offset + byteCount > block.launch->sharedBytes) {
        fault(site, "bytes %lld to %lld of shared memory, of which the launch has %d", (long long)offset,
              (long long)(offset + byteCount), block.launch->sharedBytes);
    }
    return block.shared + offset;
}

void barrier(int id, int count, Arrival arrival, Site site) {
    Thread &self = *current;
    Block &block = *self.block;
    if (id < 0 || id > 15 || count % 32 != 0 || count < 0 || (id != 0 && count == 0)) {
        fault(site, "barrier %d of %d threads: ids are 0 to 15, counts multiples of 32", id, count);
    }
    BlockBarrier &barrier = block.barriers[id];
    if (barrier.arrived == 0) barrier.expected = uint32_t(count);
    if (barrier.expected != uint32_t(count)) {
        fault(site, "barrier %d of %d threads, at which others arrived for %u", id, count, barrier.expected);
    }
    if (block.checker) {
        Site &first = barrier.sites[self.warp->number];
        if (first.file == nullptr) first = site;
        if (!(first == site)) {
            fault(site, "lanes of one warp arrive at barrier %d here and at %s", id, describe(first).c_str());
        }
        block.checker->arrive(id);
    }
    barrier.arrived++;
    if (arrival == Arrival::waits) barrier.waiting[self.warp->number] |= 1u << self.lane;
    bool allHere = barrier.arrived == (count != 0 ? uint32_t(count) : uint32_t(block.alive));
    if (allHere) {
        block.complete(barrier);
    } else if (arrival == Arrival::waits) {
        self.barrier = uint8_t(id);
        block.suspend(Waiting::barrier, site);
    }
}

void fence_gpu(Site) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
void fence_block(Site) {}

void wait_for_previous(Site site) {
    Block &block = *current->block;
    if (architecture() < 90 || !block.mustWait) return;
    block.previousWaiters++;
    block.suspend(Waiting::previousKernel, site);
}

void launch_next(Site) { current->block->letsNextBegin = true; }

}  // namespace emulator
