// Reading packed fields: lanes h * LANES to (h + 1) * LANES of a tile. `t` is a constant wherever these are inlined.
enum { HALVES = TILE / LANES };

static const int8_t iq4_table[16] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
static const int8_t fp4_table[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};  // twice E2M1's values

INLINE vi dwords(const uint8_t *vector, int h) { return vload(vector + 4 * LANES * h); }
INLINE vi moved(vi x, int left) { return left > 0 ? vshl(x, left) : left < 0 ? vshr(x, -left) : x; }

/// Field f of sixes.
INLINE vi six(const uint8_t *sixes, int f, int h) {
    vi low = vand(vshr(dwords(sixes + 64 * (f / 8), h), 4 * (f % 8)), vset(15));
    return vor(low, vshl(vand(vshr(dwords(sixes + 128, h), 2 * f), vset(3)), 4));
}

/// Bytes before the integers of a group.
INLINE int group_head(Layout t) {
    switch (t) {
    case L_Q4_0: case L_Q5_0: case L_Q8_0: case L_IQ4_NL: case L_NVFP4: return 32;
    case L_Q4_1: case L_Q5_1: return 64;
    case L_MXFP4: return 16;
    default: return 0;
    }
}

/// Bits by which `raised_pair` is above the stored integers of pair p: where they lie in their dword, or 0.
INLINE int pair_raise(Layout t, int p) {
    switch (t) {
    case L_Q4_0: case L_Q4_1: case L_Q4_K: return p % 2 ? 4 : 0;
    case L_Q5_0: case L_Q5_1: case L_Q5_K: return p < 15 && p % 3 == 1 ? 5 : 0;
    case L_Q6_K: return p < 12 && p % 2 ? 6 : 0;
    default: return 0;
    }
}

/// Pair p of quintets, times 2^pair_raise.
INLINE vi quintet(const uint8_t *at, int p, int h) {
    if (p < 15) {
        vi x = dwords(at + 64 * (p / 3), h);
        return p % 3 == 1 ? vand(x, vset(0x03e003e0)) : vand(moved(x, -5 * (p % 3)), vset(0x001f001f));
    }
    vi x = vset(0);
    UNROLL for (int v = 0; v < 5; v++) x = vor(x, vand(moved(dwords(at + 64 * v, h), v - 15), vset(0x00010001 << v)));
    return x;
}

/// Pair p of sextets, times 2^pair_raise.
INLINE vi sextet(const uint8_t *at, int p, int h) {
    if (p < 12) return vand(dwords(at + 64 * (p / 2), h), vset(p % 2 ? 0x0fc00fc0 : 0x003f003f));
    vi low = vand(vshr(dwords(at + 64 * (p - 12), h), 12), vset(0x000f000f));
    return vor(low, vand(vshr(dwords(at + 64 * (p < 14 ? 4 : 5), h), p % 2 ? 10 : 8), vset(0x00300030)));
}

/// The stored integers of pair p (columns 2p and 2p + 1) of a group, times 2^pair_raise, as int16.
INLINE vi raised_pair(Layout t, const uint8_t *group, int p, int h) {
    const uint8_t *at = group + group_head(t);
    if (t == L_Q5_0 || t == L_Q5_1 || t == L_Q5_K) return quintet(at, p, h);
    if (t == L_Q6_K) return sextet(at, p, h);
    if (t == L_Q8_0 || t == L_X8) {
        vi x = dwords(at + 64 * (p / 2), h);
        return vsar16(p % 2 ? x : vshl16(x, 8), 8);
    }
    if (t == L_Q2_K || t == L_Q3_K) {
        vi x = vand(moved(dwords(at + 64 * (p / 8), h), -2 * (p % 8)), vset(0x00030003));
        return t == L_Q2_K ? x : vor(x, vand(moved(dwords(at + TWOS, h), 2 - p), vset(0x00040004)));
    }
    vi x = dwords(at + 64 * (p / 4), h);
    if (t == L_IQ4_NL || t == L_IQ4_XS || t == L_MXFP4 || t == L_NVFP4) {
        // Bytes of x, after a shift by 4 (p % 2), hold columns of pair p % 2 below and of pair p % 2 + 2 above.
        vi table = vtable(t == L_IQ4_NL || t == L_IQ4_XS ? iq4_table : fp4_table);
        x = vlookup(table, vand(moved(x, -4 * (p % 2)), vset(0x0f0f0f0f)));
        return vsar16(p % 4 < 2 ? vshl16(x, 8) : x, 8);
    }
    return vand(moved(x, -8 * (p % 4 / 2)), vset(p % 2 ? 0x00f000f0 : 0x000f000f));
}

