// The check before each access to memory: nothing in fast mode.
#pragma once
#include <cstddef>
#include <cstdint>

#include "Execution/thread.h"

namespace emulator {

/// The bytes that a view may touch: one allocation, or one array of shared memory.
struct Extent {
    const void *begin, *end;
};

enum class Access : uint8_t { read, write, atomic, acquire, release };

/// Faults unless the bytes lie in the extent, at a multiple of the alignment.
void check_bounds(const void *address, size_t size, size_t alignment, Extent extent, bool shared, Site site);

/// Bounds, and everything else that is wrong with an access by the current thread.
void check_access(
    const void *address, size_t size, size_t alignment, Extent extent, Access access, bool shared, Site site);

inline void observe(
    const void *address, size_t size, size_t alignment, Extent extent, Access access, bool shared, Site site) {
    if (checking) [[unlikely]] {
        check_access(address, size, alignment, extent, access, shared, site);
    }
}

/// The allocation that an address lies in; empty when in none.
Extent find_extent(const void *address);

inline Extent extent_of(const void *address) {
    if (checking) [[unlikely]] {
        return find_extent(address);
    }
    return {nullptr, nullptr};
}

}  // namespace emulator
