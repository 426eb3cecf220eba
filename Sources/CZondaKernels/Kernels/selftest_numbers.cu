// Self tests of types.cuh and math.cuh: one value, or one group of operands, per thread.
// instantiate: selftest_approximations
// instantiate: selftest_rounding
// instantiate: selftest_bits
// instantiate: selftest_packed
// instantiate: selftest_conversions
// instantiate: selftest_codes
// instantiate: selftest_architecture
#include "zonda.cuh"
#include "zonda_selftest.h"

__device__ int value_number() { return int(blockIdx.x * blockDim.x + threadIdx.x); }

// [count] f32 -> [count][7] f32
__global__ void selftest_approximations(const zonda_selftest_arguments args) {
    const int i = value_number();
    if (i >= args.count) return;
    float x = float_of_bits(Global<const uint32_t>(args.input)[i]);
    Global<float> y = as<float>(Global<uint32_t>(args.output)) + i * 7;
    y[0] = exp2_approx(x);
    y[1] = log2_approx(x);
    y[2] = reciprocal_approx(x);
    y[3] = rsqrt_approx(x);
    y[4] = tanh_approx(x);
    y[5] = sqrt_rn(x);
    y[6] = exp_approx(x);
}

// [count][3] f32 -> [count][7]: f32, the last an int
__global__ void selftest_rounding(const zonda_selftest_arguments args) {
    const int i = value_number();
    if (i >= args.count) return;
    Global<const float> x = as<const float>(Global<const uint32_t>(args.input)) + i * 3;
    float a = x[0], b = x[1], c = x[2];
    Global<uint32_t> y = Global<uint32_t>(args.output) + i * 7;
    y[0] = bits_of(fma_rn(a, b, c));
    y[1] = bits_of(add_rn(mul_rn(a, b), c));
    y[2] = bits_of(div_rn(a, b));
    y[3] = bits_of(max_of(a, b));
    y[4] = bits_of(min_of(a, b));
    y[5] = uint32_t(divide_up(i, 3));
    y[6] = uint32_t(int_of(a));
}

// [count][3] -> [count][10]
__global__ void selftest_bits(const zonda_selftest_arguments args) {
    const int i = value_number();
    if (i >= args.count) return;
    Global<const uint32_t> x = Global<const uint32_t>(args.input) + i * 3;
    uint32_t a = x[0], b = x[1], c = x[2];
    Global<uint32_t> y = Global<uint32_t>(args.output) + i * 10;
    y[0] = permute_bytes(a, b, c & 0xFFFF);
    y[1] = logic3<((0xF0 & 0xCC) | 0xAA)>(a, b, c);
    y[2] = logic3<(0xF0 ^ 0xCC ^ 0xAA)>(a, b, c);
    y[3] = funnel_shift_right(a, b, c);
    y[4] = uint32_t(popcount(a));
    y[5] = uint32_t(leading_zeros(a));
    y[6] = uint32_t(lowest_bit(a));
    y[7] = reverse_bits(a);
    y[8] = multiply_high(a, b);
    y[9] = uint32_t(dot4(a, b, int32_t(c)));
}

// [count][3] packed pairs -> [count][8]: fma, add, sub, mul in f16, then in bf16
__global__ void selftest_packed(const zonda_selftest_arguments args) {
    const int i = value_number();
    if (i >= args.count) return;
    Global<const uint32_t> x = Global<const uint32_t>(args.input) + i * 3;
    uint32_t a = x[0], b = x[1], c = x[2];
    Global<uint32_t> y = Global<uint32_t>(args.output) + i * 8;
    y[0] = fma_f16x2(a, b, c);
    y[1] = add_f16x2(a, b);
    y[2] = sub_f16x2(a, b);
    y[3] = mul_f16x2(a, b);
    y[4] = fma_bf16x2(a, b, c);
    y[5] = add_bf16x2(a, b);
    y[6] = sub_bf16x2(a, b);
    y[7] = mul_bf16x2(a, b);
}

// [count] f32 -> [count][7]: bits of bf16, f16, e4m3; packed pairs (x, -x) of the three; that of e4m3 as f16
__global__ void selftest_conversions(const zonda_selftest_arguments args) {
    const int i = value_number();
    if (i >= args.count) return;
    float x = float_of_bits(Global<const uint32_t>(args.input)[i]);
    Global<uint32_t> y = Global<uint32_t>(args.output) + i * 7;
    y[0] = from_float<bf16>(x).bits;
    y[1] = from_float<f16>(x).bits;
    y[2] = from_float<e4m3>(x).bits;
    y[3] = pack_bf16(x, -x);
    y[4] = pack_f16(x, -x);
    y[5] = pack_e4m3(x, -x);
    y[6] = f16x2_of_e4m3x2(pack_e4m3(x, -x));
}

// 65536 codes -> [65536][4] f32: the code as bf16, f16, and (its lower byte) e4m3, e5m2
__global__ void selftest_codes(const zonda_selftest_arguments args) {
    const int i = value_number();
    if (i >= args.count) return;
    Global<float> y = as<float>(Global<uint32_t>(args.output)) + i * 4;
    y[0] = unpack_bf16(uint32_t(i) << 16).y;
    y[1] = unpack_f16(uint32_t(i) << 16).y;
    y[2] = to_float(e4m3{uint8_t(i)});
    y[3] = to_float(e5m2{uint8_t(i)});
}

// -> the architecture, and whether cycles go up
__global__ void selftest_architecture(const zonda_selftest_arguments args) {
    Global<uint32_t> y = args.output;
    uint64_t before = cycles();
    y[0] = uint32_t(ARCH);
    y[1] = cycles() > before;
}
