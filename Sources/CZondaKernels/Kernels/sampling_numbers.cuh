// The arithmetic that makes a draw: equal bit for bit to ZondaDevice's LogitKey, ProbabilityMass and Philox.
#pragma once

constexpr float greatestFinite = 3.402823466e+38f;
DEVICE float infinity() { return float_of_bits(0x7F800000u); }

/// A logit and its token id in one integer: ascending keys are in order of falling logit, ties by rising id.
namespace logit_key {
/// An integer that grows as the number does; not for NaN. Adding zero makes -0 into 0.
DEVICE uint32_t ascending_bits(float value) {
    uint32_t bits = bits_of(add_rn(value, 0.0f));
    return bits >> 31 ? ~bits : bits | 0x80000000u;
}
DEVICE uint64_t of(float logit, int id) { return uint64_t(~ascending_bits(logit)) << 32 | uint32_t(id); }
DEVICE float logit(uint64_t key) {
    uint32_t bits = ~uint32_t(key >> 32);
    return float_of_bits(bits >> 31 ? bits & 0x7FFFFFFFu : ~bits);
}
DEVICE int id(uint64_t key) { return int(uint32_t(key)); }
}  // namespace logit_key

/// Unnormalized probabilities as integers: exp((logit - largest) / temperature) in units of 2^-40. Their sums are the
/// same in any order, so a row's total, every cumulative sum and the draw do not depend on how the work is split.
///
/// No operation here may be fused with another: the order and the roundings are the contract with the host's sampler.
struct ProbabilityMass {
    float largest, factor;
    static constexpr uint64_t one = 1ull << 40;

    /// `best` is the largest logit; an infinite one would make every difference infinite or NaN.
    DEVICE ProbabilityMass(float best, float factor) : largest(min_of(best, greatestFinite)), factor(factor) {}

    /// log2 of the mass in units of `one`: -60 ... 0.
    DEVICE float exponent(float logit) const {
        float scaled = mul_rn(add_rn(logit, -largest), factor);
        float clamped = scaled > -60.0f ? scaled : -60.0f;
        return clamped < 0.0f ? clamped : 0.0f;
    }

    static DEVICE uint64_t mass(float exponent) {
        constexpr float bias = 12582912.0f;  // 1.5 * 2^23: adding it leaves the nearest integer in the low bits
        constexpr uint32_t biasBits = 0x4B400000u;
        float shifted = add_rn(exponent, bias);
        float fraction = add_rn(exponent, -add_rn(shifted, -bias));
        float power = add_rn(mul_rn(fraction, 1.540353e-4f), 1.3333558e-3f);
        power = add_rn(mul_rn(power, fraction), 9.618129e-3f);
        power = add_rn(mul_rn(power, fraction), 5.550411e-2f);
        power = add_rn(mul_rn(power, fraction), 0.2402265f);
        power = add_rn(mul_rn(power, fraction), 0.6931472f);
        power = add_rn(mul_rn(power, fraction), 1.0f);
        float scaled = mul_rn(power, float_of_bits((bits_of(shifted) << 23) + (147u << 23)));
        float high = add_rn(scaled, bias);
        float rest = add_rn(mul_rn(add_rn(scaled, -add_rn(high, -bias)), 1048576.0f), bias);
        int64_t whole = int64_t(int32_t(bits_of(high) - biasBits)) * 1048576;
        return uint64_t(whole + int32_t(bits_of(rest) - biasBits));
    }

    DEVICE uint64_t operator()(float logit) const { return mass(exponent(logit)); }

    /// Bins of an eighth of an octave, in order of falling logit; the last one takes the rest.
    static DEVICE int bin_of_exponent(float exponent) {
        int bin = int(-8.0f * exponent);
        return bin < 255 ? bin : 255;
    }
    DEVICE int bin(float logit) const { return bin_of_exponent(exponent(logit)); }

    /// All logits of `bin` and the bins before it reach this: one bin of slack is more than what rounding can do.
    DEVICE float reached_by(int bin) const {
        return bin >= 255 ? -infinity() : largest - float(bin + 2) * 0.125f / factor;
    }
};

/// The mass that is `share` of `mass`, rounded up.
DEVICE uint64_t share_of(float share, uint64_t mass) {
    double product = double(share) * double(mass);
    uint64_t whole = uint64_t(product);
    if (double(whole) < product) whole++;
    return whole < mass ? whole : mass;
}

/// The upper half of the product of 64-bit numbers.
DEVICE uint64_t multiply_high(uint64_t a, uint64_t b) {
    uint64_t a0 = uint32_t(a), a1 = a >> 32, b0 = uint32_t(b), b1 = b >> 32;
    uint64_t middle = a1 * b0 + (a0 * b0 >> 32);
    uint64_t other = a0 * b1 + uint32_t(middle);
    return a1 * b1 + (middle >> 32) + (other >> 32);
}

/// 64 random bits for token number `index` of an answer, by Philox4x32-10 (Salmon et al., SC 2011).
DEVICE uint64_t random_bits(uint64_t seed, uint32_t choice, int index) {
    uint64_t wide = uint64_t(int64_t(index));
    uint32_t c0 = uint32_t(wide), c1 = uint32_t(wide >> 32), c2 = choice, c3 = 0;
    uint32_t k0 = uint32_t(seed), k1 = uint32_t(seed >> 32);
    for (int round = 0; round < 10; round++) {
        uint64_t first = uint64_t(c0) * 0xD2511F53u, second = uint64_t(c2) * 0xCD9E8D57u;
        c0 = uint32_t(second >> 32) ^ c1 ^ k0;
        c1 = uint32_t(second);
        c2 = uint32_t(first >> 32) ^ c3 ^ k1;
        c3 = uint32_t(first);
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return uint64_t(c1) << 32 | c0;
}
