// A block of threads: which may run, and what the others wait for.
#pragma once
#include <cstddef>
#include <memory>
#include <vector>

#include "Execution/fiber.h"
#include "Execution/launch.h"
#include "Execution/warp.h"

namespace emulator {

class Checker;

/// Lanes that gather for one operation.
struct Meeting {
    uint32_t mask, here;
    const Operation *operation;
};

struct Warp {
    uint32_t number;
    /// One bit per lane: may run; has not ended; there are.
    uint32_t ready, alive, lanes;
    uint32_t lastLane;
    void *operands[32];
    Meeting meetings[32];
    int meetingCount;
};

struct BlockBarrier {
    uint32_t arrived, expected;
    uint32_t waiting[32];  // lanes, by warp
    Site sites[32];  // of the first arrival, by warp
};

struct Block {
    const Launch *launch;
    Place place;
    std::vector<Thread> threads;
    std::vector<Stack> stacks;
    Warp warps[32];
    BlockBarrier barriers[16];
    std::unique_ptr<std::byte[]> sharedStorage;
    std::byte *shared;
    std::unique_ptr<Checker> checker;

    Order order;
    uint32_t readyWarps, currentWarp;
    int alive;
    int copyWaiters, previousWaiters;
    /// Until the launch ahead has ended, `wait_for_previous` waits.
    bool mustWait;
    /// A thread has called `launch_next`.
    bool letsNextBegin;
    bool faulted;
    uint32_t idleTurns;
    uint64_t random;
    void *schedulerStack;

    /// Room for `sharedBytes` of shared memory.
    Block(StackPool &pool, int sharedBytes);
    ~Block();

    void begin(const Launch &launch, uint32_t number, bool mustWait);
    enum class Progress { ended, waitsForPrevious, faulted };
    /// Runs until all threads have ended, or those that have not wait for the launch ahead.
    Progress run();
    /// The launch ahead has ended.
    void release();

    // Called on a thread's fiber.
    void suspend(Waiting why, Site site);
    void yield(Site site);
    void wake(Thread &thread);
    void end_thread();
    void complete(BlockBarrier &barrier);
    bool complete_if_all_here(Warp &warp, int meeting);
    [[noreturn]] void abandon();

  private:
    StackPool &pool;
    void switch_to_next(bool otherWarp);
    Thread *next(bool otherWarp);
    uint32_t choose(uint32_t set, uint32_t last);
    uint32_t choose_by_chance(uint32_t set);
    void report_deadlock();
};

}  // namespace emulator
