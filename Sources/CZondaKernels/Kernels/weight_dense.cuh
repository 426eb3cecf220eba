// Plain numbers: units of 32 columns in fragment order, so that one read of 16 bytes is a lane's part of a product.
#pragma once
#include "weight_planes.cuh"

/// f16 or bf16: for each product, lane by lane, its four registers.
template <typename T, bool bfloat> struct Dense16 {
    using Term = T;
    static constexpr bool isBFloat = bfloat, hasMinimum = false;
    static constexpr int columns = 32, bytes = 1024, recordUnits = 2, chain = 0, terms = 1;
    struct Head {};
    struct Raw {
        uint4 product[2];
    };
    template <Space space> static DEVICE Head head(Bytes<space>, int) { return {}; }
    template <Space space> static DEVICE Raw raw(Bytes<space> unit, int, int lane) {
        return {{read<uint4>(unit, 16 * lane), read<uint4>(unit, 512 + 16 * lane)}};
    }
    static DEVICE void unpack(const Raw &raw, uint32_t (&a)[1][2][4]) {
#pragma unroll
        for (int m = 0; m < 2; m++) {
            a[0][m][0] = raw.product[m].x;
            a[0][m][1] = raw.product[m].y;
            a[0][m][2] = raw.product[m].z;
            a[0][m][3] = raw.product[m].w;
        }
    }
    static DEVICE float scale(const Head &, const Raw &, int, int) { return 1; }

    using File = uint16_t;
    /// Where value i of a lane's row lies, for packing.
    static DEVICE constexpr int place(int lane, int half, int i) {
        return 256 * (i / 4) + 8 * lane + 2 * (half + i % 4 / 2 * 2) + i % 2;
    }
};
using F16 = Dense16<f16, false>;
using BF16 = Dense16<bf16, true>;

/// f32 as the sum of two bf16, 16 bits of its 24: products are as good as the activations' two terms.
struct F32 {
    using Term = bf16;
    static constexpr bool isBFloat = true, hasMinimum = false;
    static constexpr int columns = 32, bytes = 2048, recordUnits = 1, chain = 0, terms = 2;
    struct Head {};
    struct Raw {
        float value[2][2][4];  // [product][half][column]
    };
    template <Space space> static DEVICE Head head(Bytes<space>, int) { return {}; }
    template <Space space> static DEVICE Raw raw(Bytes<space> unit, int, int lane) {
        Raw raw;
#pragma unroll
        for (int m = 0; m < 2; m++) {
#pragma unroll
            for (int half = 0; half < 2; half++) {
                float4 v = read<float4>(unit, 512 * (2 * m + half) + 16 * lane);
                raw.value[m][half][0] = v.x;
                raw.value[m][half][1] = v.y;
                raw.value[m][half][2] = v.z;
                raw.value[m][half][3] = v.w;
            }
        }
        return raw;
    }
    static DEVICE void unpack(const Raw &raw, uint32_t (&a)[2][2][4]) {
#pragma unroll
        for (int m = 0; m < 2; m++) {
#pragma unroll
            for (int i = 0; i < 4; i++) {
                float x = raw.value[m][i % 2][i / 2 * 2], y = raw.value[m][i % 2][i / 2 * 2 + 1];
                uint32_t high = pack_bf16(x, y);
                float2 rounded = unpack_bf16(high);
                a[0][m][i] = high;
                a[1][m][i] = pack_bf16(x - rounded.x, y - rounded.y);
            }
        }
    }
    static DEVICE float scale(const Head &, const Raw &, int, int) { return 1; }

    using File = uint32_t;
    static DEVICE constexpr int place(int lane, int half, int i) {
        return 128 * (2 * (i / 4) + half) + 4 * lane + i % 4;
    }
};
