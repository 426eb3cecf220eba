// What checked mode knows of one block beside its state: happened-before, shared memory, copies on their way.
#pragma once
#include <cstdint>
#include <map>
#include <vector>

#include "Instructions/copies.h"
#include "Memory/clocks.h"
#include "Memory/shared_shadow.h"

namespace emulator {

class Checker {
  public:
    explicit Checker(Block &block);

    // Barriers of the block.
    void arrive(int barrier);
    void complete(int barrier);
    /// Lanes of a warp see each other.
    void join(uint32_t warp, uint32_t lanes);

    // cp.async: by thread, groups in order; the last one is open.
    void start_copy(const Copy &copy);
    void commit_copies();
    void wait_copies(int pending);

    // Barriers in shared memory, by their address.
    void init_barrier(const void *barrier);
    void fence_barrier_init();
    void arrive_at_copy_barrier(const void *barrier);
    void start_bulk_copy(const Copy &copy, const void *barrier);
    /// Lands what was started on this barrier; returns the number of bytes.
    int land_bulk_copies(const void *barrier);
    int pending_bulk_bytes(const void *barrier) const;
    void complete_copy_barrier(const void *barrier);
    void pass_copy_barrier(const void *barrier);

  private:
    struct CopyGroups {
        std::vector<std::vector<Copy>> closed;
        std::vector<Copy> open;
    };
    struct CopyBarrierState {
        Epoch initialized;
        bool fenced;
        std::vector<Copy> copies;
        /// What arrived in the phase that is under way, and in those that have completed.
        Row arriving, completed;
    };
    CopyBarrierState &state_of(const void *barrier, Site site);
    void land(const Copy &copy, Epoch writer);

    Block &block;
    Clocks clocks;

  public:
    SharedShadow shadow;

  private:
    Row barrierRows[16];
    std::vector<CopyGroups> groups;
    std::map<const void *, CopyBarrierState> copyBarriers;
};

}  // namespace emulator
