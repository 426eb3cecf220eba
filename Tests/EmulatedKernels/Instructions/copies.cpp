#include "Instructions/copies.h"

#include <cstring>

#include "Execution/block.h"
#include "Memory/checker.h"

namespace emulator {

void start_copy(const Copy &copy) {
    if (copy.valid < 0 || copy.valid > copy.size) {
        fault(copy.site, "a copy of %d of %d bytes", copy.valid, copy.size);
    }
    if (checking) {
        // The source's address must be aligned even when nothing is read from it.
        if (reinterpret_cast<uintptr_t>(copy.source) % size_t(copy.size) != 0) {
            fault(copy.site, "copies %d bytes from %p, which is not a multiple", copy.size, copy.source);
        }
        if (copy.valid > 0) observe(copy.source, size_t(copy.valid), 1, copy.from, Access::read, false, copy.site);
        check_bounds(copy.destination, size_t(copy.size), size_t(copy.size), copy.to, true, copy.site);
        current->block->checker->start_copy(copy);
        return;
    }
    std::memcpy(copy.destination, copy.source, size_t(copy.valid));
    std::memset(static_cast<char *>(copy.destination) + copy.valid, 0, size_t(copy.size - copy.valid));
}

void commit_copies(Site) {
    if (checking) current->block->checker->commit_copies();
}

void wait_copies(int pending, Site site) {
    current->site = site;
    if (checking) current->block->checker->wait_copies(pending);
}

}  // namespace emulator
