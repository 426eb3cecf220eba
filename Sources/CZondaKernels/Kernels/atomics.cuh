// Atomic operations on global and shared memory; loads and stores that order what is around them.
//
// The read-modify-write operations are relaxed: they order nothing else. They return the old value.
#pragma once

#ifdef ZONDA_EMULATOR
#define ZONDA_ATOMIC(name, builtin, operation)                                                                         \
    template <typename T, Space space> DEVICE T name(View<T, space> view, Value<T> operand AND_HERE) {                 \
        return view.update(site, [&]([[maybe_unused]] T old) -> T { return operation; });                              \
    }
#else
// The compiler's own functions know `unsigned long long`, not `unsigned long`.
template <typename T> struct AtomicWord {
    using Type = T;
};
template <> struct AtomicWord<uint64_t> {
    using Type = unsigned long long;
};
#define ZONDA_ATOMIC(name, builtin, operation)                                                                         \
    template <typename T, Space space> DEVICE T name(View<T, space> view, Value<T> operand) {                          \
        using Word = typename AtomicWord<T>::Type;                                                                     \
        return T(builtin(reinterpret_cast<Word *>(view.pointer), Word(operand)));                                      \
    }
#endif

ZONDA_ATOMIC(atomic_add, atomicAdd, T(old + operand))  // int32_t, uint32_t, uint64_t, float
ZONDA_ATOMIC(atomic_max, atomicMax, old < operand ? operand : old)  // integers
ZONDA_ATOMIC(atomic_min, atomicMin, operand < old ? operand : old)  // integers
ZONDA_ATOMIC(atomic_or, atomicOr, T(old | operand))  // integers
ZONDA_ATOMIC(atomic_and, atomicAnd, T(old & operand))  // integers
ZONDA_ATOMIC(atomic_exchange, atomicExch, operand)  // any of the above
#undef ZONDA_ATOMIC

/// Stores `desired` if the value is `expected`.
template <typename T, Space space>
DEVICE T atomic_compare_exchange(View<T, space> view, Value<T> expected, Value<T> desired AND_HERE) {
#ifdef ZONDA_EMULATOR
    return view.update(site, [&]([[maybe_unused]] T old) -> T { return old == expected ? desired : old; });
#else
    using Word = typename AtomicWord<T>::Type;
    return T(atomicCAS(reinterpret_cast<Word *>(view.pointer), Word(expected), Word(desired)));
#endif
}

/// Everything this thread wrote before, and everything it read that others wrote, is seen by whoever reads
/// with `load_acquire` what it writes after. Between blocks use `fence_gpu` and an atomic.
DEVICE void fence_gpu(HERE) {
#ifdef ZONDA_EMULATOR
    emulator::fence_gpu(site);
#else
    asm volatile("fence.acq_rel.gpu;" ::: "memory");
#endif
}
DEVICE void fence_block(HERE) {
#ifdef ZONDA_EMULATOR
    emulator::fence_block(site);
#else
    asm volatile("fence.acq_rel.cta;" ::: "memory");
#endif
}
/// For flags that the host or another GPU reads.
DEVICE void fence_system(HERE) {
#ifdef ZONDA_EMULATOR
    emulator::fence_gpu(site);
#else
    asm volatile("fence.acq_rel.sys;" ::: "memory");
#endif
}

// Flags of 32 bits in global memory. A thread that waits for another *block* may wait for ever, here and on a GPU,
// unless the launch fits the GPU at once; the emulator reports it.
DEVICE uint32_t load_acquire(Global<uint32_t> view AND_HERE) {
#ifdef ZONDA_EMULATOR
    return view.acquire(site);
#else
    uint32_t value;
    asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(value) : "l"(view.pointer) : "memory");
    return value;
#endif
}
DEVICE void store_release(Global<uint32_t> view, uint32_t value AND_HERE) {
#ifdef ZONDA_EMULATOR
    view.release(value, site);
#else
    asm volatile("st.release.gpu.global.u32 [%0], %1;" ::"l"(view.pointer), "r"(value) : "memory");
#endif
}
/// Read again at each call, ordering nothing.
template <typename T> DEVICE Value<T> load_volatile(Global<T> view AND_HERE) {
#ifdef ZONDA_EMULATOR
    return view.read(site);
#else
    return *const_cast<volatile T *>(view.pointer);
#endif
}
template <typename T> DEVICE void store_volatile(Global<T> view, Value<T> value AND_HERE) {
#ifdef ZONDA_EMULATOR
    view.write(value, site);
#else
    *const_cast<volatile T *>(view.pointer) = value;
#endif
}