/// The stored integers of pair p of a group, as int16.
INLINE vi pair_of(Layout t, const uint8_t *group, int p, int h) {
    return moved(raised_pair(t, group, p, h), -pair_raise(t, p));
}

/// Integer scale i of a block, one for each `scale_columns`.
INLINE vi integer_scale(Layout t, const uint8_t *block, int i, int h) {
    switch (t) {
    case L_Q2_K: return vand(vload_u8(block + 64 + 16 * i + LANES * h), vset(15));
    case L_Q3_K: return vsub(six(block + 32, i, h), vset(32));
    case L_Q4_K: case L_Q5_K: return six(block + 64, i, h);
    case L_Q6_K: return vload_s8(block + 32 + 16 * i + LANES * h);
    case L_X8: return vload_s8(block + 64 + 16 * i + LANES * h);
    case L_IQ4_XS: {
        vi low = vand(vshr(dwords(block + 32, h), 4 * i), vset(15));
        vi high = vand(vshr(vload_u16(block + 96 + 2 * LANES * h), 2 * i), vset(3));
        return vsub(vor(low, vshl(high, 4)), vset(32));
    }
    default: return vset(1);
    }
}

/// The float scale of the block (types with a head), or of chain `half` of a group.
INLINE vf float_scale(Layout t, const uint8_t *at, int half, int h) {
    if (t == L_X8) return vloadf((const float *)at + LANES * h);
    if (t == L_MXFP4) {  // half of 2^(e - 127), which is denormal for e < 2
        vi e = vload_u8(at + LANES * h), normal = vshl(vsub(e, vset(1)), 23);
        vi small = vselect(vless(e, vset(1)), vset(0x00200000), vset(0x00400000));
        return vfloat(vselect(vless(e, vset(2)), small, normal));
    }
    if (t == L_NVFP4) {  // half of an unsigned E4M3, put into a float's fields and scaled; 127 stands for 0
        vi e = vload_u8(at + 16 * half + LANES * h), none = vxor(e, vset(127));
        e = vselect(vless(none, vset(1)), vset(0), vand(e, vset(127)));
        return vmulf(vfloat(vshl(e, 20)), vsetf(0x1p119f));
    }
    return vload_f16(at + 2 * LANES * h);
}

/// Offset i, one for each `offset_columns` of a group (Q4_1, Q5_1: the group's own) or of a block.
INLINE vf offset_of(Layout t, const uint8_t *block, const uint8_t *group, int i, int h) {
    if (!has_head(t)) return vload_f16(group + 32 + 2 * LANES * h);
    vf least = vload_f16(block + 32 + 2 * LANES * h);
    if (t == L_Q2_K) return vmulf(vtofloat(vshr(vload_u8(block + 64 + 16 * i + LANES * h), 4)), vsubf(vzerof(), least));
    vf shifted = vmulf(vload_f16(block + 2 * LANES * h), vsetf((float)stored_bias(t)));  // exact: a power of two
    return vfms(shifted, vtofloat(six(block + 64, i, h)), vmulf(least, vtofloat(six(block + 64, i + 8, h))));
}
