// Products of one unit of a weight with tiles of eight rows of activations, in the registers of one warp.
//
// c[tile] is the fragment of a product: rows of the weight g and g + 8, rows of activations 2t and 2t + 1 of the tile.
// Every sum has a fixed order that does not depend on how many tiles there are.
#pragma once
#include "prepared_rows.cuh"
#include "weights.cuh"

/// A product's rows one after the other: row i is the i-th that was prepared.
struct EveryRow {
    DEVICE int operator()(int row) const { return row; }
    DEVICE int own(int row) const { return row; }
};

/// Prepared rows, in shared or global memory, as the second operand of products. (linear_many has another kind.) A Map
/// tells which of them is row i of the product: `own` for the row of a lane's fragment, the other for any.
template <Space space, typename Map = EveryRow> struct RowSource {
    View<const uint16_t, space> values;
    View<const float, space> sums;
    int64_t planeStride;
    int stride, sumStride;
    int rows;  // those beyond count as zeros
    Map map;

    /// The 32 columns from `column` of row g of a tile: for both products, b[0...1] and b[2...3].
    DEVICE uint4 fragment(int term, int tile, int column, int lane) const {
        const int row = tile * 8 + lane / 4;
        if (row >= rows) return make_uint4(0, 0, 0, 0);
        const int64_t at = term * planeStride + map.own(row) * int64_t(stride) + column + 8 * (lane % 4);
        return as<const uint4>(values + at)[0];
    }
    /// Sums of 16 columns from `column` on, `count` (2 or 4) of them.
    DEVICE float2 two_sums(int row, int column) const {
        const int at = map(row);  // of the whole warp: before any lane returns
        if (row >= rows) return make_float2(0, 0);
        return as<const float2>(sums + (at * int64_t(sumStride) + column / 16))[0];
    }
    DEVICE float4 four_sums(int row, int column) const {
        const int at = map(row);  // of the whole warp: before any lane returns
        if (row >= rows) return make_float4(0, 0, 0, 0);
        return as<const float4>(sums + (at * int64_t(sumStride) + column / 16))[0];
    }
};

template <typename W> DEVICE void multiply(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
    const uint32_t b[2] = {b0, b1};
    if constexpr (W::isBFloat) mma_bf16(c, a, b);
    else mma_f16(c, a, b);
}

/// sum += factor of the row * c
DEVICE void add_scaled(float (&sum)[4], const float (&c)[4], float first, float second) {
    sum[0] = fma_rn(first, c[0], sum[0]);
    sum[1] = fma_rn(first, c[1], sum[1]);
    sum[2] = fma_rn(second, c[2], sum[2]);
    sum[3] = fma_rn(second, c[3], sum[3]);
}

/// 32 columns: into `chain` where one run of products is longer than that, else scaled into `sum`.
template <typename W, int tiles, int terms, Space unitSpace, typename Rows>
DEVICE void multiply_group(
    Bytes<unitSpace> unit, const typename W::Raw &raw, const typename W::Head &head, int group,
    const Rows &rows, int column, int lane, float (&chain)[tiles][4], float (&sum)[tiles][4]) {
    uint32_t a[W::terms][2][4];
    W::unpack(raw, a);
#pragma unroll
    for (int tile = 0; tile < tiles; tile++) {
        uint4 b[terms];
#pragma unroll
        for (int term = 0; term < terms; term++) b[term] = rows.fragment(term, tile, column, lane);
        if constexpr (W::chain == 0 || W::chain == 256) {
#pragma unroll
            for (int term = 0; term < terms; term++) {
                multiply<W>(chain[tile], a[0][0], b[term].x, b[term].y);
                multiply<W>(chain[tile], a[0][1], b[term].z, b[term].w);
            }
            if constexpr (W::terms == 2) {
                multiply<W>(chain[tile], a[1][0], b[0].x, b[0].y);
                multiply<W>(chain[tile], a[1][1], b[0].z, b[0].w);
            }
        } else {
            float c[4] = {};
            multiply<W>(c, a[0][0], b[0].x, b[0].y);
            if constexpr (W::chain == 16) {
                add_scaled(sum[tile], c, W::scale(head, raw, 0, 0), W::scale(head, raw, 0, 1));
                c[0] = c[1] = c[2] = c[3] = 0;
            }
            multiply<W>(c, a[0][1], b[0].z, b[0].w);
            add_scaled(sum[tile], c, W::scale(head, raw, 1, 0), W::scale(head, raw, 1, 1));
            if constexpr (W::hasMinimum) {
                const float first = W::offset(unit, head, lane, group, 0, 0);
                const float second = W::offset(unit, head, lane, group, 0, 1);
                float2 even = rows.two_sums(tile * 8 + lane % 4 * 2, column);
                float2 odd = rows.two_sums(tile * 8 + lane % 4 * 2 + 1, column);
                const float s[4] = {even.x + even.y, odd.x + odd.y, even.x + even.y, odd.x + odd.y};
                add_scaled(sum[tile], s, first, second);
            }
        }
    }
}

