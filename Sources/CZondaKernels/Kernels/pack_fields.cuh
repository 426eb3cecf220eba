// Writing a lane's fields of 32 columns: the inverse of each layout's `raw`.
#pragma once
#include "weights.cuh"

/// How a layout's fields are spread over planes.
enum class Fields { nibbles, levels, quintets, sextets, twos, triples, bytes };

template <typename W> struct FieldsOf;
template <> struct FieldsOf<Q4_0> { static constexpr Fields kind = Fields::nibbles; };
template <> struct FieldsOf<Q4_1> { static constexpr Fields kind = Fields::nibbles; };
template <> struct FieldsOf<Q4_K> { static constexpr Fields kind = Fields::nibbles; };
template <> struct FieldsOf<Q5_0> { static constexpr Fields kind = Fields::quintets; };
template <> struct FieldsOf<Q5_1> { static constexpr Fields kind = Fields::quintets; };
template <> struct FieldsOf<Q5_K> { static constexpr Fields kind = Fields::quintets; };
template <> struct FieldsOf<Q6_K> { static constexpr Fields kind = Fields::sextets; };
template <> struct FieldsOf<Q2_K> { static constexpr Fields kind = Fields::twos; };
template <> struct FieldsOf<Q3_K> { static constexpr Fields kind = Fields::triples; };
template <> struct FieldsOf<Q8_0> { static constexpr Fields kind = Fields::bytes; };
template <> struct FieldsOf<X8> { static constexpr Fields kind = Fields::bytes; };
template <> struct FieldsOf<IQ4_NL> { static constexpr Fields kind = Fields::levels; };
template <> struct FieldsOf<IQ4_XS> { static constexpr Fields kind = Fields::levels; };
template <> struct FieldsOf<MXFP4> { static constexpr Fields kind = Fields::levels; };
template <> struct FieldsOf<NVFP4> { static constexpr Fields kind = Fields::levels; };

/// `field[half][i]`: column `column_of(t, i)` of the group, of rows g and g + 8.
template <typename W>
DEVICE void write_fields(Global<uint8_t> unit, int group, int lane, const uint32_t (&field)[2][8]) {
    constexpr Fields kind = FieldsOf<W>::kind;
    constexpr int groups = W::columns / 32;
    constexpr bool hasNibbles = kind == Fields::nibbles || kind == Fields::quintets || kind == Fields::sextets;
    constexpr bool hasTwos = kind == Fields::sextets || kind == Fields::twos || kind == Fields::triples;
    constexpr bool hasOnes = kind == Fields::quintets || kind == Fields::triples;
    constexpr int twosAt = hasNibbles ? 256 * groups : 0;
    constexpr int onesAt = hasNibbles ? 256 * groups : 128 * groups;
    uint32_t nibbles[2] = {}, levels[2] = {}, bytes[2][2] = {}, twos = 0, ones = 0;
#pragma unroll
    for (int half = 0; half < 2; half++) {
#pragma unroll
        for (int i = 0; i < 8; i++) {
            uint32_t v = field[half][i];
            int p = i / 2, odd = i % 2, j = p + 4 * half;
            nibbles[half] |= (v & 15) << (4 * p + 16 * odd);
            levels[half] |= (v & 15) << (4 * i);
            bytes[half][i / 4] |= (v & 255) << (8 * (i % 4));
            twos |= (v >> (kind == Fields::sextets ? 4 : 0) & 3) << (2 * j + 16 * odd);
            ones |= (v >> (kind == Fields::quintets ? 4 : 2) & 1) << (j + 8 * odd);
        }
    }
    if (kind == Fields::bytes)
        as<uint4>(unit + 512 * group)[lane] = make_uint4(bytes[0][0], bytes[0][1], bytes[1][0], bytes[1][1]);
    if (kind == Fields::levels) as<uint2>(unit + 256 * group)[lane] = make_uint2(levels[0], levels[1]);
    if (hasNibbles) as<uint2>(unit + 256 * group)[lane] = make_uint2(nibbles[0], nibbles[1]);
    if (hasTwos) as<uint32_t>(unit + twosAt + 128 * group)[lane] = twos;
    if (hasOnes) as<uint16_t>(unit + onesAt + 64 * group)[lane] = uint16_t(ones);
}
