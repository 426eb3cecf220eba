// GGML's blocks of 32 columns with one scale, some with a minimum: w = d (q - bias) + m.
#pragma once
#include "weight_planes.cuh"

/// Unit: nibbles or bytes; ones for a fifth bit; d and, if there is one, m as f16 of 16 rows.
template <int bits, int bias, bool minimum, int units> struct Block32 {
    using Term = f16;
    static constexpr bool isBFloat = false, hasMinimum = minimum;
    static constexpr int fields = bits == 8 ? 512 : bits == 5 ? 256 + 64 : 256;
    static constexpr int columns = 32, bytes = fields + (minimum ? 64 : 32), recordUnits = units, chain = 32, terms = 1;
    struct Head {
        float scale[2];
    };
    struct Raw {
        uint32_t word[bits == 8 ? 4 : 2];
        uint32_t ones;
    };
    template <Space space> static DEVICE Head head(Bytes<space> unit, int lane) {
        f16 first = read<f16>(unit, fields + 2 * (lane / 4)), second = read<f16>(unit, fields + 2 * (lane / 4) + 16);
        return {{to_float(first), to_float(second)}};
    }
    template <Space space> static DEVICE Raw raw(Bytes<space> unit, int, int lane) {
        Raw raw;
        if constexpr (bits == 8) {
            uint4 v = read<uint4>(unit, 16 * lane);
            raw.word[0] = v.x, raw.word[1] = v.y, raw.word[2] = v.z, raw.word[3] = v.w;
        } else {
            uint2 v = read<uint2>(unit, 8 * lane);
            raw.word[0] = v.x, raw.word[1] = v.y;
        }
        raw.ones = 0;
        if constexpr (bits == 5) raw.ones = spread_ones(read<uint16_t>(unit, 256 + 2 * lane));
        return raw;
    }
    static DEVICE void unpack(const Raw &raw, uint32_t (&a)[1][2][4]) {
#pragma unroll
        for (int half = 0; half < 2; half++) {
#pragma unroll
            for (int p = 0; p < 4; p++) {
                uint32_t pair;
                if constexpr (bits == 8) pair = byte_pair(raw.word[2 * half + p / 2], p % 2);
                else pair = nibble_pair(raw.word[half], p);
                if constexpr (bits == 5) pair = with_ones<4>(pair, raw.ones, half, p);
                a[0][p / 2][p % 2 * 2 + half] = unbiased<bias>(pair);
            }
        }
    }
    static DEVICE float scale(const Head &head, const Raw &, int, int half) { return head.scale[half]; }
    template <Space space>
    static DEVICE float offset(Bytes<space> unit, const Head &, int lane, int, int, int half) {
        return to_float(read<f16>(unit, fields + 32 + 2 * (lane / 4) + 16 * half));
    }
};
using Q4_0 = Block32<4, 8, false, 8>;
using Q4_1 = Block32<4, 0, true, 8>;
using Q5_0 = Block32<5, 16, false, 4>;
using Q5_1 = Block32<5, 0, true, 4>;
using Q8_0 = Block32<8, 128, false, 4>;  // also Q8_1, Q1_0 and Q2_0
