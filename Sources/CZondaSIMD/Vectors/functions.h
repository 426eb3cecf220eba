// exp, tanh and the normal distribution on vectors, and sums in one fixed order on every instruction set.
//
// Each is a polynomial in operations that are rounded as IEEE 754 says, so every lane, every width and every instruction
// set gives the same bits. Tails of a row go through the same text: loaded with padding, never libm. Errors were measured
// against double precision (Tests/ZondaCPUTests/ActivationTests.swift holds them to it).

/// e^x to 1 unit in the last place; 0 below -103.98, inf above 88.73, NaN for NaN; denormal results are rounded once more.
INLINE vf vexp(vf x) {
    // The constant comes first: the second operand is what a comparison with NaN selects.
    x = vminf(vsetf(89), vmaxf(vsetf(-105), x));
    vf n = vroundf(vmulf(x, vsetf(0x1.715476p+0f)));
    vf r = vfnma(n, vsetf(0x1.62e4p-1f), x);  // ln 2 in two parts; the first has 15 bits, so n times it is exact
    r = vfnma(n, vsetf(0x1.7f7d1cp-20f), r);
    // (e^r - 1 - r) / r² on ±ln 2 / 2, minimax, error 3e-9 of e^r.
    vf p = vfma(vsetf(1.381431823e-03f), r, vsetf(8.368851617e-03f));
    p = vfma(p, r, vsetf(4.166840017e-02f));
    p = vfma(p, r, vsetf(1.666651964e-01f));
    p = vfma(p, r, vsetf(4.999999404e-01f));
    p = vaddf(vfma(vmulf(r, r), p, r), vsetf(1));
    // 2^n in two factors: n reaches from -151 to 128.
    vi k = vtoint(n), half = vsar(k, 1);
    vf low = vfloat(vshl(vadd(half, vset(127)), 23)), high = vfloat(vshl(vadd(vsub(k, half), vset(127)), 23));
    return vmulf(vmulf(p, low), high);
}

/// 1 / (1 + e^-x).
INLINE vf vsigmoid(vf x) { return vdivf(vsetf(1), vaddf(vsetf(1), vexp(vsubf(vzerof(), x)))); }

/// tanh x to 2 units in the last place.
INLINE vf vtanh(vf x) {
    vf a = vabsf(x), z = vmulf(x, x);
    vf p = vfma(vsetf(-5.660780240e-03f), z, vsetf(2.060199901e-02f));
    p = vfma(p, z, vsetf(-5.372922868e-02f));
    p = vfma(p, z, vsetf(1.333132833e-01f));
    p = vfma(p, z, vsetf(-3.333327770e-01f));
    vf small = vfma(vmulf(p, z), x, x);
    vf large = vsubf(vsetf(1), vdivf(vsetf(2), vaddf(vexp(vaddf(a, a)), vsetf(1))));
    vi sign = vand(vbits(x), vset((int)0x80000000u));
    return vselectf(vlessf(a, vsetf(0.625f)), small, vfloat(vor(vbits(large), sign)));
}

/// The normal distribution function, erfc(-x / √2) / 2, to 4 units in the last place where it is a normal number.
/// erfc(a) = e^(-a²) t P(t), t = 1 / (1 + a / 2); P is minimax on a in 0...10, error 3.4e-9.
INLINE vf vnormal(vf x) {
    vf a = vmulf(vabsf(x), vsetf(0x1.6a09e6p-1f));
    vf t = vdivf(vsetf(1), vfma(a, vsetf(0.5f), vsetf(1)));
    vf p = vfma(vsetf(3.537587076e-02f), t, vsetf(-1.887086481e-01f));
    p = vfma(p, t, vsetf(3.753639758e-01f));
    p = vfma(p, t, vsetf(-2.805057168e-01f));
    p = vfma(p, t, vsetf(-3.063649125e-02f));
    p = vfma(p, t, vsetf(4.090114310e-02f));
    p = vfma(p, t, vsetf(5.254596099e-02f));
    p = vfma(p, t, vsetf(1.862479597e-01f));
    p = vfma(p, t, vsetf(2.450639606e-01f));
    p = vfma(p, t, vsetf(2.822639346e-01f));
    p = vfma(p, t, vsetf(2.820880115e-01f));
    // a² = x² / 2, rounded: what rounding lost is put back, or it would cost a² / 2 units.
    vf square = vmulf(x, x), lost = vfms(x, x, square);
    vf e = vexp(vmulf(square, vsetf(-0.5f)));
    e = vfma(e, vmulf(lost, vsetf(-0.5f)), e);
    vf tail = vmulf(vmulf(e, vsetf(0.5f)), vmulf(t, p));
    // Beyond any tail; also keeps an infinite x from making inf - inf of `lost`.
    tail = vselectf(vlessf(vsetf(15), vabsf(x)), vzerof(), tail);
    return vselectf(vlessf(x, vzerof()), tail, vsubf(vsetf(1), tail));
}

// ---- Sums of a row: PART partial sums, element i in partial sum i mod PART, then halves are added until one is left.
// This does not depend on LANES, so neither do the bits.
enum { PART = 32, PART_VECTORS = PART / LANES };

typedef struct vwide {
    vf part[PART_VECTORS];
} vwide;

/// The PART values from `x`, or the `count` that are left of them, the rest being `padding`.
INLINE vwide vload_wide(const float *x, int count, float padding) {
    vwide to;
    float padded[PART];
    if (count < PART) {
        for (int i = 0; i < PART; i++) padded[i] = i < count ? x[i] : padding;
        x = padded;
    }
    UNROLL for (int v = 0; v < PART_VECTORS; v++) to.part[v] = vloadf(x + v * LANES);
    return to;
}

INLINE void vstore_wide(float *x, int count, vwide from) {
    float padded[PART];
    float *to = count < PART ? padded : x;
    UNROLL for (int v = 0; v < PART_VECTORS; v++) vstoref(to + v * LANES, from.part[v]);
    if (count < PART) memcpy(x, padded, sizeof(float) * (size_t)count);
}

INLINE vwide vwide_set(float x) {
    vwide to;
    UNROLL for (int v = 0; v < PART_VECTORS; v++) to.part[v] = vsetf(x);
    return to;
}

INLINE float vwide_sum(vwide a) {
    UNROLL for (int n = PART_VECTORS / 2; n > 0; n /= 2)
        UNROLL for (int v = 0; v < n; v++) a.part[v] = vaddf(a.part[v], a.part[v + n]);
    return vsumf(a.part[0]);
}

/// The largest value; NaN may or may not win.
INLINE float vwide_max(vwide a) {
    UNROLL for (int n = PART_VECTORS / 2; n > 0; n /= 2)
        UNROLL for (int v = 0; v < n; v++) a.part[v] = vmaxf(a.part[v], a.part[v + n]);
    float x[LANES];
    vstoref(x, a.part[0]);
    for (int n = LANES / 2; n > 0; n /= 2)
        for (int i = 0; i < n; i++) x[i] = x[i] > x[i + n] ? x[i] : x[i + n];
    return x[0];
}

/// `body` for each vector of each PART part of a row: `v` is the vector, `at` the part's first element, `count` how many
/// elements it has.
#define EACH_VECTOR UNROLL for (int v = 0; v < PART_VECTORS; v++)
#define EACH_PART(columns) \
    for (int at = 0, count; at < (columns) && (count = (columns) - at < PART ? (columns) - at : PART); at += PART)
