// 4-bit codes of uneven levels: IQ4_NL and IQ4_XS, and the E2M1 floats of MXFP4 and NVFP4. Levels are small integers,
// looked up four at a time by byte permutations.
#pragma once
#include "weight_planes.cuh"

/// The levels plus 128. GGML's `kvalues_iq4nl`.
struct UnevenLevels {
    static DEVICE uint32_t look(uint32_t codes) {
        const uint32_t table[4] = {0x3F2D1801u, 0x766A5D4Fu, 0xA6998D81u, 0xF1D9C5B5u};
        return look_up(table, codes);
    }
};
/// Twice 0, ½, 1, 1½, 2, 3, 4, 6 and their negatives, plus 128 (OCP Microscaling Formats 1.0).
struct E2M1Levels {
    static DEVICE uint32_t look(uint32_t codes) {
        const uint32_t table[4] = {0x83828180u, 0x8C888684u, 0x7D7E7F80u, 0x74787A7Cu};
        return look_up(table, codes);
    }
};

template <typename Levels> struct LevelFields {
    using Term = f16;
    static constexpr bool isBFloat = false, hasMinimum = false;
    static constexpr int terms = 1;
    struct Fields {
        uint32_t word[2];
    };
    using Raw = Fields;
    template <Space space> static DEVICE Fields raw(Bytes<space> unit, int group, int lane) {
        uint2 v = read<uint2>(unit, 256 * group + 8 * lane);
        return {{v.x, v.y}};
    }
    static DEVICE void unpack(const Fields &raw, uint32_t (&a)[1][2][4]) {
#pragma unroll
        for (int half = 0; half < 2; half++) {
            const uint32_t levels[2] = {Levels::look(raw.word[half]), Levels::look(raw.word[half] >> 16)};
#pragma unroll
            for (int p = 0; p < 4; p++)
                a[0][p / 2][p % 2 * 2 + half] = unbiased<128>(byte_pair(levels[p / 2], p % 2));
        }
    }
};

/// Levels, d as f16.
struct IQ4_NL : LevelFields<UnevenLevels> {
    static constexpr int columns = 32, bytes = 288, recordUnits = 8, chain = 32;
    struct Head {
        float scale[2];
    };
    template <Space space> static DEVICE Head head(Bytes<space> unit, int lane) {
        f16 first = read<f16>(unit, 256 + 2 * (lane / 4)), second = read<f16>(unit, 272 + 2 * (lane / 4));
        return {{to_float(first), to_float(second)}};
    }
    static DEVICE float scale(const Head &head, const Raw &, int, int half) { return head.scale[half]; }
};

/// Levels, the exponent of a power of two; levels are doubled, so half of it.
struct MXFP4 : LevelFields<E2M1Levels> {
    static constexpr int columns = 32, bytes = 272, recordUnits = 8, chain = 32;
    struct Head {
        float scale[2];
    };
    static DEVICE float half_power(uint32_t exponent) {
        return float_of_bits(exponent < 2 ? 0x00200000u << exponent : (exponent - 1) << 23);
    }
    template <Space space> static DEVICE Head head(Bytes<space> unit, int lane) {
        uint8_t first = unit[256 + lane / 4], second = unit[264 + lane / 4];
        return {{half_power(first), half_power(second)}};
    }
    static DEVICE float scale(const Head &head, const Raw &, int, int half) { return head.scale[half]; }
};

/// Levels, [16 rows][2] E4M3 scales without sign.
struct NVFP4 : LevelFields<E2M1Levels> {
    static constexpr int columns = 32, bytes = 288, recordUnits = 8, chain = 16;
    struct Head {
        float scale[2][2];  // [half][part]
    };
    /// Half of an E4M3 float whose sign is ignored; its NaN counts as 0.
    static DEVICE float half_scale(uint32_t byte) {
        uint32_t exponent = byte >> 3 & 15;
        float mantissa = float(int(byte & 7));
        if (byte == 0x7F) return 0;
        return exponent == 0 ? mantissa * (1.0f / 1024) : (1 + mantissa / 8) * float_of_bits((exponent + 119) << 23);
    }
    template <Space space> static DEVICE Head head(Bytes<space> unit, int lane) {
        uint16_t first = read<uint16_t>(unit, 256 + 2 * (lane / 4)), second = read<uint16_t>(unit, 272 + 2 * (lane / 4));
        return {{{half_scale(first & 255), half_scale(first >> 8)}, {half_scale(second & 255), half_scale(second >> 8)}}};
    }
    static DEVICE float scale(const Head &head, const Raw &, int part, int half) { return head.scale[half][part]; }
};

/// Levels, d as f16, [16 rows][8] scales + 32.
struct IQ4_XS : LevelFields<UnevenLevels> {
    static constexpr int columns = 256, bytes = 2208, recordUnits = 1, chain = 32;
    struct Head {
        float d[2];
    };
    struct Raw : LevelFields::Fields {
        uint32_t scale[2];
    };
    template <Space space> static DEVICE Head head(Bytes<space> unit, int lane) {
        f16 first = read<f16>(unit, 2048 + 2 * (lane / 4)), second = read<f16>(unit, 2064 + 2 * (lane / 4));
        return {{to_float(first), to_float(second)}};
    }
    template <Space space> static DEVICE Raw raw(Bytes<space> unit, int group, int lane) {
        uint8_t first = unit[2080 + 8 * (lane / 4) + group], second = unit[2144 + 8 * (lane / 4) + group];
        return {LevelFields::raw(unit, group, lane), {first, second}};
    }
    static DEVICE float scale(const Head &head, const Raw &raw, int, int half) {
        return head.d[half] * byte_float<32>(raw.scale[half], 0);
    }
};
