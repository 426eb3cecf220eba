// The state of every byte of a block's shared memory: initialized or not, who wrote it last, who has read it since.
#pragma once
#include <cstdint>
#include <vector>

#include "Memory/access.h"
#include "Memory/clocks.h"

namespace emulator {

class SharedShadow {
  public:
    SharedShadow(const std::byte *start, int byteCount, Clocks &clocks);

    /// An access by the current thread; a fault if it is not ordered after what it conflicts with.
    void access(const void *address, size_t size, Access access, Site site);

    /// A copy to these bytes begins: it counts as a write of the current thread, and nobody may touch them until
    /// `land`.
    void begin_copy(const void *address, size_t size, Site site);
    void land(const void *address, size_t size, Epoch writer);

  private:
    enum class State : uint8_t { uninitialized, initialized, copying };

    /// File and line in 8 bytes.
    struct Place {
        uint64_t bits = 0;
        Place() = default;
        Place(Site site) : bits(uint64_t(uintptr_t(site.file)) << 16 | uint16_t(site.line)) {}
        operator Site() const { return {reinterpret_cast<const char *>(bits >> 16), int(bits & 0xFFFF)}; }
    };
    struct Cell {
        /// Atomic accesses conflict with plain ones only: they are kept apart.
        Epoch written, updated, read;
        Place writtenAt, updatedAt, readAt;
        /// Counts of all readers by thread, where more than one reads at the same time: an index into `readers`, or -1.
        int32_t manyReaders = -1;
        State state = State::uninitialized;
    };

    void check_read(const Cell &cell, const void *address, size_t size, Site site);
    void check_write(const Cell &cell, const void *address, size_t size, Site site);
    void note_read(Cell &cell, Site site);
    void forget_reads(Cell &cell);
    void note_write(Cell &cell, Epoch writer, Site site);
    [[noreturn]] void race(const char *what, const void *address, size_t size, const char *other, uint32_t thread,
                           Place where, Site site) const;
    Cell *cells_at(const void *address) { return &cells[size_t(static_cast<const std::byte *>(address) - start)]; }

    const std::byte *start;
    Clocks &clocks;
    std::vector<Cell> cells;
    std::vector<Row> readers;
    std::vector<int32_t> freeReaders;
};

}  // namespace emulator
