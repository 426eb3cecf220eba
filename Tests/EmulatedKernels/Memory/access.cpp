#include "Memory/access.h"

#include "Execution/block.h"
#include "Memory/allocations.h"
#include "Memory/checker.h"

namespace emulator {

void check_bounds(const void *address, size_t size, size_t alignment, Extent extent, bool shared, Site site) {
    auto first = reinterpret_cast<uintptr_t>(address), begin = reinterpret_cast<uintptr_t>(extent.begin),
         end = reinterpret_cast<uintptr_t>(extent.end);
    const char *space = shared ? "an array of shared memory" : "an allocation";
    if (begin == end && !shared) {
        fault(site, "%zu bytes of global memory at %p, which %s", size, address, allocations.describe(address));
    }
    if (first < begin || first > end || end - first < size) {
        fault(site, "%zu bytes at offset %lld of %s of %lld bytes", size, (long long)(first - begin), space,
              (long long)(end - begin));
    }
    if (first % alignment != 0) {
        fault(site, "%zu bytes at offset %lld of %s: not a multiple of %zu", size, (long long)(first - begin), space,
              alignment);
    }
}

void check_access(
    const void *address, size_t size, size_t alignment, Extent extent, Access access, bool shared, Site site) {
    check_bounds(address, size, alignment, extent, shared, site);
    if (shared) {
        current->block->checker->shadow.access(address, size, access, site);
    } else {
        allocations.access(address, size, access, site);
    }
}

Extent find_extent(const void *address) { return allocations.extent_of(address); }

}  // namespace emulator
