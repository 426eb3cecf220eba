// Superblocks of 256 columns: GGML's K formats, and X8 for what the host expands. w = d s q - dmin m for 16 or 32 columns.
//
// Where s q fits f16's 11 bits (Q2_K to Q5_K) the integer scale is multiplied into the fragment, so that 256 columns are
// one run of products; and the minima are a product of their own, of 8 or 16 small integers with sums of activations.
#pragma once
#include "weight_planes.cuh"

/// d (and dmin) of rows g and g + 8, f16 at `offset`.
template <Space space> DEVICE void read_scales(Bytes<space> unit, int offset, int lane, float (&d)[2]) {
    f16 first = read<f16>(unit, offset + 2 * (lane / 4)), second = read<f16>(unit, offset + 2 * (lane / 4) + 16);
    d[0] = to_float(first);
    d[1] = to_float(second);
}

/// The bytes of a group's two scales, of rows g and g + 8 of [16 rows][16] at `offset`.
template <Space space>
DEVICE void read_pairs(Bytes<space> unit, int offset, int group, int lane, uint32_t (&scale)[2]) {
#pragma unroll
    for (int half = 0; half < 2; half++)
        scale[half] = read<uint16_t>(unit, offset + 16 * (lane / 4 + 8 * half) + 2 * group);
}

/// Q4_K and Q5_K: fields, d, dmin, [16 rows][8] scales, [16][8] minima.
template <int bits> struct Superblock32 {
    using Term = f16;
    static constexpr bool isBFloat = false, hasMinimum = true;
    static constexpr int fields = bits == 5 ? 2048 + 512 : 2048, scales = fields + 64, minima = scales + 128;
    static constexpr int columns = 256, bytes = minima + 128, recordUnits = 1, chain = 256, terms = 1;
    struct Head {
        float d[2], dmin[2];
    };
    struct Raw {
        uint32_t word[2], ones, scale[2];
    };
    template <Space space> static DEVICE Head head(Bytes<space> unit, int lane) {
        Head head;
        read_scales(unit, fields, lane, head.d);
        read_scales(unit, fields + 32, lane, head.dmin);
        return head;
    }
    template <Space space> static DEVICE Raw raw(Bytes<space> unit, int group, int lane) {
        uint2 v = read<uint2>(unit, 256 * group + 8 * lane);
        uint8_t first = unit[scales + 8 * (lane / 4) + group], second = unit[scales + 8 * (lane / 4) + 64 + group];
        Raw raw = {{v.x, v.y}, 0, {first, second}};
        if constexpr (bits == 5) raw.ones = spread_ones(read<uint16_t>(unit, 2048 + 64 * group + 2 * lane));
        return raw;
    }
    static DEVICE void unpack(const Raw &raw, uint32_t (&a)[1][2][4]) {
#pragma unroll
        for (int half = 0; half < 2; half++) {
            uint32_t scale = unbiased<0>(byte_twice(raw.scale[half], 0));
            uint32_t shift = mul_f16x2(scale, 0xE400E400u);  // -1024 s: exact, as is (1024 + q) s - 1024 s
#pragma unroll
            for (int p = 0; p < 4; p++) {
                uint32_t pair = nibble_pair(raw.word[half], p);
                if constexpr (bits == 5) pair = with_ones<4>(pair, raw.ones, half, p);
                a[0][p / 2][p % 2 * 2 + half] = fma_f16x2(pair, scale, shift);
            }
        }
    }
    static DEVICE float scale(const Head &head, const Raw &, int, int half) { return head.d[half]; }
    template <Space space>
    static DEVICE float offset(Bytes<space> unit, const Head &head, int lane, int group, int, int half) {
        uint8_t m = unit[minima + 8 * (lane / 4 + 8 * half) + group];
        return -(head.dmin[half] * float(int(m)));
    }
    /// The minima of 8 groups, twice: for the upper and the lower terms of the sums.
    template <Space space> static DEVICE void minimum_fragment(Bytes<space> unit, int lane, uint32_t (&a)[4]) {
#pragma unroll
        for (int half = 0; half < 2; half++) {
            uint16_t pair = read<uint16_t>(unit, minima + 8 * (lane / 4 + 8 * half) + 2 * (lane % 4));
            a[half] = a[2 + half] = unbiased<0>(byte_pair(pair, 0));
        }
    }
    static constexpr int minimumColumns = 32;
};
using Q4_K = Superblock32<4>;
using Q5_K = Superblock32<5>;

