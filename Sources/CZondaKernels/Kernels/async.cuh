// Copies from global to shared memory that a thread starts and later waits for (cp.async, all architectures).
//
// What a copy writes is seen by the thread that started it once it has waited for the copy's group; by the others
// after a barrier that follows that wait. Until then the destination holds anything.
#pragma once

/// Copies `valid` bytes and fills the rest of `bytes` (4, 8 or 16) with zeros. Both addresses are multiples of `bytes`;
/// with `valid` 0 the source is not read, but must still be an address one may form. 16 bytes go past the first-level
/// cache.
template <int bytes, typename T, typename U>
DEVICE void copy_async(Shared<T> destination, Global<U> source, int valid = bytes AND_HERE) {
    static_assert(bytes == 4 || bytes == 8 || bytes == 16, "cp.async knows 4, 8 and 16 bytes");
#ifdef ZONDA_EMULATOR
    emulator::copy_async(destination, source, bytes, valid, site);
#else
    if constexpr (bytes == 16) {
        asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(destination)),
                     "l"(source.pointer), "r"(valid)
                     : "memory");
    } else {
        asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;" ::"r"(shared_address(destination)),
                     "l"(source.pointer), "n"(bytes), "r"(valid)
                     : "memory");
    }
#endif
}

/// Closes the group of all copies that this thread started since the last one. An empty group counts too.
DEVICE void commit_copies(HERE) {
#ifdef ZONDA_EMULATOR
    emulator::commit_copies(site);
#else
    asm volatile("cp.async.commit_group;" ::: "memory");
#endif
}

/// Waits until at most `pending` of this thread's latest groups are unfinished.
template <int pending> DEVICE void wait_copies(HERE) {
#ifdef ZONDA_EMULATOR
    emulator::wait_copies(pending, site);
#else
    asm volatile("cp.async.wait_group %0;" ::"n"(pending) : "memory");
#endif
}
