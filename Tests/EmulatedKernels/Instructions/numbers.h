// Arithmetic that differs from C's: narrow types, fused and unfused operations, bytes.
#pragma once
#include <cstdint>

namespace emulator {

inline float float_of_bits(uint32_t bits) { return __builtin_bit_cast(float, bits); }
inline uint32_t bits_of(float x) { return __builtin_bit_cast(uint32_t, x); }

inline uint16_t bf16_of_float(float x) {
    uint32_t bits = bits_of(x);
    if ((bits & 0x7FFFFFFFu) > 0x7F800000u) return 0x7FFF;
    return uint16_t((bits + 0x7FFFu + (bits >> 16 & 1u)) >> 16);
}

inline float float_of_f16(uint16_t half) {
    // Moved into an f32 whose exponent is 112 too small; the product makes subnormals right too.
    float magnitude = float_of_bits(uint32_t(half & 0x7FFFu) << 13) * float_of_bits((127u + 112u) << 23);
    uint32_t bits = bits_of(magnitude);
    if (bits >= 0x47800000u) bits |= 0x7F800000u;
    return float_of_bits(bits | uint32_t(half & 0x8000u) << 16);
}

inline uint16_t f16_of_float(float x) {
    uint32_t bits = bits_of(x), sign = bits >> 16 & 0x8000u, magnitude = bits & 0x7FFFFFFFu;
    if (magnitude > 0x7F800000u) return 0x7FFF;
    if (magnitude >= 0x47800000u) return uint16_t(sign | 0x7C00u);
    // Below 2^-14 in units of 2^-24, which the adder rounds.
    if (magnitude < 0x38800000u) return uint16_t(sign | (bits_of(float_of_bits(magnitude) + 0.5f) - bits_of(0.5f)));
    return uint16_t(sign | ((magnitude + 0xFFFu + (magnitude >> 13 & 1u) - (112u << 23)) >> 13));
}

inline float fused(float a, float b, float c) { return __builtin_fmaf(a, b, c); }

#pragma clang fp contract(off)
inline float product(float a, float b) { return a * b; }
inline float sum(float a, float b) { return a + b; }

uint32_t fma_f16x2(uint32_t a, uint32_t b, uint32_t c);
uint32_t fma_bf16x2(uint32_t a, uint32_t b, uint32_t c);
uint32_t permute_bytes(uint32_t low, uint32_t high, uint32_t selector);
uint32_t logic3(uint32_t a, uint32_t b, uint32_t c, int table);
int32_t dot4(uint32_t a, uint32_t b, int32_t sum);
int32_t nearest_int(float x);

}  // namespace emulator
