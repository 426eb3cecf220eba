// Narrow floating-point types as structs over their bits, and conversions that round to nearest even.
#pragma once

struct bf16 {
    uint16_t bits;
};
struct f16 {
    uint16_t bits;
};
/// 4 exponent and 3 mantissa bits, no infinity; the largest value is 448.
struct e4m3 {
    uint8_t bits;
};
/// 5 exponent and 2 mantissa bits: the upper half of an f16.
struct e5m2 {
    uint8_t bits;
};

#ifdef ZONDA_EMULATOR
DEVICE uint32_t bits_of(float x) { return __builtin_bit_cast(uint32_t, x); }
DEVICE float float_of_bits(uint32_t bits) { return __builtin_bit_cast(float, bits); }
#else
DEVICE uint32_t bits_of(float x) { return __float_as_uint(x); }
DEVICE float float_of_bits(uint32_t bits) { return __uint_as_float(bits); }
#endif

DEVICE float to_float(float x) { return x; }
DEVICE float to_float(bf16 x) { return float_of_bits(uint32_t(x.bits) << 16); }

DEVICE float to_float(f16 x) {
#ifdef ZONDA_EMULATOR
    return emulator::float_of_f16(x.bits);
#else
    float y;
    asm("cvt.f32.f16 %0, %1;" : "=f"(y) : "h"(x.bits));
    return y;
#endif
}

DEVICE float to_float(e5m2 x) { return to_float(f16{uint16_t(x.bits << 8)}); }

DEVICE float to_float(e4m3 x) {
    // Sign, exponent and mantissa moved into an f32 whose exponent is 120 too small; the product also makes
    // subnormals right, because 2^120 scales them exactly.
    uint32_t magnitude = x.bits & 0x7Fu, sign = uint32_t(x.bits & 0x80u) << 24;
    float y = float_of_bits(magnitude << 20) * float_of_bits((127u + 120u) << 23);
    if (magnitude == 0x7F) y = float_of_bits(0x7FFFFFFFu);
    return float_of_bits(bits_of(y) | sign);
}

/// Two floats as packed bf16; `low` is in the lower half.
DEVICE uint32_t pack_bf16(float low, float high) {
#ifdef ZONDA_EMULATOR
    return emulator::bf16_of_float(low) | uint32_t(emulator::bf16_of_float(high)) << 16;
#else
    uint32_t packed;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
    return packed;
#endif
}

/// Two floats as packed f16; beyond 65504 they become infinite.
DEVICE uint32_t pack_f16(float low, float high) {
#ifdef ZONDA_EMULATOR
    return emulator::f16_of_float(low) | uint32_t(emulator::f16_of_float(high)) << 16;
#else
    uint32_t packed;
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
    return packed;
#endif
}

/// Two floats as packed e4m3 (lower 16 bits), saturating at ±448.
DEVICE uint16_t pack_e4m3(float low, float high);
/// Two packed e4m3 as packed f16: exact.
DEVICE uint32_t f16x2_of_e4m3x2(uint16_t packed);

DEVICE float2 unpack_bf16(uint32_t packed) {
    return make_float2(float_of_bits(packed << 16), float_of_bits(packed & 0xFFFF0000u));
}
DEVICE float2 unpack_f16(uint32_t packed) {
    return make_float2(to_float(f16{uint16_t(packed)}), to_float(f16{uint16_t(packed >> 16)}));
}

template <typename T> DEVICE T from_float(float x);
template <> DEVICE float from_float<float>(float x) { return x; }
template <> DEVICE bf16 from_float<bf16>(float x) { return bf16{uint16_t(pack_bf16(x, 0))}; }
template <> DEVICE f16 from_float<f16>(float x) { return f16{uint16_t(pack_f16(x, 0))}; }
template <> DEVICE e4m3 from_float<e4m3>(float x) { return e4m3{uint8_t(pack_e4m3(x, 0))}; }

/// Round to nearest even by integers alone, for GPUs before sm_89 and for the emulator.
DEVICE uint8_t e4m3_bits_of_float(float x) {
    uint32_t bits = bits_of(x), sign = bits >> 24 & 0x80u, magnitude = bits & 0x7FFFFFFFu;
    if (magnitude > 0x7F800000u) return 0x7F;
    if (magnitude >= 0x43E00000u) return uint8_t(sign | 0x7E);  // 448 and more
    if (magnitude < 0x3C800000u) {
        // Below 2^-6: units of 2^-9. Adding 2^23 * 2^-9 lets the adder round; its last bits are the result.
        uint32_t units = bits_of(float_of_bits(magnitude) + 16384.0f) - bits_of(16384.0f);
        return uint8_t(sign | units);
    }
    uint32_t rounded = magnitude + 0x7FFFFu + (magnitude >> 20 & 1u);
    uint32_t result = (rounded >> 20) - (120u << 3);
    return uint8_t(sign | (result > 0x7Eu ? 0x7Eu : result));
}

DEVICE uint16_t pack_e4m3(float low, float high) {
#if !defined(ZONDA_EMULATOR) && defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 890
    uint16_t packed;
    asm("cvt.rn.satfinite.e4m3x2.f32 %0, %1, %2;" : "=h"(packed) : "f"(high), "f"(low));
    return packed;
#else
    return uint16_t(e4m3_bits_of_float(low) | uint32_t(e4m3_bits_of_float(high)) << 8);
#endif
}

DEVICE uint32_t f16x2_of_e4m3x2(uint16_t packed) {
#if !defined(ZONDA_EMULATOR) && defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 890
    uint32_t wide;
    asm("cvt.rn.f16x2.e4m3x2 %0, %1;" : "=r"(wide) : "h"(packed));
    return wide;
#else
    return pack_f16(to_float(e4m3{uint8_t(packed)}), to_float(e4m3{uint8_t(packed >> 8)}));
#endif
}
