// Barriers that live in shared memory (mbarrier), and copies by the bulk copy engine that complete on them: sm_90 on.
//
// Ring protocol: one thread initializes (`init`, `fence_init`), all see it after a barrier; a producer calls
// `arrive_expect` with the bytes to come and starts the copies; consumers `wait` for the parity of the phase (0 for the
// first, then alternating), read, tell the producer (sync_warp or another barrier), which refills. A kernel asks
// `ARCH >= 90` and takes cp.async otherwise; before sm_90 these functions are empty.
#pragma once

/// Eight bytes of shared memory, at a multiple of 8.
struct CopyBarrier {
    uint64_t state;
};

// NVRTC does not know these instructions before sm_90: there the text is left out.
#if !defined(ZONDA_EMULATOR) && defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
#define ZONDA_SM90(...) __VA_ARGS__
#else
#define ZONDA_SM90(...)
#endif

/// A phase completes after `arrivals` calls of `arrive` or `arrive_expect` and all bytes that were expected.
DEVICE void init_barrier(Shared<CopyBarrier> barrier, uint32_t arrivals AND_HERE) {
#ifdef ZONDA_EMULATOR
    emulator::init_barrier(barrier, arrivals, site);
#else
    ZONDA_SM90(asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(barrier)), "r"(arrivals)
                            : "memory");)
#endif
}

/// Makes initialized barriers seen by the copy engine; by the thread that called `init_barrier`, before the first copy.
DEVICE void fence_barrier_init(HERE) {
#ifdef ZONDA_EMULATOR
    emulator::fence_barrier_init(site);
#else
    ZONDA_SM90(asm volatile("fence.mbarrier_init.release.cluster;\n\tfence.proxy.async.shared::cta;" ::: "memory");)
#endif
}

/// Orders this thread's own writes to shared memory before copies by the engine that it starts afterwards.
DEVICE void fence_copy_engine(HERE) {
#ifdef ZONDA_EMULATOR
    emulator::fence_copy_engine(site);
#else
    ZONDA_SM90(asm volatile("fence.proxy.async.shared::cta;" ::: "memory");)
#endif
}

DEVICE void arrive(Shared<CopyBarrier> barrier AND_HERE) {
#ifdef ZONDA_EMULATOR
    emulator::arrive(barrier, 0, site);
#else
    ZONDA_SM90(asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(barrier)) : "memory");)
#endif
}

/// Arrives, and adds `bytes` to what the current phase must receive.
DEVICE void arrive_expect(Shared<CopyBarrier> barrier, uint32_t bytes AND_HERE) {
#ifdef ZONDA_EMULATOR
    emulator::arrive(barrier, bytes, site);
#else
    ZONDA_SM90(asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(barrier)),
                            "r"(bytes)
                            : "memory");)
#endif
}

/// Whether the phase of this parity has completed; if so, what its copies wrote and what arriving threads did is seen.
/// May suspend the thread for a moment.
DEVICE bool try_wait(Shared<CopyBarrier> barrier, uint32_t parity AND_HERE) {
#ifdef ZONDA_EMULATOR
    return emulator::try_wait(barrier, parity, site);
#else
    uint32_t done = 1;
    ZONDA_SM90(asm volatile("{\n\t.reg .pred p;\n\tmbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2;\n\t"
                            "selp.u32 %0, 1, 0, p;\n\t}"
                            : "=r"(done)
                            : "r"(shared_address(barrier)), "r"(parity)
                            : "memory");)
    return done != 0;
#endif
}

DEVICE void wait(Shared<CopyBarrier> barrier, uint32_t parity AND_HERE) {
#ifdef ZONDA_EMULATOR
    emulator::wait(barrier, parity, site);
#else
    while (!try_wait(barrier, parity)) {}
#endif
}

/// How the second-level cache treats what a copy reads.
enum class Caching : uint64_t { evictFirst = 0x12F0000000000000, evictLast = 0x14F0000000000000 };

/// Starts a copy of `bytes` (a multiple of 16, as both addresses are) that completes on the barrier's current phase.
template <typename T, typename U>
DEVICE void copy_bulk(
    Shared<T> destination, Global<U> source, uint32_t bytes, Shared<CopyBarrier> barrier,
    [[maybe_unused]] Caching caching = Caching::evictFirst AND_HERE) {
#ifdef ZONDA_EMULATOR
    emulator::copy_bulk(destination, source, bytes, barrier, site);
#else
    ZONDA_SM90(asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes.L2::cache_hint"
                            " [%0], [%1], %2, [%3], %4;" ::"r"(shared_address(destination)),
                            "l"(source.pointer), "r"(bytes), "r"(shared_address(barrier)), "l"(uint64_t(caching))
                            : "memory");)
#endif
}
#undef ZONDA_SM90
