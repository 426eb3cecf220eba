// Vector operations for AVX-512 (F, BW, VL, DQ, VNNI, BF16): 16 lanes of 32 bits. What each one means is said in vectors.h.
enum { LANES = 16 };
typedef __m512i vi;
typedef __m512 vf;
typedef __mmask16 vm;

INLINE vi vload(const void *p) { return _mm512_loadu_si512(p); }
INLINE void vstore(void *p, vi v) { _mm512_storeu_si512(p, v); }
INLINE vi vload_s8(const void *p) { return _mm512_cvtepi8_epi32(_mm_loadu_si128(p)); }
INLINE vi vload_u8(const void *p) { return _mm512_cvtepu8_epi32(_mm_loadu_si128(p)); }
INLINE vi vload_u16(const void *p) { return _mm512_cvtepu16_epi32(_mm256_loadu_si256(p)); }
INLINE void vstore_s16(void *p, vi v) { _mm256_storeu_si256(p, _mm512_cvtepi32_epi16(v)); }
INLINE vi vset(int x) { return _mm512_set1_epi32(x); }
INLINE vi vadd(vi a, vi b) { return _mm512_add_epi32(a, b); }
INLINE vi vsub(vi a, vi b) { return _mm512_sub_epi32(a, b); }
INLINE vi vmul(vi a, vi b) { return _mm512_mullo_epi32(a, b); }
INLINE vi vmin(vi a, vi b) { return _mm512_min_epi32(a, b); }
INLINE vi vmax(vi a, vi b) { return _mm512_max_epi32(a, b); }
INLINE vi vand(vi a, vi b) { return _mm512_and_si512(a, b); }
INLINE vi vor(vi a, vi b) { return _mm512_or_si512(a, b); }
INLINE vi vxor(vi a, vi b) { return _mm512_xor_si512(a, b); }
INLINE vi vshl(vi a, int n) { return _mm512_slli_epi32(a, (unsigned)n); }
INLINE vi vshr(vi a, int n) { return _mm512_srli_epi32(a, (unsigned)n); }
INLINE vi vsar(vi a, int n) { return _mm512_srai_epi32(a, (unsigned)n); }
INLINE vi vsub16(vi a, vi b) { return _mm512_sub_epi16(a, b); }
INLINE vi vmul16(vi a, vi b) { return _mm512_mullo_epi16(a, b); }
INLINE vi vshl16(vi a, int n) { return _mm512_slli_epi16(a, (unsigned)n); }
INLINE vi vsar16(vi a, int n) { return _mm512_srai_epi16(a, (unsigned)n); }
#if defined(ZONDA_EMULATED)  // a checker's build on a machine without AVX-512
INLINE vi vdot16(vi c, vi a, vi b) { return _mm512_dpwssd_epi32(c, a, b); }
#else
// Not the intrinsic: clang 21 splits most uses of it into vpmaddwd + vpaddd, which is slower.
INLINE vi vdot16(vi c, vi a, vi b) {
    __asm__("vpdpwssd %2, %1, %0" : "+v"(c) : "v"(a), "v"(b));
    return c;
}
#endif
INLINE vi vtable(const int8_t *table) { return _mm512_broadcast_i32x4(_mm_loadu_si128((const void *)table)); }
INLINE vi vlookup(vi table, vi nibbles) { return _mm512_shuffle_epi8(table, nibbles); }

INLINE vf vloadf(const float *p) { return _mm512_loadu_ps(p); }
INLINE void vstoref(float *p, vf v) { _mm512_storeu_ps(p, v); }
INLINE vf vload_f16(const void *p) { return _mm512_cvtph_ps(_mm256_loadu_si256(p)); }
INLINE void vstore_f16(void *p, vf v) { _mm256_storeu_si256(p, _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT)); }
INLINE vf vload_bf16(const void *p) { return _mm512_castsi512_ps(vshl(vload_u16(p), 16)); }
INLINE vf vsetf(float x) { return _mm512_set1_ps(x); }
INLINE vf vaddf(vf a, vf b) { return _mm512_add_ps(a, b); }
INLINE vf vsubf(vf a, vf b) { return _mm512_sub_ps(a, b); }
INLINE vf vmulf(vf a, vf b) { return _mm512_mul_ps(a, b); }
INLINE vf vdivf(vf a, vf b) { return _mm512_div_ps(a, b); }
INLINE vf vsqrtf(vf a) { return _mm512_sqrt_ps(a); }
INLINE vf vfma(vf a, vf b, vf c) { return _mm512_fmadd_ps(a, b, c); }
INLINE vf vfms(vf a, vf b, vf c) { return _mm512_fmsub_ps(a, b, c); }
INLINE vf vfnma(vf a, vf b, vf c) { return _mm512_fnmadd_ps(a, b, c); }
INLINE vf vminf(vf a, vf b) { return _mm512_min_ps(a, b); }
INLINE vf vmaxf(vf a, vf b) { return _mm512_max_ps(a, b); }
INLINE vf vroundf(vf a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
INLINE vf vtofloat(vi a) { return _mm512_cvtepi32_ps(a); }
INLINE vi vtoint(vf a) { return _mm512_cvtps_epi32(a); }
INLINE vi vbits(vf a) { return _mm512_castps_si512(a); }
INLINE vf vfloat(vi a) { return _mm512_castsi512_ps(a); }

INLINE vm vlessf(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
INLINE vm vless(vi a, vi b) { return _mm512_cmplt_epi32_mask(a, b); }
INLINE vf vselectf(vm m, vf yes, vf no) { return _mm512_mask_blend_ps(m, no, yes); }
INLINE vi vselect(vm m, vi yes, vi no) { return _mm512_mask_blend_epi32(m, no, yes); }
