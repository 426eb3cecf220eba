#include "Memory/shared_shadow.h"

#include "Execution/fault.h"

namespace emulator {

SharedShadow::SharedShadow(const std::byte *start, int byteCount, Clocks &clocks)
    : start(start), clocks(clocks), cells(size_t(byteCount)) {}

void SharedShadow::access(const void *address, size_t size, Access access, Site site) {
    Cell *cell = cells_at(address);
    bool atomic = access != Access::read && access != Access::write, writes = access != Access::read;
    Epoch now = clocks.now(current->number);
    for (size_t i = 0; i < size; i++, cell++) {
        if (access != Access::write) check_read(*cell, address, size, site);
        if (cell->state == State::copying) fault(site, "writes to shared memory to which a copy is on its way");
        if (cell->written && !clocks.has_seen(current->number, cell->written)) {
            race(writes ? "writes" : "reads", address, size, "wrote", cell->written.thread(), cell->writtenAt, site);
        }
        if (!atomic && cell->updated && !clocks.has_seen(current->number, cell->updated)) {
            race(writes ? "writes" : "reads", address, size, "updated", cell->updated.thread(), cell->updatedAt, site);
        }
        if (writes) check_write(*cell, address, size, site);
        if (atomic) {
            forget_reads(*cell);
            cell->updated = now;
            cell->updatedAt = site;
        } else if (writes) {
            note_write(*cell, now, site);
        } else {
            note_read(*cell, site);
        }
    }
}

void SharedShadow::check_read(const Cell &cell, const void *address, size_t size, Site site) {
    long long offset = static_cast<const std::byte *>(address) - start;
    if (cell.state == State::uninitialized) {
        fault(site, "reads %zu bytes of shared memory at %lld that nobody wrote", size, offset);
    }
    if (cell.state == State::copying) {
        fault(site, "reads %zu bytes of shared memory at %lld before the copy that began at %s was waited for", size,
              offset, describe(Site(cell.writtenAt)).c_str());
    }
}

void SharedShadow::check_write(const Cell &cell, const void *address, size_t size, Site site) {
    if (cell.manyReaders >= 0) {
        const Row &counts = readers[size_t(cell.manyReaders)];
        for (uint32_t thread = 0; thread < counts.size(); thread++) {
            if (counts[thread] == 0 || clocks.has_seen(current->number, {thread, counts[thread]})) continue;
            race("writes", address, size, "reads", thread, cell.readAt, site);
        }
    } else if (cell.read && !clocks.has_seen(current->number, cell.read)) {
        race("writes", address, size, "reads", cell.read.thread(), cell.readAt, site);
    }
}

void SharedShadow::note_read(Cell &cell, Site site) {
    uint32_t self = current->number;
    Epoch now = clocks.now(self);
    cell.readAt = site;
    if (cell.manyReaders >= 0) {
        readers[size_t(cell.manyReaders)][self] = now.count();
    } else if (!cell.read || clocks.has_seen(self, cell.read)) {
        cell.read = now;
    } else {
        if (freeReaders.empty()) {
            freeReaders.push_back(int32_t(readers.size()));
            readers.emplace_back();
        }
        cell.manyReaders = freeReaders.back();
        freeReaders.pop_back();
        Row &counts = readers[size_t(cell.manyReaders)];
        counts.assign(clocks.engine, 0);
        counts[cell.read.thread()] = cell.read.count();
        counts[self] = now.count();
    }
}

void SharedShadow::forget_reads(Cell &cell) {
    if (cell.manyReaders >= 0) freeReaders.push_back(cell.manyReaders);
    cell.manyReaders = -1;
    cell.read = {};
}

void SharedShadow::note_write(Cell &cell, Epoch writer, Site site) {
    forget_reads(cell);
    cell = {writer, {}, {}, site, {}, {}, -1, State::initialized};
}

void SharedShadow::begin_copy(const void *address, size_t size, Site site) {
    access(address, size, Access::write, site);
    Cell *cell = cells_at(address);
    for (size_t i = 0; i < size; i++) cell[i].state = State::copying;
}

void SharedShadow::land(const void *address, size_t size, Epoch writer) {
    Cell *cell = cells_at(address);
    for (size_t i = 0; i < size; i++) note_write(cell[i], writer, cell[i].writtenAt);
}

void SharedShadow::race(
    const char *what, const void *address, size_t size, const char *other, uint32_t thread, Place where,
    Site site) const {
    long long offset = static_cast<const std::byte *>(address) - start;
    std::string who = thread == clocks.engine ? "the copy engine" : "thread " + std::to_string(thread);
    fault(site, "race: %s %zu bytes of shared memory at %lld, which %s %s at %s with no barrier between", what, size,
          offset, who.c_str(), other, describe(Site(where)).c_str());
}

}  // namespace emulator
