// Programmatic dependent launch, and the clock.
//
// A kernel that is launched with it may start while the kernel before it still runs. Until `wait_for_previous` it must
// read nothing that any earlier kernel of the stream writes, and write nothing that one reads: weights are fine.
// Every kernel so launched must call it, on every path, even if it needs nothing: the next kernel waits for this one
// only, and would otherwise pass the one before.
#pragma once

/// Waits until the kernel before has ended and its writes are seen. Does nothing before sm_90.
DEVICE void wait_for_previous(HERE) {
#ifdef ZONDA_EMULATOR
    emulator::wait_for_previous(site);
#elif defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
    asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}

/// Lets the next kernel start once all blocks have called this or ended. Promises nothing about what was written.
DEVICE void launch_next(HERE) {
#ifdef ZONDA_EMULATOR
    emulator::launch_next(site);
#elif defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
    asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
#endif
}

/// A counter of the multiprocessor's cycles.
DEVICE uint64_t cycles() {
#ifdef ZONDA_EMULATOR
    return emulator::cycles();
#else
    uint64_t now;
    asm volatile("mov.u64 %0, %%clock64;" : "=l"(now));
    return now;
#endif
}
