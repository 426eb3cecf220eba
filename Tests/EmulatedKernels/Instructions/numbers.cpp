#include "Instructions/numbers.h"

#include <cmath>

namespace emulator {

// A product of two narrow values is exact in a double; its sum with a third is rounded to 53 bits first, which could
// differ from rounding once only when those 53 bits end exactly half way between two narrow values.
uint32_t fma_f16x2(uint32_t a, uint32_t b, uint32_t c) {
    uint32_t result = 0;
    for (int shift = 0; shift < 32; shift += 16) {
        double product = double(float_of_f16(uint16_t(a >> shift))) * float_of_f16(uint16_t(b >> shift));
        double sum = product + float_of_f16(uint16_t(c >> shift));
        result |= uint32_t(f16_of_float(float(sum))) << shift;
    }
    return result;
}

uint32_t fma_bf16x2(uint32_t a, uint32_t b, uint32_t c) {
    auto half = [](uint32_t packed, int shift) { return double(float_of_bits(packed >> shift << 16)); };
    uint32_t result = 0;
    for (int shift = 0; shift < 32; shift += 16) {
        double sum = half(a, shift) * half(b, shift) + half(c, shift);
        result |= uint32_t(bf16_of_float(float(sum))) << shift;
    }
    return result;
}

uint32_t permute_bytes(uint32_t low, uint32_t high, uint32_t selector) {
    uint64_t bytes = uint64_t(high) << 32 | low;
    uint32_t result = 0;
    for (int i = 0; i < 4; i++) {
        uint32_t nibble = selector >> (4 * i) & 0xF, byte = uint32_t(bytes >> (8 * (nibble & 7))) & 0xFF;
        if (nibble & 8) byte = byte & 0x80 ? 0xFF : 0;
        result |= byte << (8 * i);
    }
    return result;
}

uint32_t logic3(uint32_t a, uint32_t b, uint32_t c, int table) {
    uint32_t result = 0;
    for (int i = 0; i < 8; i++) {
        if (table >> i & 1) result |= (i & 4 ? a : ~a) & (i & 2 ? b : ~b) & (i & 1 ? c : ~c);
    }
    return result;
}

int32_t dot4(uint32_t a, uint32_t b, int32_t sum) {
    for (int i = 0; i < 32; i += 8) sum += int32_t(int8_t(a >> i)) * int8_t(b >> i);
    return sum;
}

int32_t nearest_int(float x) {
    if (!(x == x)) return 0;
    if (x >= 2147483648.0f) return INT32_MAX;
    if (x <= -2147483648.0f) return INT32_MIN;
    return int32_t(std::nearbyint(x));
}

}  // namespace emulator
