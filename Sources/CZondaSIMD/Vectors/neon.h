// Vector operations for NEON (AArch64): 4 lanes of 32 bits. What each one means is said in vectors.h.
enum { LANES = 4 };
typedef int32x4_t vi;
typedef float32x4_t vf;
typedef uint32x4_t vm;

INLINE vi vload(const void *p) { return vreinterpretq_s32_u8(vld1q_u8(p)); }
INLINE void vstore(void *p, vi v) { vst1q_u8(p, vreinterpretq_u8_s32(v)); }
INLINE uint32_t vword(const void *p) {
    uint32_t x;
    memcpy(&x, p, 4);
    return x;
}
INLINE vi vload_s8(const void *p) { return vmovl_s16(vget_low_s16(vmovl_s8(vcreate_s8(vword(p))))); }
INLINE vi vload_u8(const void *p) {
    return vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(vmovl_u8(vcreate_u8(vword(p))))));
}
INLINE vi vload_u16(const void *p) { return vreinterpretq_s32_u32(vmovl_u16(vreinterpret_u16_u8(vld1_u8(p)))); }
INLINE void vstore_s16(void *p, vi v) { vst1_u8(p, vreinterpret_u8_s16(vmovn_s32(v))); }
INLINE vi vset(int x) { return vdupq_n_s32(x); }
INLINE vi vadd(vi a, vi b) { return vaddq_s32(a, b); }
INLINE vi vsub(vi a, vi b) { return vsubq_s32(a, b); }
INLINE vi vmul(vi a, vi b) { return vmulq_s32(a, b); }
INLINE vi vmin(vi a, vi b) { return vminq_s32(a, b); }
INLINE vi vmax(vi a, vi b) { return vmaxq_s32(a, b); }
INLINE vi vand(vi a, vi b) { return vandq_s32(a, b); }
INLINE vi vor(vi a, vi b) { return vorrq_s32(a, b); }
INLINE vi vxor(vi a, vi b) { return veorq_s32(a, b); }
INLINE vi vshl(vi a, int n) { return vshlq_s32(a, vdupq_n_s32(n)); }
INLINE vi vshr(vi a, int n) {
    return vreinterpretq_s32_u32(vshlq_u32(vreinterpretq_u32_s32(a), vdupq_n_s32(-n)));
}
INLINE vi vsar(vi a, int n) { return vshlq_s32(a, vdupq_n_s32(-n)); }
INLINE int16x8_t vhalves(vi a) { return vreinterpretq_s16_s32(a); }
INLINE vi vsub16(vi a, vi b) { return vreinterpretq_s32_s16(vsubq_s16(vhalves(a), vhalves(b))); }
INLINE vi vmul16(vi a, vi b) { return vreinterpretq_s32_s16(vmulq_s16(vhalves(a), vhalves(b))); }
INLINE vi vshl16(vi a, int n) { return vreinterpretq_s32_s16(vshlq_s16(vhalves(a), vdupq_n_s16((int16_t)n))); }
INLINE vi vsar16(vi a, int n) { return vreinterpretq_s32_s16(vshlq_s16(vhalves(a), vdupq_n_s16((int16_t)-n))); }
INLINE vi vdot16(vi c, vi a, vi b) {
    int32x4_t low = vmull_s16(vget_low_s16(vhalves(a)), vget_low_s16(vhalves(b)));
    return vaddq_s32(c, vpaddq_s32(low, vmull_high_s16(vhalves(a), vhalves(b))));
}
INLINE vi vtable(const int8_t *table) { return vreinterpretq_s32_s8(vld1q_s8(table)); }
INLINE vi vlookup(vi table, vi nibbles) {
    return vreinterpretq_s32_s8(vqtbl1q_s8(vreinterpretq_s8_s32(table), vreinterpretq_u8_s32(nibbles)));
}

INLINE vf vloadf(const float *p) { return vld1q_f32(p); }
INLINE void vstoref(float *p, vf v) { vst1q_f32(p, v); }
INLINE vf vload_f16(const void *p) { return vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(p))); }
INLINE void vstore_f16(void *p, vf v) { vst1_u8(p, vreinterpret_u8_f16(vcvt_f16_f32(v))); }
INLINE vf vload_bf16(const void *p) { return vreinterpretq_f32_s32(vshl(vload_u16(p), 16)); }
INLINE vf vsetf(float x) { return vdupq_n_f32(x); }
INLINE vf vaddf(vf a, vf b) { return vaddq_f32(a, b); }
INLINE vf vsubf(vf a, vf b) { return vsubq_f32(a, b); }
INLINE vf vmulf(vf a, vf b) { return vmulq_f32(a, b); }
INLINE vf vdivf(vf a, vf b) { return vdivq_f32(a, b); }
INLINE vf vsqrtf(vf a) { return vsqrtq_f32(a); }
INLINE vf vfma(vf a, vf b, vf c) { return vfmaq_f32(c, a, b); }
INLINE vf vfms(vf a, vf b, vf c) { return vfmaq_f32(vnegq_f32(c), a, b); }
INLINE vf vfnma(vf a, vf b, vf c) { return vfmsq_f32(c, a, b); }
INLINE vf vminf(vf a, vf b) { return vbslq_f32(vcltq_f32(a, b), a, b); }
INLINE vf vmaxf(vf a, vf b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }
INLINE vf vroundf(vf a) { return vrndnq_f32(a); }
INLINE vf vtofloat(vi a) { return vcvtq_f32_s32(a); }
INLINE vi vtoint(vf a) { return vcvtnq_s32_f32(a); }
INLINE vi vbits(vf a) { return vreinterpretq_s32_f32(a); }
INLINE vf vfloat(vi a) { return vreinterpretq_f32_s32(a); }

INLINE vm vlessf(vf a, vf b) { return vcltq_f32(a, b); }
INLINE vm vless(vi a, vi b) { return vcltq_s32(a, b); }
INLINE vf vselectf(vm m, vf yes, vf no) { return vbslq_f32(m, yes, no); }
INLINE vi vselect(vm m, vi yes, vi no) { return vbslq_s32(m, yes, no); }
