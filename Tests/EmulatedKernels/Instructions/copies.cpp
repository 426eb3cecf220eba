#include "Instructions/copies.h"

#include <cstring>

namespace emulator {

void start_copy(const Copy &copy) {
    std::memcpy(copy.destination, copy.source, size_t(copy.valid));
    std::memset(static_cast<char *>(copy.destination) + copy.valid, 0, size_t(copy.size - copy.valid));
}
void commit_copies(Site) {}
void wait_copies(int, Site) {}

}  // namespace emulator
