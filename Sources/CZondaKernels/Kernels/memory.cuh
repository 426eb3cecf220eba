// Views of global and shared memory: plain pointers for NVRTC, checked ones in the emulator.
//
// `view[i]` reads or writes one element, `view + n` moves, `as<uint4>(view)` reads the same bytes as another type.
// In the emulator `view[i]` is a stand-in for the element: take it as a value of a named type (`float x = view[i]`;
// `auto x = view[i]` does not compile when x is used) and copy a struct out before using its members.
#pragma once

/// An address in GPU memory, as a kernel's arguments hold it. The host sees a uint64_t (see zonda_arguments.h).
template <typename T> struct DevicePointer {
    uint64_t address;
    DEVICE explicit operator bool() const { return address != 0; }
};

enum class Space { global, shared };

#ifdef ZONDA_EMULATOR
#include "Memory/view.h"
#else
template <typename T, Space space> struct View {
    T *pointer;

    View() = default;
    DEVICE explicit View(T *pointer) : pointer(pointer) {}
    /// Also from U to const U.
    template <typename U> DEVICE View(View<U, space> other) : pointer(other.pointer) {}
    template <typename U> DEVICE View(DevicePointer<U> other) : pointer(reinterpret_cast<U *>(other.address)) {
        static_assert(space == Space::global, "shared memory comes from a SharedArena");
    }

    DEVICE explicit operator bool() const { return pointer != nullptr; }
    template <typename Index> DEVICE T &operator[](Index index) const { return pointer[index]; }
    template <typename Index> DEVICE View operator+(Index count) const { return View(pointer + count); }
    template <typename Index> DEVICE View operator-(Index count) const { return View(pointer - count); }
    template <typename Index> DEVICE View &operator+=(Index count) {
        pointer += count;
        return *this;
    }
};

/// The same bytes as elements of another type. The address must be a multiple of U's alignment.
template <typename U, typename T, Space space> DEVICE View<U, space> as(View<T, space> view) {
    return View<U, space>(reinterpret_cast<U *>(view.pointer));
}
#endif

template <typename T> using Global = View<T, Space::global>;
template <typename T> using Shared = View<T, Space::shared>;

/// Hands out a block's dynamic shared memory, in the order of the calls: every thread must make the same ones. The
/// launcher passes the sum of the sizes (each rounded up to its alignment) as the launch's shared memory.
class SharedArena {
  public:
#ifdef ZONDA_EMULATOR
    template <typename T, int alignment = 16> Shared<T> array(int count, HERE) {
        used = (used + alignment - 1) / alignment * alignment;
        T *start = static_cast<T *>(emulator::shared_memory(used, int64_t(count) * int64_t(sizeof(T)), site));
        used += count * int(sizeof(T));
        return Shared<T>(start, {start, start + count});
    }
#else
    template <typename T, int alignment = 16> DEVICE Shared<T> array(int count) {
        static_assert(alignof(T) <= alignment && alignment <= 128, "shared memory starts at a multiple of 128");
        extern __shared__ __align__(128) unsigned char zonda_shared_memory[];
        used = (used + alignment - 1) / alignment * alignment;
        T *start = reinterpret_cast<T *>(zonda_shared_memory + used);
        used += count * int(sizeof(T));
        return Shared<T>(start);
    }
#endif

  private:
    int used = 0;
};

#ifndef ZONDA_EMULATOR
/// The address that instructions on shared memory take.
template <typename T> DEVICE uint32_t shared_address(Shared<T> view) {
    return uint32_t(__cvta_generic_to_shared(view.pointer));
}

template <int size> struct StreamedLoad;
template <> struct StreamedLoad<4> {
    static DEVICE void load(uint32_t *to, const void *from) {
        asm("ld.global.nc.L1::no_allocate.b32 %0, [%1];" : "=r"(to[0]) : "l"(from));
    }
};
template <> struct StreamedLoad<8> {
    static DEVICE void load(uint32_t *to, const void *from) {
        asm("ld.global.nc.L1::no_allocate.v2.b32 {%0, %1}, [%2];" : "=r"(to[0]), "=r"(to[1]) : "l"(from));
    }
};
template <> struct StreamedLoad<16> {
    static DEVICE void load(uint32_t *to, const void *from) {
        asm("ld.global.nc.L1::no_allocate.v4.b32 {%0, %1, %2, %3}, [%4];"
            : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
            : "l"(from));
    }
};
#endif

/// Reads an element of 4, 8 or 16 bytes once, past the first-level cache. The compiler may move it freely: nobody may
/// write the memory while the kernel runs, and with programmatic dependent launch the previous kernel counts as such.
template <typename T> DEVICE Value<T> load_streamed(Global<T> view AND_HERE) {
#ifdef ZONDA_EMULATOR
    return view.read(site);
#else
    union {
        Value<T> value;
        uint32_t words[sizeof(T) / 4];
    } result;
    StreamedLoad<sizeof(T)>::load(result.words, view.pointer);
    return result.value;
#endif
}

/// Reads through the read-only cache: for data that neighbours read again, under the same condition as above.
template <typename T> DEVICE Value<T> load_constant(Global<T> view AND_HERE) {
#ifdef ZONDA_EMULATOR
    return view.read(site);
#else
    return __ldg(view.pointer);
#endif
}

/// A hint to bring the line of this address into the second-level cache. The address may be anything.
template <typename T> DEVICE void prefetch([[maybe_unused]] Global<T> view) {
#ifndef ZONDA_EMULATOR
    asm volatile("prefetch.global.L2 [%0];" ::"l"(view.pointer));
#endif
}