/// Twos, d, dmin, [16 rows][16] bytes of scale (low nibble) and minimum.
struct Q2_K {
    using Term = f16;
    static constexpr bool isBFloat = false, hasMinimum = true;
    static constexpr int columns = 256, bytes = 1344, recordUnits = 1, chain = 256, terms = 1, minimumColumns = 16;
    struct Head {
        float d[2], dmin[2];
    };
    struct Raw {
        uint32_t twos, scale[2];
    };
    template <Space space> static DEVICE Head head(Bytes<space> unit, int lane) {
        Head head;
        read_scales(unit, 1024, lane, head.d);
        read_scales(unit, 1056, lane, head.dmin);
        return head;
    }
    template <Space space> static DEVICE Raw raw(Bytes<space> unit, int group, int lane) {
        Raw raw = {read<uint32_t>(unit, 128 * group + 4 * lane), {}};
        read_pairs(unit, 1088, group, lane, raw.scale);
        return raw;
    }
    static DEVICE void unpack(const Raw &raw, uint32_t (&a)[1][2][4]) {
#pragma unroll
        for (int half = 0; half < 2; half++) {
#pragma unroll
            for (int m = 0; m < 2; m++) {
                uint32_t scale = unbiased<0>(byte_twice(raw.scale[half] & 0x0F0Fu, m));
                uint32_t shift = mul_f16x2(scale, 0xE400E400u);
#pragma unroll
                for (int j = 0; j < 2; j++)
                    a[0][m][2 * j + half] = fma_f16x2(with_twos<0>(f16Magic, raw.twos, half, 2 * m + j), scale, shift);
            }
        }
    }
    static DEVICE float scale(const Head &head, const Raw &, int, int half) { return head.d[half]; }
    template <Space space>
    static DEVICE float offset(Bytes<space> unit, const Head &head, int lane, int group, int part, int half) {
        uint8_t both = unit[1088 + 16 * (lane / 4 + 8 * half) + 2 * group + part];
        return -(head.dmin[half] * float(both >> 4));
    }
    /// The minima of 16 groups: products with the upper and with the lower terms of the sums use the same fragment.
    template <Space space> static DEVICE void minimum_fragment(Bytes<space> unit, int lane, uint32_t (&a)[4]) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            uint16_t pair = read<uint16_t>(unit, 1088 + 16 * (lane / 4 + 8 * (i % 2)) + 2 * (lane % 4) + 8 * (i / 2));
            a[i] = unbiased<0>(byte_pair(uint32_t(pair) >> 4 & 0x0F0Fu, 0));
        }
    }
};

/// Twos, ones, d, scales + 32: w = d s (q - 4).
struct Q3_K {
    using Term = f16;
    static constexpr bool isBFloat = false, hasMinimum = false;
    static constexpr int columns = 256, bytes = 1824, recordUnits = 1, chain = 256, terms = 1;
    struct Head {
        float d[2];
    };
    struct Raw {
        uint32_t twos, ones, scale[2];
    };
    template <Space space> static DEVICE Head head(Bytes<space> unit, int lane) {
        Head head;
        read_scales(unit, 1536, lane, head.d);
        return head;
    }
    template <Space space> static DEVICE Raw raw(Bytes<space> unit, int group, int lane) {
        Raw raw = {read<uint32_t>(unit, 128 * group + 4 * lane),
                   spread_ones(read<uint16_t>(unit, 1024 + 64 * group + 2 * lane)), {}};
        read_pairs(unit, 1568, group, lane, raw.scale);
        return raw;
    }
    static DEVICE void unpack(const Raw &raw, uint32_t (&a)[1][2][4]) {
#pragma unroll
        for (int half = 0; half < 2; half++) {
#pragma unroll
            for (int p = 0; p < 4; p++) {
                uint32_t scale = unbiased<32>(byte_twice(raw.scale[half], p / 2));
                uint32_t pair = with_ones<2>(with_twos<0>(f16Magic, raw.twos, half, p), raw.ones, half, p);
                a[0][p / 2][p % 2 * 2 + half] = mul_f16x2(unbiased<4>(pair), scale);  // at most 32 * 4
            }
        }
    }
    static DEVICE float scale(const Head &head, const Raw &, int, int half) { return head.d[half]; }
};