/// The end of a superblock: its factor, and its minima as a product with the sums of activations, whose two f16 terms
/// hold 22 bits.
template <typename W, int tiles, Space unitSpace, typename Rows>
DEVICE void end_superblock(
    Bytes<unitSpace> unit, const typename W::Head &head, const Rows &rows, int column, int lane,
    float (&chain)[tiles][4], float (&sum)[tiles][4]) {
    uint32_t a[4];
    if constexpr (W::hasMinimum) W::minimum_fragment(unit, lane, a);
#pragma unroll
    for (int tile = 0; tile < tiles; tile++) {
        add_scaled(sum[tile], chain[tile], head.d[0], head.d[1]);
        chain[tile][0] = chain[tile][1] = chain[tile][2] = chain[tile][3] = 0;
        if constexpr (W::hasMinimum) {
            const int row = tile * 8 + lane / 4, t = lane % 4;
            float2 s[2];  // of the groups that k = 2t, 2t + 1 and 2t + 8, 2t + 9 stand for
            if constexpr (W::minimumColumns == 32) {
                float4 four = rows.four_sums(row, column + 64 * t);
                s[0] = make_float2(four.x + four.y, four.z + four.w);
            } else {
                s[0] = rows.two_sums(row, column + 32 * t);
                s[1] = rows.two_sums(row, column + 32 * t + 128);
            }
            uint32_t high[2], low[2];
#pragma unroll
            for (int i = 0; i < (W::minimumColumns == 32 ? 1 : 2); i++) {
                high[i] = pack_f16(s[i].x, s[i].y);
                float2 rounded = unpack_f16(high[i]);
                low[i] = pack_f16(s[i].x - rounded.x, s[i].y - rounded.y);
            }
            float c[4] = {};
            if constexpr (W::minimumColumns == 32) {
                multiply<W>(c, a, high[0], low[0]);
            } else {
                multiply<W>(c, a, high[0], high[1]);
                multiply<W>(c, a, low[0], low[1]);
            }
            add_scaled(sum[tile], c, -head.dmin[0], -head.dmin[1]);
        }
    }
}

/// A whole unit.
template <typename W, int tiles, int terms, Space unitSpace, typename Rows>
DEVICE void multiply_unit(
    Bytes<unitSpace> unit, const Rows &rows, int column, int lane, float (&sum)[tiles][4]) {
    typename W::Head head = W::head(unit, lane);
    if constexpr (W::chain == 256) {
        float chain[tiles][4] = {};
#pragma unroll (tiles > 2 ? 1 : 4)
        for (int group = 0; group < 8; group++)
            multiply_group<W, tiles, terms>(
                unit, W::raw(unit, group, lane), head, group, rows, column + 32 * group, lane, chain, sum);
        end_superblock<W, tiles>(unit, head, rows, column, lane, chain, sum);
    } else {
#pragma unroll (tiles > 2 ? 1 : 4)
        for (int group = 0; group < W::columns / 32; group++)
            multiply_group<W, tiles, terms>(
                unit, W::raw(unit, group, lane), head, group, rows, column + 32 * group, lane, sum, sum);
    }
}
