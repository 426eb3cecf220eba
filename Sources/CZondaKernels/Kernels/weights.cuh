// Every layout of a weight. Each is a struct ("W" in the kernels) of constants and of functions on one unit of 16 rows:
//   Term          what a fragment holds: f16 (quantized types and f16) or bf16; activations are of that type
//   columns, bytes, recordUnits   the unit, and how many a kernel copies at once: as weights.c says for the host
//   chain         columns that one run of products sums before a float32 scale is applied: 16, 32, 256, or 0 for all
//   terms         fragments that together are the weight: 2 for f32, as two bf16
//   hasMinimum    w = scale * integer + offset, and kernels need sums of activations
//   Head          what a lane keeps of a unit: scales of rows g and g + 8
//   head, raw     load; `raw` the lane's fields of one group of 32 columns, and its integer scales
//   unpack        a[term][product][register] of mma.m16n8k16 for that group
//   scale, offset float32 factor and offset of what `unpack` gave; `part` is which 16 of the 32 columns, `half` which row
// With chain 256 the small integer scales are already in the fragments, exactly: at most 63 * 31 = 1953 < 2048.
#pragma once
#include "weight_dense.cuh"
#include "weight_blocks.cuh"
#include "weight_superblocks.cuh"
#include "weight_tables.cuh"

template <typename A, typename B> struct SameLayout {
    static constexpr bool value = false;
};
template <typename A> struct SameLayout<A, A> {
    static constexpr bool value = true;
};

/// The eight values of both rows of a lane, exact in float32 (as the reference rounds them): v[half][i] is column
/// `column_of(t, i)` of the group.
template <typename W, Space space>
DEVICE void lane_values(Bytes<space> unit, const typename W::Head &head, int group, int lane, float (&v)[2][8]) {
    const typename W::Raw raw = W::raw(unit, group, lane);
    uint32_t a[W::terms][2][4];
    W::unpack(raw, a);
#pragma unroll
    for (int half = 0; half < 2; half++) {
#pragma unroll
        for (int p = 0; p < 4; p++) {
            uint32_t word = a[0][p / 2][p % 2 * 2 + half];
            float2 pair = W::isBFloat ? unpack_bf16(word) : unpack_f16(word);
            float scale = W::scale(head, raw, p / 2, half);
            float first = mul_rn(scale, pair.x), second = mul_rn(scale, pair.y);
            if constexpr (W::hasMinimum) {
                // Rounded as in the reference: the product first, then the sum.
                float offset = W::offset(unit, head, lane, group, p / 2, half);
                first = add_rn(first, offset);
                second = add_rn(second, offset);
            }
            v[half][2 * p] = first;
            v[half][2 * p + 1] = second;
        }
    }
}

/// f32 is more than its two terms.
template <Space space>
DEVICE void float_values(Bytes<space> unit, int group, int lane, float (&v)[2][8]) {
    F32::Raw raw = F32::raw(unit, group, lane);
#pragma unroll
    for (int half = 0; half < 2; half++) {
#pragma unroll
        for (int i = 0; i < 8; i++) v[half][i] = raw.value[i / 4][half][i % 4];
    }
}
template <>
DEVICE void lane_values<F32, Space::global>(
    Bytes<Space::global> unit, const F32::Head &, int group, int lane, float (&v)[2][8]) {
    float_values(unit, group, lane, v);
}
