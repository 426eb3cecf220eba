// Arithmetic for which the language has no operator: approximations, fused operations, bits, packed pairs.
//
// The emulator's approximations are exact functions, so tests compare with a tolerance of a few units in the last
// place: 2^-22 relative for exp2, reciprocal and reciprocal square root, 2^-10 for tanh.
#pragma once

#ifdef ZONDA_EMULATOR
#define ZONDA_UNARY(name, instruction, emulated)                                                                       \
    DEVICE float name(float x) { return emulated; }
#else
#define ZONDA_UNARY(name, instruction, emulated)                                                                       \
    DEVICE float name(float x) {                                                                                       \
        float y;                                                                                                       \
        asm(instruction " %0, %1;" : "=f"(y) : "f"(x));                                                                \
        return y;                                                                                                      \
    }
#endif

ZONDA_UNARY(exp2_approx, "ex2.approx.ftz.f32", __builtin_exp2f(x))
ZONDA_UNARY(log2_approx, "lg2.approx.ftz.f32", __builtin_log2f(x))
ZONDA_UNARY(reciprocal_approx, "rcp.approx.ftz.f32", 1.0f / x)
ZONDA_UNARY(rsqrt_approx, "rsqrt.approx.ftz.f32", 1.0f / __builtin_sqrtf(x))
ZONDA_UNARY(tanh_approx, "tanh.approx.f32", __builtin_tanhf(x))
ZONDA_UNARY(sqrt_rn, "sqrt.rn.f32", __builtin_sqrtf(x))

/// e^x by exp2: the relative error grows with |x|, about 2^-22 + |x| 2^-24.
DEVICE float exp_approx(float x) { return exp2_approx(x * 1.4426950408889634f); }

/// a * b + c, rounded once. Write it where the fusing matters: how `a * b + c` contracts is the compiler's choice.
DEVICE float fma_rn(float a, float b, float c) {
#ifdef ZONDA_EMULATOR
    return emulator::fused(a, b, c);
#else
    return __fmaf_rn(a, b, c);
#endif
}

/// a * b and a + b, never contracted into a fused operation.
DEVICE float mul_rn(float a, float b) {
#ifdef ZONDA_EMULATOR
    return emulator::product(a, b);
#else
    return __fmul_rn(a, b);
#endif
}
DEVICE float add_rn(float a, float b) {
#ifdef ZONDA_EMULATOR
    return emulator::sum(a, b);
#else
    return __fadd_rn(a, b);
#endif
}
/// a / b, correctly rounded.
DEVICE float div_rn(float a, float b) {
#ifdef ZONDA_EMULATOR
    return a / b;
#else
    return __fdiv_rn(a, b);
#endif
}

/// NaN only if both are.
DEVICE float max_of(float a, float b) {
#ifdef ZONDA_EMULATOR
    return __builtin_fmaxf(a, b);
#else
    return fmaxf(a, b);
#endif
}
DEVICE float min_of(float a, float b) {
#ifdef ZONDA_EMULATOR
    return __builtin_fminf(a, b);
#else
    return fminf(a, b);
#endif
}
template <typename T> DEVICE constexpr T max_of(T a, T b) { return a < b ? b : a; }
template <typename T> DEVICE constexpr T min_of(T a, T b) { return b < a ? b : a; }

/// The nearest integer, halves to even, saturating.
DEVICE int32_t int_of(float x) {
#ifdef ZONDA_EMULATOR
    return emulator::nearest_int(x);
#else
    return __float2int_rn(x);
#endif
}

/// Bytes of the eight in `high:low`, chosen by the lower three bits of each nibble of `selector`; a set fourth bit
/// spreads the byte's sign.
DEVICE uint32_t permute_bytes(uint32_t low, uint32_t high, uint32_t selector) {
#ifdef ZONDA_EMULATOR
    return emulator::permute_bytes(low, high, selector);
#else
    uint32_t d;
    asm("prmt.b32 %0, %1, %2, %3;" : "=r"(d) : "r"(low), "r"(high), "r"(selector));
    return d;
#endif
}

