// The memory of the emulated GPU, and what kernels may know of it.
//
// Every allocation lies between pages that nobody may touch, and freed ones stay so for a while: even in fast mode a
// wild access ends the process rather than corrupting it. In checked mode each byte has a shadow: whether it was ever
// written, and whether a kernel that began early (programmatic dependent launch) has touched it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "Memory/access.h"

namespace emulator {

class Allocations {
  public:
    /// Null when there is not so much left.
    void *allocate(size_t size);
    /// False for what is not the start of a live allocation.
    bool free(void *address);

    /// Memory of the host that kernels may read and write too.
    void add_host(void *address, size_t size);
    bool remove_host(void *address);

    Extent extent_of(const void *address);
    /// Whether all these bytes are in one live allocation.
    bool contains(const void *address, size_t size);
    const char *describe(const void *address);

    size_t total() const { return totalBytes; }
    void set_total(size_t bytes) { totalBytes = bytes; }
    /// How often memory of the GPU was taken, or memory of the host pinned.
    uint64_t count();
    /// In the blocks that the driver gives away: of 2 MiB from 1 MiB on, of 512 bytes below.
    size_t used();

    /// Written from outside of a kernel: by a copy of the host, or a fill.
    void mark_written(const void *address, size_t size);
    /// A copy inside the GPU carries what is uninitialized with it.
    void copy_shadow(const void *to, const void *from, size_t size);

    /// An access by the current thread.
    void access(const void *address, size_t size, Access access, Site site);

    // Programmatic dependent launch. Slots are 0 and 1: at most two kernels are early at a time.
    /// Accesses from now on are those of an early kernel; -1: of a kernel whose predecessors have ended.
    void set_early(int slot, const char *kernelName);
    /// The kernel of this slot may now do as it likes.
    void forget_early(int slot);

  private:
    struct Allocation {
        std::byte *begin;
        size_t size, reserved;
        bool host = false, freed = false;
        /// One byte per byte; empty: everything is initialized.
        std::vector<uint8_t> shadow;
        Extent extent() const { return {begin, begin + size}; }
        size_t taken() const {
            size_t block = size < (1 << 20) ? 512 : 2 << 20;
            return (size + block - 1) / block * block;
        }
    };
    Allocation *find(const void *address);
    void forget_oldest();

    std::recursive_mutex lock;
    std::map<const void *, Allocation> byBegin;
    std::vector<void *> freedOrder;
    Allocation *last = nullptr;
    size_t totalBytes = size_t(80) << 30, usedBytes = 0;
    uint64_t takenCount = 0;

    struct EarlyAccess {
        const void *address;
        size_t size;
    };
    int earlySlot = -1;
    const char *earlyNames[2] = {"", ""};
    std::vector<EarlyAccess> early[2];
};

extern Allocations allocations;

}  // namespace emulator
