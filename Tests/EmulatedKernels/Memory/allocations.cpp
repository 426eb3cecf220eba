#include "Memory/allocations.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

namespace emulator {

// A byte's shadow.
static constexpr uint8_t initialized = 1;
static constexpr uint8_t earlyRead[2] = {2, 4}, earlyWrite[2] = {8, 16};

Allocations allocations;

static size_t page_size() {
    static const size_t size = size_t(sysconf(_SC_PAGESIZE));
    return size;
}

void *Allocations::allocate(size_t size) {
    std::lock_guard guard(lock);
    if (size == 0 || usedBytes > total() || size > total() - usedBytes) return nullptr;
    size_t page = page_size(), inner = (size + page - 1) / page * page, reserved = inner + 2 * page;
    void *memory = mmap(nullptr, reserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return nullptr;
    auto begin = static_cast<std::byte *>(memory) + page;
    mprotect(begin, inner, PROT_READ | PROT_WRITE);
    Allocation allocation = {begin, size, reserved, false, false, {}};
    if (checking) {
        allocation.shadow.resize(size);
        std::memset(begin, 0xFF, size);
    }
    usedBytes += allocation.taken();
    takenCount++;
    byBegin[begin] = std::move(allocation);
    last = nullptr;
    return begin;
}

bool Allocations::free(void *address) {
    std::lock_guard guard(lock);
    auto found = byBegin.find(address);
    if (found == byBegin.end() || found->second.freed || found->second.host) return false;
    Allocation &allocation = found->second;
    allocation.freed = true;
    allocation.shadow = {};
    usedBytes -= allocation.taken();
    // The address stays taken, so that a late access is told from one to another allocation; the memory goes back.
    mmap(allocation.begin - page_size(), allocation.reserved, PROT_NONE,
         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    freedOrder.push_back(address);
    if (freedOrder.size() > 256) forget_oldest();
    return true;
}

void Allocations::forget_oldest() {
    auto found = byBegin.find(freedOrder.front());
    munmap(found->second.begin - page_size(), found->second.reserved);
    byBegin.erase(found);
    freedOrder.erase(freedOrder.begin());
    last = nullptr;
}

void Allocations::add_host(void *address, size_t size) {
    std::lock_guard guard(lock);
    byBegin[address] = {static_cast<std::byte *>(address), size, 0, true, false, {}};
    takenCount++;
}

uint64_t Allocations::count() {
    std::lock_guard guard(lock);
    return takenCount;
}

bool Allocations::remove_host(void *address) {
    std::lock_guard guard(lock);
    auto found = byBegin.find(address);
    if (found == byBegin.end() || !found->second.host) return false;
    byBegin.erase(found);
    last = nullptr;
    return true;
}

Allocations::Allocation *Allocations::find(const void *address) {
    auto inside = [&](const Allocation &a) { return a.begin <= address && address < a.begin + a.size; };
    if (last != nullptr && inside(*last)) return last;
    auto next = byBegin.upper_bound(address);
    if (next == byBegin.begin()) return nullptr;
    Allocation &before = std::prev(next)->second;
    if (!inside(before)) return nullptr;
    return last = &before;
}

Extent Allocations::extent_of(const void *address) {
    std::lock_guard guard(lock);
    Allocation *found = find(address);
    return found != nullptr && !found->freed ? found->extent() : Extent{nullptr, nullptr};
}

bool Allocations::contains(const void *address, size_t size) {
    std::lock_guard guard(lock);
    Allocation *found = find(address);
    if (found == nullptr || found->freed) return false;
    return size <= found->size - size_t(static_cast<const std::byte *>(address) - found->begin);
}

const char *Allocations::describe(const void *address) {
    std::lock_guard guard(lock);
    if (reinterpret_cast<uintptr_t>(address) < 65536) return "is null or near it";
    Allocation *found = find(address);
    if (found == nullptr) return "is in no allocation";
    return found->freed ? "was freed" : "is in an allocation that the view did not start in";
}

size_t Allocations::used() {
    std::lock_guard guard(lock);
    return usedBytes;
}

void Allocations::mark_written(const void *address, size_t size) {
    std::lock_guard guard(lock);
    Allocation *found = find(address);
    if (found == nullptr || found->shadow.empty()) return;
    uint8_t *shadow = &found->shadow[size_t(static_cast<const std::byte *>(address) - found->begin)];
    for (size_t i = 0; i < size; i++) shadow[i] |= initialized;
}

void Allocations::copy_shadow(const void *to, const void *from, size_t size) {
    std::lock_guard guard(lock);
    Allocation *source = find(from);
    if (source == nullptr || source->shadow.empty()) return mark_written(to, size);
    size_t start = size_t(static_cast<const std::byte *>(from) - source->begin);
    Allocation *destination = find(to);
    if (destination == nullptr || destination->shadow.empty()) return;
    size_t end = size_t(static_cast<const std::byte *>(to) - destination->begin);
    for (size_t i = 0; i < size; i++) {
        uint8_t bit = source->shadow[start + i] & initialized;
        destination->shadow[end + i] = uint8_t((destination->shadow[end + i] & ~initialized) | bit);
    }
}

void Allocations::access(const void *address, size_t size, Access access, Site site) {
    // Only one worker runs in checked mode, so the shadow needs no lock.
    Allocation *found = find(address);
    if (found == nullptr || found->freed) fault(site, "global memory at %p, which %s", address, describe(address));
    if (found->shadow.empty()) return;
    size_t offset = size_t(static_cast<const std::byte *>(address) - found->begin);
    uint8_t *shadow = &found->shadow[offset];
    bool reads = access != Access::write && access != Access::release, writes = access != Access::read;
    writes = writes && access != Access::acquire;
    uint8_t all = initialized, any = 0;
    for (size_t i = 0; i < size; i++) all &= shadow[i], any |= shadow[i];
    if (reads && !(all & initialized)) {
        fault(site, "reads %zu bytes at offset %zu of an allocation of %zu bytes that nobody wrote", size, offset,
              found->size);
    }
    if (earlySlot >= 0) {
        uint8_t mark = uint8_t((reads ? earlyRead[earlySlot] : 0) | (writes ? earlyWrite[earlySlot] : 0));
        for (size_t i = 0; i < size; i++) shadow[i] |= mark;
        early[earlySlot].push_back({address, size});
    } else {
        for (int slot = 0; slot < 2; slot++) {
            const char *what = nullptr;
            if (writes && (any & earlyRead[slot])) what = "read";
            if (any & earlyWrite[slot]) what = "wrote";
            if (what != nullptr) {
                fault(site, "%s what the next kernel, %s, already %s before its wait_for_previous",
                      writes ? "writes" : "reads", earlyNames[slot], what);
            }
        }
    }
    if (writes) {
        for (size_t i = 0; i < size; i++) shadow[i] |= initialized;
    }
}

void Allocations::set_early(int slot, const char *kernelName) {
    earlySlot = slot;
    if (slot >= 0) earlyNames[slot] = kernelName;
}

void Allocations::forget_early(int slot) {
    for (EarlyAccess &access : early[slot]) {
        Allocation *found = find(access.address);
        if (found == nullptr || found->shadow.empty()) continue;
        uint8_t *shadow = &found->shadow[size_t(static_cast<const std::byte *>(access.address) - found->begin)];
        for (size_t i = 0; i < access.size; i++) shadow[i] &= uint8_t(~(earlyRead[slot] | earlyWrite[slot]));
    }
    early[slot].clear();
}

}  // namespace emulator
