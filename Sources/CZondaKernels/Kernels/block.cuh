// Barriers between the threads of a block.
#pragma once

/// All threads of the block arrive; what they wrote before is seen by all after. In one warp all lanes must arrive
/// at the same call.
DEVICE void sync_threads(HERE) {
#ifdef ZONDA_EMULATOR
    emulator::barrier(0, 0, emulator::Arrival::waits, site);
#else
    __syncthreads();
#endif
}

/// A barrier between `count` threads (a multiple of 32), of those that name `id` (1 to 15; 0 is `sync_threads`).
DEVICE void sync_barrier(int id, int count AND_HERE) {
#ifdef ZONDA_EMULATOR
    emulator::barrier(id, count, emulator::Arrival::waits, site);
#else
    asm volatile("bar.sync %0, %1;" ::"r"(id), "r"(count) : "memory");
#endif
}

/// Counts as arrived and goes on; others wait with `sync_barrier` of the same id and count.
DEVICE void arrive_barrier(int id, int count AND_HERE) {
#ifdef ZONDA_EMULATOR
    emulator::barrier(id, count, emulator::Arrival::passes, site);
#else
    asm volatile("bar.arrive %0, %1;" ::"r"(id), "r"(count) : "memory");
#endif
}
