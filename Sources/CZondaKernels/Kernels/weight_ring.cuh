// A warp's own ring of records in shared memory: the bulk copy engine fills it on sm_90, cp.async before.
//
// No barrier between warps: a stream of weights stalls for nobody. Usage: `start` at most `stages` records; then for each,
// in order: `next`, read, `release`, `start` the one `stages` further on (or `skip` when there is none).
#pragma once
#include "zonda.cuh"

template <int stages, int slotBytes> struct WeightRing {
    static_assert(slotBytes % 16 == 0, "copies are of 16 bytes");
    Shared<uint8_t> slots;
    Shared<CopyBarrier> barriers;
    int filling = 0, reading = 0;
    uint32_t parity = 0;

    /// Every warp of the block; the rings are its own afterwards.
    template <int warps> DEVICE void allocate(SharedArena &arena, int warp) {
        slots = arena.array<uint8_t, 128>(warps * stages * slotBytes) + warp * stages * slotBytes;
        barriers = arena.array<CopyBarrier>(warps * stages) + warp * stages;
        if (ARCH >= 90) {
            if (lane_id() == 0) {
                for (int i = 0; i < stages; i++) init_barrier(barriers + i, 1);
                fence_barrier_init();
            }
            sync_warp();
        }
    }

    DEVICE void start(Global<const uint8_t> record, int bytes) {
        Shared<uint8_t> slot = slots + filling * slotBytes;
        if (ARCH >= 90) {
            if (lane_id() == 0) {
                arrive_expect(barriers + filling, uint32_t(bytes));
                copy_bulk(slot, record, uint32_t(bytes), barriers + filling);
            }
        } else {
            for (int i = 16 * lane_id(); i < bytes; i += 16 * 32) copy_async<16>(slot + i, record + i);
            commit_copies();
        }
        filling = filling + 1 == stages ? 0 : filling + 1;
    }
    /// In place of `start` at the end: the others count groups.
    DEVICE void skip() {
        if (ARCH < 90) commit_copies();
    }

    DEVICE Shared<const uint8_t> next() {
        if (ARCH >= 90) {
            wait(barriers + reading, parity);
        } else {
            wait_copies<stages - 1>();
            sync_warp();  // the other lanes' copies
        }
        return slots + reading * slotBytes;
    }
    DEVICE void release() {
        sync_warp();
        reading = reading + 1 == stages ? 0 : reading + 1;
        if (reading == 0) parity ^= 1;
    }
};
