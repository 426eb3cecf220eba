// Vector operations in plain C with clang's vector types: 4 lanes of 32 bits. What each one means is said in vectors.h.
// For machines without any of the other instruction sets, and the oracle for them: it is written to be right, not fast.
enum { LANES = 4 };
typedef int32_t vi __attribute__((vector_size(16)));
typedef uint32_t vu __attribute__((vector_size(16)));
typedef int16_t vh __attribute__((vector_size(16)));
typedef uint16_t vuh __attribute__((vector_size(16)));
typedef float vf __attribute__((vector_size(16)));
typedef vi vm;

#define EACH(i) for (int i = 0; i < LANES; i++)

INLINE vi vload(const void *p) {
    vi v;
    memcpy(&v, p, sizeof v);
    return v;
}
INLINE void vstore(void *p, vi v) { memcpy(p, &v, sizeof v); }
INLINE vi vload_s8(const void *p) {
    const int8_t *x = p;
    return (vi){x[0], x[1], x[2], x[3]};
}
INLINE vi vload_u8(const void *p) {
    const uint8_t *x = p;
    return (vi){x[0], x[1], x[2], x[3]};
}
INLINE vi vload_u16(const void *p) {
    uint16_t x[4];
    memcpy(x, p, sizeof x);
    return (vi){x[0], x[1], x[2], x[3]};
}
INLINE void vstore_s16(void *p, vi v) {
    const int16_t x[4] = {(int16_t)v[0], (int16_t)v[1], (int16_t)v[2], (int16_t)v[3]};
    memcpy(p, x, sizeof x);
}
INLINE vi vset(int x) { return (vi){x, x, x, x}; }
INLINE vi vadd(vi a, vi b) { return (vi)((vu)a + (vu)b); }
INLINE vi vsub(vi a, vi b) { return (vi)((vu)a - (vu)b); }
INLINE vi vmul(vi a, vi b) { return (vi)((vu)a * (vu)b); }
INLINE vi vand(vi a, vi b) { return a & b; }
INLINE vi vor(vi a, vi b) { return a | b; }
INLINE vi vxor(vi a, vi b) { return a ^ b; }
INLINE vi vshl(vi a, int n) { return (vi)((vu)a << (unsigned)n); }
INLINE vi vshr(vi a, int n) { return (vi)((vu)a >> (unsigned)n); }
INLINE vi vsar(vi a, int n) { return a >> n; }
INLINE vi vsub16(vi a, vi b) { return (vi)((vuh)a - (vuh)b); }
INLINE vi vmul16(vi a, vi b) { return (vi)((vuh)a * (vuh)b); }
INLINE vi vshl16(vi a, int n) { return (vi)((vuh)a << (uint16_t)n); }
INLINE vi vsar16(vi a, int n) { return (vi)((vh)a >> (int16_t)n); }
INLINE vi vdot16(vi c, vi a, vi b) {
    vi low = ((vi)((vu)a << 16) >> 16) * ((vi)((vu)b << 16) >> 16);
    return (vi)((vu)c + (vu)low + (vu)((a >> 16) * (b >> 16)));
}
INLINE vi vtable(const int8_t *table) { return vload(table); }
INLINE vi vlookup(vi table, vi nibbles) {
    typedef int8_t vb __attribute__((vector_size(16)));
    vb to;
    for (int i = 0; i < 16; i++) to[i] = ((vb)table)[((vb)nibbles)[i] & 15];
    return (vi)to;
}

INLINE vf vloadf(const float *p) { return (vf)vload(p); }
INLINE void vstoref(float *p, vf v) { vstore(p, (vi)v); }
INLINE vf vsetf(float x) { return (vf){x, x, x, x}; }
INLINE vf vaddf(vf a, vf b) { return a + b; }
INLINE vf vsubf(vf a, vf b) { return a - b; }
INLINE vf vmulf(vf a, vf b) { return a * b; }
INLINE vf vdivf(vf a, vf b) { return a / b; }
INLINE vf vsqrtf(vf a) {
    EACH(i) a[i] = __builtin_sqrtf(a[i]);
    return a;
}
INLINE vf vfma(vf a, vf b, vf c) {
    EACH(i) c[i] = __builtin_fmaf(a[i], b[i], c[i]);
    return c;
}
INLINE vf vfms(vf a, vf b, vf c) { return vfma(a, b, -c); }
INLINE vf vfnma(vf a, vf b, vf c) { return vfma(-a, b, c); }
INLINE vf vroundf(vf a) {
    EACH(i) a[i] = __builtin_rintf(a[i]);
    return a;
}
INLINE vf vtofloat(vi a) { return __builtin_convertvector(a, vf); }
INLINE vi vtoint(vf a) {
    vi to;
    EACH(i) {
        float x = __builtin_rintf(a[i]);
        to[i] = x >= -2147483648.0f && x < 2147483648.0f ? (int32_t)x : INT32_MIN;
    }
    return to;
}
INLINE vi vbits(vf a) { return (vi)a; }
INLINE vf vfloat(vi a) { return (vf)a; }

INLINE vm vlessf(vf a, vf b) { return a < b; }
INLINE vm vless(vi a, vi b) { return a < b; }
INLINE vi vselect(vm m, vi yes, vi no) { return (yes & m) | (no & ~m); }
INLINE vi vmin(vi a, vi b) { return vselect(a < b, a, b); }
INLINE vi vmax(vi a, vi b) { return vselect(a > b, a, b); }
INLINE vf vselectf(vm m, vf yes, vf no) { return (vf)vselect(m, (vi)yes, (vi)no); }
INLINE vf vminf(vf a, vf b) { return vselectf(a < b, a, b); }
INLINE vf vmaxf(vf a, vf b) { return vselectf(a > b, a, b); }

INLINE vf vload_bf16(const void *p) { return (vf)vshl(vload_u16(p), 16); }
INLINE vf vload_f16(const void *p) {
    vi x = vload_u16(p), sign = vshl(x & 0x8000, 16), magnitude = x & 0x7fff;
    vf normal = (vf)(vshl(magnitude, 13) + vset(112 << 23));
    vf denormal = vtofloat(magnitude) * 0x1p-24f;
    vi special = vshl(magnitude, 13) | 0x7f800000;
    vi value = vselect(magnitude < 0x400, (vi)denormal, vselect(magnitude < 0x7c00, (vi)normal, special));
    return (vf)(value | sign);
}
INLINE void vstore_f16(void *p, vf v) {  // rounds to nearest, ties to even
    uint16_t to[LANES];
    EACH(i) {
        uint32_t x, sign, half;
        float f = v[i];
        memcpy(&x, &f, 4);
        sign = x >> 16 & 0x8000;
        x &= 0x7fffffff;
        if (x > 0x7f800000) {
            half = 0x7e00;
        } else if (x >= 0x47800000) {
            half = 0x7c00;
        } else if (x < 0x38800000) {  // below the smallest normal: let the float adder round at the last place
            float magic = __builtin_fabsf(f) + 0.5f;
            memcpy(&half, &magic, 4);
            half -= 0x3f000000;
        } else {
            half = (x + 0xfff + (x >> 13 & 1) - (112u << 23)) >> 13;
        }
        to[i] = (uint16_t)(sign | half);
    }
    memcpy(p, to, sizeof to);
}
#undef EACH