/// Any function of three bits. `table` is the function applied to 0xF0, 0xCC and 0xAA: (a & b) | c is
/// (0xF0 & 0xCC) | 0xAA.
template <int table> DEVICE uint32_t logic3(uint32_t a, uint32_t b, uint32_t c) {
#ifdef ZONDA_EMULATOR
    return emulator::logic3(a, b, c, table);
#else
    uint32_t d;
    asm("lop3.b32 %0, %1, %2, %3, %4;" : "=r"(d) : "r"(a), "r"(b), "r"(c), "n"(table));
    return d;
#endif
}

/// The low word of `high:low` shifted right by `count` mod 32.
DEVICE uint32_t funnel_shift_right(uint32_t low, uint32_t high, uint32_t count) {
#ifdef ZONDA_EMULATOR
    return uint32_t((uint64_t(high) << 32 | low) >> (count & 31));
#else
    return __funnelshift_r(low, high, count);
#endif
}

DEVICE int popcount(uint32_t x) {
#ifdef ZONDA_EMULATOR
    return __builtin_popcount(x);
#else
    return __popc(x);
#endif
}
/// 32 for 0.
DEVICE int leading_zeros(uint32_t x) {
#ifdef ZONDA_EMULATOR
    return x == 0 ? 32 : __builtin_clz(x);
#else
    return __clz(x);
#endif
}
/// The number of the lowest set bit, or -1.
DEVICE int lowest_bit(uint32_t x) {
#ifdef ZONDA_EMULATOR
    return __builtin_ffs(int(x)) - 1;
#else
    return __ffs(int(x)) - 1;
#endif
}
DEVICE uint32_t reverse_bits(uint32_t x) {
#ifdef ZONDA_EMULATOR
    return __builtin_bitreverse32(x);
#else
    return __brev(x);
#endif
}
/// The upper half of the product.
DEVICE uint32_t multiply_high(uint32_t a, uint32_t b) {
#ifdef ZONDA_EMULATOR
    return uint32_t(uint64_t(a) * b >> 32);
#else
    return __umulhi(a, b);
#endif
}

/// sum + the dot product of four signed bytes.
DEVICE int32_t dot4(uint32_t a, uint32_t b, int32_t sum) {
#ifdef ZONDA_EMULATOR
    return emulator::dot4(a, b, sum);
#else
    int32_t d;
    asm("dp4a.s32.s32 %0, %1, %2, %3;" : "=r"(d) : "r"(a), "r"(b), "r"(sum));
    return d;
#endif
}

#ifdef ZONDA_EMULATOR
#define ZONDA_PACKED_FMA(name, instruction)                                                                            \
    DEVICE uint32_t name(uint32_t a, uint32_t b, uint32_t c) { return emulator::name(a, b, c); }
#else
#define ZONDA_PACKED_FMA(name, instruction)                                                                            \
    DEVICE uint32_t name(uint32_t a, uint32_t b, uint32_t c) {                                                         \
        uint32_t d;                                                                                                    \
        asm(instruction " %0, %1, %2, %3;" : "=r"(d) : "r"(a), "r"(b), "r"(c));                                        \
        return d;                                                                                                      \
    }
#endif
/// a * b + c on both halves, each rounded once.
ZONDA_PACKED_FMA(fma_f16x2, "fma.rn.f16x2")
ZONDA_PACKED_FMA(fma_bf16x2, "fma.rn.bf16x2")

// Sums and products through the fused operation, which sm_80 has for both types: 1 * a + b, a * b + -0.
DEVICE uint32_t add_f16x2(uint32_t a, uint32_t b) { return fma_f16x2(a, 0x3C003C00u, b); }
DEVICE uint32_t sub_f16x2(uint32_t a, uint32_t b) { return fma_f16x2(b, 0xBC00BC00u, a); }
DEVICE uint32_t mul_f16x2(uint32_t a, uint32_t b) { return fma_f16x2(a, b, 0x80008000u); }
DEVICE uint32_t add_bf16x2(uint32_t a, uint32_t b) { return fma_bf16x2(a, 0x3F803F80u, b); }
DEVICE uint32_t sub_bf16x2(uint32_t a, uint32_t b) { return fma_bf16x2(b, 0xBF80BF80u, a); }
DEVICE uint32_t mul_bf16x2(uint32_t a, uint32_t b) { return fma_bf16x2(a, b, 0x80008000u); }

#undef ZONDA_UNARY
#undef ZONDA_PACKED_FMA
