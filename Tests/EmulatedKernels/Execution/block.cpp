#include "Execution/block.h"

#include <bit>
#include <cstring>

#include "Execution/fault.h"
#include "Memory/checker.h"

namespace emulator {

constinit thread_local Thread *current = nullptr;

static void enter() {
    const Launch &launch = *current->block->launch;
    launch.kernel->run(launch.arguments.get());
    current->block->end_thread();
}

Block::Block(StackPool &pool, int sharedBytes)
    : sharedStorage(new std::byte[size_t(sharedBytes) + 128]), pool(pool) {
    auto address = reinterpret_cast<uintptr_t>(sharedStorage.get());
    shared = sharedStorage.get() + (128 - address % 128) % 128;
}

Block::~Block() {
    for (Stack stack : stacks) pool.give(stack);
}

void Block::begin(const Launch &launch, uint32_t number, bool mustWait) {
    this->launch = &launch;
    Index size = launch.threads, grid = launch.blocks;
    place = {{number % grid.x, number / grid.x % grid.y, number / grid.x / grid.y}, size, grid};
    uint32_t count = launch.threads.count();
    threads.resize(count);
    while (stacks.size() < count) stacks.push_back(pool.take());
    order = configuration.order;
    uint32_t firstTurn = order == Order::reverse ? 0 : 31;
    uint32_t warpCount = (count + 31) / 32;
    for (uint32_t w = 0; w < warpCount; w++) {
        uint32_t lanes = count - w * 32 >= 32 ? ~0u : (1u << (count - w * 32)) - 1;
        warps[w].number = w;
        warps[w].ready = warps[w].alive = warps[w].lanes = lanes;
        warps[w].lastLane = firstTurn;
        warps[w].meetingCount = 0;
    }
    for (uint32_t w = warpCount; w < 32; w++) warps[w].ready = warps[w].alive = warps[w].lanes = 0;
    std::memset(barriers, 0, sizeof barriers);
    for (uint32_t i = 0; i < count; i++) {
        threads[i] = {stacks[i].start(enter, i), this, &warps[i / 32], &place,
                      {i % size.x, i / size.x % size.y, i / size.x / size.y}, i, i % 32, Waiting::nothing, 0, {}};
    }
    readyWarps = warpCount == 32 ? ~0u : (1u << warpCount) - 1;
    currentWarp = firstTurn;
    alive = int(count);
    copyWaiters = previousWaiters = 0;
    this->mustWait = mustWait;
    letsNextBegin = false;
    faulted = false;
    idleTurns = 0;
    random = (uint64_t(configuration.seed) << 32 | number) * 0x9E3779B97F4A7C15 + 1;
    checker = checking ? std::make_unique<Checker>(*this) : nullptr;
}

inline uint32_t Block::choose(uint32_t set, uint32_t last) {
    if (order == Order::forward) {
        uint32_t above = set & ~((2u << last) - 1);
        return uint32_t(std::countr_zero(above != 0 ? above : set));
    }
    if (order == Order::random) return choose_by_chance(set);
    uint32_t below = set & ((1u << last) - 1);
    return 31 - uint32_t(std::countl_zero(below != 0 ? below : set));
}

uint32_t Block::choose_by_chance(uint32_t set) {
    random ^= random << 13, random ^= random >> 7, random ^= random << 17;
    for (uint32_t skip = uint32_t(random % uint32_t(std::popcount(set))); skip > 0; skip--) set &= set - 1;
    return uint32_t(std::countr_zero(set));
}

/// A thread of the same warp as long as there is one: whole warps arrive together where they can.
inline Thread *Block::next(bool otherWarp) {
    if (otherWarp || warps[currentWarp].ready == 0) {
        if (readyWarps == 0) return nullptr;
        currentWarp = choose(readyWarps, currentWarp);
    }
    Warp &warp = warps[currentWarp];
    warp.lastLane = choose(warp.ready, warp.lastLane);
    return &threads[warp.number * 32 + warp.lastLane];
}

inline void Block::switch_to_next(bool otherWarp) {
    Thread *self = current, *to = next(otherWarp);
    if (to == self) return;
    current = to;
    switch_stack(&self->stackPointer, to != nullptr ? to->stackPointer : schedulerStack);
}

void Block::suspend(Waiting why, Site site) {
    Thread &self = *current;
    self.waiting = why;
    self.site = site;
    self.warp->ready &= ~(1u << self.lane);
    if (self.warp->ready == 0) readyWarps &= ~(1u << self.warp->number);
    idleTurns = 0;
    switch_to_next(false);
    self.waiting = Waiting::nothing;
}

void Block::wake(Thread &thread) {
    thread.warp->ready |= 1u << thread.lane;
    readyWarps |= 1u << thread.warp->number;
}

void Block::yield(Site site) {
    // Long enough for any other thread to have had its turn; a kernel that waits for a block not yet begun never ends.
    if (++idleTurns > 4'000'000) fault(site, "waits in a loop for what no thread does");
    current->site = site;
    switch_to_next(true);
}

bool Block::complete_if_all_here(Warp &warp, int number) {
    Meeting meeting = warp.meetings[number];
    if (meeting.here != (meeting.mask & warp.alive)) return false;
    warp.meetings[number] = warp.meetings[--warp.meetingCount];
    meeting.operation->perform(warp.operands, meeting.here);
    warp.ready |= meeting.here;
    readyWarps |= 1u << warp.number;
    return true;
}

void Block::complete(BlockBarrier &barrier) {
    for (uint32_t number = 0; number * 32 < threads.size(); number++) {
        Warp &warp = warps[number];
        uint32_t lanes = barrier.waiting[number];
        if (lanes == 0) continue;
        // A barrier with a count counts whole warps, ended lanes too; `sync_threads` those that have not ended.
        uint32_t all = barrier.expected != 0 ? warp.lanes : warp.alive;
        if (checker && lanes != all) {
            fault(barrier.sites[number], "only lanes %08x of warp %u are at the barrier; its lanes are %08x", lanes,
                  number, all);
        }
        warp.ready |= lanes;
        readyWarps |= 1u << warp.number;
    }
    if (checker) checker->complete(int(&barrier - barriers));
    std::memset(&barrier, 0, sizeof barrier);
}

void Block::end_thread() {
    Thread &self = *current;
    Warp &warp = *self.warp;
    warp.alive &= ~(1u << self.lane);
    alive--;
    // Whoever waited for this thread alone may go on.
    for (int i = warp.meetingCount - 1; i >= 0; i--) {
        if (warp.meetings[i].here != 0) complete_if_all_here(warp, i);
    }
    BlockBarrier &all = barriers[0];
    if (all.arrived != 0 && all.expected == 0 && int(all.arrived) == alive) complete(all);
    suspend(Waiting::ended, {});
    __builtin_unreachable();
}

void Block::abandon() {
    faulted = true;
    Thread *self = current;
    current = nullptr;
    switch_stack(&self->stackPointer, schedulerStack);
    __builtin_unreachable();
}

void Block::release() {
    mustWait = false;
    previousWaiters = 0;
    for (Thread &thread : threads) {
        if (thread.waiting == Waiting::previousKernel) wake(thread);
    }
}

Block::Progress Block::run() {
    Thread *first = next(false);
    if (first != nullptr) {
        current = first;
        switch_stack(&schedulerStack, first->stackPointer);
        current = nullptr;
    }
    if (!faulted && alive > 0 && previousWaiters > 0) return Progress::waitsForPrevious;
    if (!faulted && alive > 0) report_deadlock();
    for (size_t i = 0; i < threads.size(); i++) {
        if (!stacks[i].intact()) {
            report_fault(*this, "thread %zu used more than %zu bytes of stack", i, Stack::size);
            faulted = true;
        }
    }
    return faulted ? Progress::faulted : Progress::ended;
}

void Block::report_deadlock() {
    static const char *const names[] = {
        "nothing", "a barrier", "other lanes", "a copy barrier", "the kernel before", ""};
    std::string text;
    for (size_t first = 0, i = 0; i <= threads.size(); i++) {
        auto same = [&](const Thread &a, const Thread &b) { return a.waiting == b.waiting && a.site == b.site; };
        if (i < threads.size() && same(threads[first], threads[i])) continue;
        const Thread &thread = threads[first];
        if (thread.waiting != Waiting::ended) {
            text += "; threads " + std::to_string(first) + " to " + std::to_string(i - 1) + " wait for " +
                    names[int(thread.waiting)] + " at " + describe(thread.site);
        }
        first = i;
    }
    report_fault(*this, "deadlock%s", text.c_str());
    faulted = true;
}

}  // namespace emulator
