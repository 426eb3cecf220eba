// Loads and stores of `width` neighbouring values of a row (4 in one access, or 1), and sums over a block.
#pragma once

template <int width> DEVICE void load_values(Global<const float> from, float (&x)[width]) {
    static_assert(width == 4 || width == 1, "a float4 or a float");
    if constexpr (width == 4) {
        float4 v = as<const float4>(from)[0];
        x[0] = v.x, x[1] = v.y, x[2] = v.z, x[3] = v.w;
    } else {
        x[0] = from[0];
    }
}

template <int width> DEVICE void store_values(Global<float> to, const float (&x)[width]) {
    if constexpr (width == 4) {
        as<float4>(to)[0] = make_float4(x[0], x[1], x[2], x[3]);
    } else {
        to[0] = x[0];
    }
}
template <int width> DEVICE void store_values(Global<bf16> to, const float (&x)[width]) {
    if constexpr (width == 4) {
        as<uint2>(to)[0] = make_uint2(pack_bf16(x[0], x[1]), pack_bf16(x[2], x[3]));
    } else {
        to[0] = from_float<bf16>(x[0]);
    }
}
template <int width> DEVICE void store_values(Global<f16> to, const float (&x)[width]) {
    if constexpr (width == 4) {
        as<uint2>(to)[0] = make_uint2(pack_f16(x[0], x[1]), pack_f16(x[2], x[3]));
    } else {
        to[0] = from_float<f16>(x[0]);
    }
}

/// The sum over the block in every thread, in a fixed order. `partial` has 32 floats that no other call of the kernel
/// uses; the block has whole warps.
DEVICE float block_sum(float x, Shared<float> partial) {
    x = warp_sum(x);
    if (lane_id() == 0) partial[threadIdx.x / 32] = x;
    sync_threads();
    float sum = lane_id() < int(blockDim.x) / 32 ? float(partial[lane_id()]) : 0.0f;
    return warp_sum(sum);
}
