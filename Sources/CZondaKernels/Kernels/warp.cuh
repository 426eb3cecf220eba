// What the 32 lanes of a warp do together. All lanes that `mask` names must make the same call, with the same mask.
#pragma once

constexpr uint32_t allLanes = 0xFFFFFFFFu;

/// For blocks whose width is a multiple of 32 or that are flat.
DEVICE int lane_id() {
#ifdef ZONDA_EMULATOR
    return int(emulator::current->lane);
#else
    uint32_t lane;
    asm("mov.u32 %0, %%laneid;" : "=r"(lane));
    return int(lane);
#endif
}

/// The lanes wait for each other, and see what the others wrote before. A shuffle does not order memory; this does.
DEVICE void sync_warp(uint32_t mask = allLanes AND_HERE) {
#ifdef ZONDA_EMULATOR
    emulator::sync_warp(mask, site);
#else
    __syncwarp(mask);
#endif
}

// Shuffles of 4 or 8 byte values, within groups of `width` lanes (a power of two).
#ifdef ZONDA_EMULATOR
#define ZONDA_SHUFFLE(name, builtin, kind)                                                                             \
    template <typename T> DEVICE T name(T value, int operand, uint32_t mask = allLanes, int width = 32 AND_HERE) {     \
        return emulator::shuffle(value, operand, mask, width, emulator::Shuffle::kind, site);                          \
    }
#else
#define ZONDA_SHUFFLE(name, builtin, kind)                                                                             \
    template <typename T> DEVICE T name(T value, int operand, uint32_t mask = allLanes, int width = 32) {              \
        return builtin(mask, value, operand, width);                                                                   \
    }
#endif
/// The value of lane `operand` (mod width).
ZONDA_SHUFFLE(shuffle, __shfl_sync, index)
/// The value of lane (own xor operand).
ZONDA_SHUFFLE(shuffle_xor, __shfl_xor_sync, exclusive)
/// The value of the lane `operand` below; the lowest lanes keep their own.
ZONDA_SHUFFLE(shuffle_up, __shfl_up_sync, up)
/// The value of the lane `operand` above; the highest lanes keep their own.
ZONDA_SHUFFLE(shuffle_down, __shfl_down_sync, down)
#undef ZONDA_SHUFFLE

/// One bit per lane of the mask whose `predicate` holds.
DEVICE uint32_t ballot_lanes(bool predicate, uint32_t mask = allLanes AND_HERE) {
#ifdef ZONDA_EMULATOR
    return emulator::ballot(predicate, mask, site);
#else
    return __ballot_sync(mask, predicate);
#endif
}
DEVICE bool any_lane(bool predicate, uint32_t mask = allLanes AND_HERE) {
#ifdef ZONDA_EMULATOR
    return emulator::ballot(predicate, mask, site) != 0;
#else
    return __any_sync(mask, predicate);
#endif
}
DEVICE bool all_lanes(bool predicate, uint32_t mask = allLanes AND_HERE) {
#ifdef ZONDA_EMULATOR
    return emulator::ballot(predicate, mask, site) == mask;
#else
    return __all_sync(mask, predicate);
#endif
}

// Reductions of integers in one instruction.
#ifdef ZONDA_EMULATOR
#define ZONDA_REDUCE(name, T, builtin, operation)                                                                      \
    DEVICE T name(T value, uint32_t mask = allLanes AND_HERE) {                                                        \
        return emulator::reduce<T>(value, mask, [](T a, T b) -> T { return operation; }, site);                        \
    }
#else
#define ZONDA_REDUCE(name, T, builtin, operation)                                                                      \
    DEVICE T name(T value, uint32_t mask = allLanes) { return builtin(mask, value); }
#endif
ZONDA_REDUCE(reduce_add, int32_t, __reduce_add_sync, int32_t(uint32_t(a) + uint32_t(b)))
ZONDA_REDUCE(reduce_add, uint32_t, __reduce_add_sync, a + b)
ZONDA_REDUCE(reduce_max, int32_t, __reduce_max_sync, a < b ? b : a)
ZONDA_REDUCE(reduce_max, uint32_t, __reduce_max_sync, a < b ? b : a)
ZONDA_REDUCE(reduce_min, int32_t, __reduce_min_sync, b < a ? b : a)
ZONDA_REDUCE(reduce_min, uint32_t, __reduce_min_sync, b < a ? b : a)
ZONDA_REDUCE(reduce_and, uint32_t, __reduce_and_sync, a & b)
ZONDA_REDUCE(reduce_or, uint32_t, __reduce_or_sync, a | b)
ZONDA_REDUCE(reduce_xor, uint32_t, __reduce_xor_sync, a ^ b)
#undef ZONDA_REDUCE

/// The same sum in every lane, in a fixed order.
DEVICE float warp_sum(float x AND_HERE) {
#pragma unroll
    for (int offset = 16; offset > 0; offset /= 2) {
#ifdef ZONDA_EMULATOR
        x += shuffle_xor(x, offset, allLanes, 32, site);
#else
        x += shuffle_xor(x, offset);
#endif
    }
    return x;
}
DEVICE float warp_max(float x AND_HERE) {
#pragma unroll
    for (int offset = 16; offset > 0; offset /= 2) {
#ifdef ZONDA_EMULATOR
        x = max_of(x, shuffle_xor(x, offset, allLanes, 32, site));
#else
        x = max_of(x, shuffle_xor(x, offset));
#endif
    }
    return x;
}
