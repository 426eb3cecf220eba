// Views of memory that know what they may touch: what memory.cuh's pointers are in the emulator.
#pragma once
#include "Memory/access.h"

namespace emulator {

/// An index that knows where it was written, because `operator[]` can have no hidden parameter.
struct Offset {
    int64_t value;
    Site site;
    template <typename Integer>
    Offset(Integer &&integer, Site site = Site::here())
        : value(static_cast<int64_t>(static_cast<Integer &&>(integer))), site(site) {}
};

}  // namespace emulator

/// Stands for `view[i]` until it is read as a value or written.
template <typename T, Space space> class Element {
  public:
    using V = Value<T>;
    Element(T *pointer, emulator::Extent extent, emulator::Site site) : pointer(pointer), extent(extent), site(site) {}

    operator V() && { return get(); }
    void operator=(V value) && { set(value); }
    void operator=(Element &&other) && { set(other.get()); }
    void operator+=(V value) && { set(V(get() + value)); }
    void operator-=(V value) && { set(V(get() - value)); }
    void operator*=(V value) && { set(V(get() * value)); }
    void operator|=(V value) && { set(V(get() | value)); }
    void operator&=(V value) && { set(V(get() & value)); }
    void operator^=(V value) && { set(V(get() ^ value)); }

  private:
    V get() const {
        emulator::observe(pointer, sizeof(T), alignof(T), extent, emulator::Access::read, shared, site);
        return *pointer;
    }
    void set(V value) const {
        emulator::observe(pointer, sizeof(T), alignof(T), extent, emulator::Access::write, shared, site);
        *pointer = value;
    }
    static constexpr bool shared = space == Space::shared;
    T *pointer;
    emulator::Extent extent;
    emulator::Site site;
};

template <typename T, Space space> struct View {
    T *pointer;
    emulator::Extent extent;

    View() = default;
    View(T *pointer, emulator::Extent extent) : pointer(pointer), extent(extent) {}
    template <typename U> View(View<U, space> other) : pointer(other.pointer), extent(other.extent) {}
    template <typename U> View(DevicePointer<U> other) : pointer(reinterpret_cast<U *>(other.address)) {
        static_assert(space == Space::global, "shared memory comes from a SharedArena");
        extent = emulator::extent_of(pointer);
    }

    explicit operator bool() const { return pointer != nullptr; }
    Element<T, space> operator[](emulator::Offset index) const { return {pointer + index.value, extent, index.site}; }
    View operator+(emulator::Offset count) const { return View(pointer + count.value, extent); }
    View operator-(emulator::Offset count) const { return View(pointer - count.value, extent); }
    View &operator+=(emulator::Offset count) {
        pointer += count.value;
        return *this;
    }

    Value<T> read(emulator::Site site) const { return Element<T, space>(pointer, extent, site); }
    void write(Value<T> value, emulator::Site site) const { Element<T, space>(pointer, extent, site) = value; }

    /// Atomic for other workers too: blocks run at the same time in fast mode.
    template <typename Operation> T update(emulator::Site site, Operation operation) const {
        emulator::observe(pointer, sizeof(T), sizeof(T), extent, emulator::Access::atomic, shared, site);
        T old, desired;
        __atomic_load(pointer, &old, __ATOMIC_RELAXED);
        do {
            desired = operation(old);
        } while (!__atomic_compare_exchange(pointer, &old, &desired, true, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
        // Whoever spins on a lock must let the holder run.
        if (__builtin_memcmp(&old, &desired, sizeof(T)) == 0) emulator::yield(site);
        return old;
    }
    T acquire(emulator::Site site) const {
        emulator::observe(pointer, sizeof(T), sizeof(T), extent, emulator::Access::acquire, shared, site);
        T value;
        __atomic_load(pointer, &value, __ATOMIC_ACQUIRE);
        emulator::yield(site);
        return value;
    }
    void release(T value, emulator::Site site) const {
        emulator::observe(pointer, sizeof(T), sizeof(T), extent, emulator::Access::release, shared, site);
        __atomic_store(pointer, &value, __ATOMIC_RELEASE);
    }

  private:
    static constexpr bool shared = space == Space::shared;
};

template <typename U, typename T, Space space> View<U, space> as(View<T, space> view) {
    return View<U, space>(reinterpret_cast<U *>(view.pointer), view.extent);
}