/// Nibbles, twos, d, scales + 128: w = d s (q - 32).
struct Q6_K {
    using Term = f16;
    static constexpr bool isBFloat = false, hasMinimum = false;
    static constexpr int columns = 256, bytes = 3360, recordUnits = 1, chain = 16, terms = 1;
    struct Head {
        float d[2];
    };
    struct Raw {
        uint32_t word[2], twos, scale[2];
    };
    template <Space space> static DEVICE Head head(Bytes<space> unit, int lane) {
        Head head;
        read_scales(unit, 3072, lane, head.d);
        return head;
    }
    template <Space space> static DEVICE Raw raw(Bytes<space> unit, int group, int lane) {
        uint2 v = read<uint2>(unit, 256 * group + 8 * lane);
        Raw raw = {{v.x, v.y}, read<uint32_t>(unit, 2048 + 128 * group + 4 * lane), {}};
        read_pairs(unit, 3104, group, lane, raw.scale);
        return raw;
    }
    static DEVICE float scale(const Head &head, const Raw &raw, int part, int half) {
        return head.d[half] * byte_float<128>(raw.scale[half], part);
    }
    static DEVICE void unpack(const Raw &raw, uint32_t (&a)[1][2][4]) {
#pragma unroll
        for (int half = 0; half < 2; half++) {
#pragma unroll
            for (int p = 0; p < 4; p++)
                a[0][p / 2][p % 2 * 2 + half] =
                    unbiased<32>(with_twos<4>(nibble_pair(raw.word[half], p), raw.twos, half, p));
        }
    }
};

/// Bytes, float32 unit of a row, scales: w = unit s q.
struct X8 {
    using Term = f16;
    static constexpr bool isBFloat = false, hasMinimum = false;
    static constexpr int columns = 256, bytes = 4416, recordUnits = 1, chain = 16, terms = 1;
    struct Head {
        float unit[2];
    };
    struct Raw {
        uint4 bytes;
        uint32_t scale[2];
    };
    template <Space space> static DEVICE Head head(Bytes<space> unit, int lane) {
        return {{read<float>(unit, 4096 + 4 * (lane / 4)), read<float>(unit, 4096 + 4 * (lane / 4) + 32)}};
    }
    template <Space space> static DEVICE Raw raw(Bytes<space> unit, int group, int lane) {
        Raw raw = {read<uint4>(unit, 512 * group + 16 * lane), {}};
        read_pairs(unit, 4160, group, lane, raw.scale);
        return raw;
    }
    static DEVICE float scale(const Head &head, const Raw &raw, int part, int half) {
        return head.unit[half] * byte_float<0>(raw.scale[half], part);
    }
    static DEVICE void unpack(const Raw &raw, uint32_t (&a)[1][2][4]) {
        const uint32_t word[4] = {raw.bytes.x, raw.bytes.y, raw.bytes.z, raw.bytes.w};
#pragma unroll
        for (int half = 0; half < 2; half++) {
#pragma unroll
            for (int p = 0; p < 4; p++)
                a[0][p / 2][p % 2 * 2 + half] = unbiased<128>(byte_pair(word[2 * half + p / 2], p % 2));
        }
    }
};
