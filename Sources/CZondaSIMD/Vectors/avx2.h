// Vector operations for AVX2 + FMA + F16C: 8 lanes of 32 bits. What each one means is said in vectors.h.
enum { LANES = 8 };
typedef __m256i vi;
typedef __m256 vf;
typedef __m256i vm;

INLINE vi vload(const void *p) { return _mm256_loadu_si256(p); }
INLINE void vstore(void *p, vi v) { _mm256_storeu_si256(p, v); }
INLINE vi vload_s8(const void *p) { return _mm256_cvtepi8_epi32(_mm_loadl_epi64(p)); }
INLINE vi vload_u8(const void *p) { return _mm256_cvtepu8_epi32(_mm_loadl_epi64(p)); }
INLINE vi vload_u16(const void *p) { return _mm256_cvtepu16_epi32(_mm_loadu_si128(p)); }
INLINE void vstore_s16(void *p, vi v) {
    _mm_storeu_si128(p, _mm_packs_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1)));
}
INLINE vi vset(int x) { return _mm256_set1_epi32(x); }
INLINE vi vadd(vi a, vi b) { return _mm256_add_epi32(a, b); }
INLINE vi vsub(vi a, vi b) { return _mm256_sub_epi32(a, b); }
INLINE vi vmul(vi a, vi b) { return _mm256_mullo_epi32(a, b); }
INLINE vi vmin(vi a, vi b) { return _mm256_min_epi32(a, b); }
INLINE vi vmax(vi a, vi b) { return _mm256_max_epi32(a, b); }
INLINE vi vand(vi a, vi b) { return _mm256_and_si256(a, b); }
INLINE vi vor(vi a, vi b) { return _mm256_or_si256(a, b); }
INLINE vi vxor(vi a, vi b) { return _mm256_xor_si256(a, b); }
INLINE vi vshl(vi a, int n) { return _mm256_slli_epi32(a, n); }
INLINE vi vshr(vi a, int n) { return _mm256_srli_epi32(a, n); }
INLINE vi vsar(vi a, int n) { return _mm256_srai_epi32(a, n); }
INLINE vi vsub16(vi a, vi b) { return _mm256_sub_epi16(a, b); }
INLINE vi vmul16(vi a, vi b) { return _mm256_mullo_epi16(a, b); }
INLINE vi vshl16(vi a, int n) { return _mm256_slli_epi16(a, n); }
INLINE vi vsar16(vi a, int n) { return _mm256_srai_epi16(a, n); }
INLINE vi vdot16(vi c, vi a, vi b) { return _mm256_add_epi32(c, _mm256_madd_epi16(a, b)); }
INLINE vi vtable(const int8_t *table) { return _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)table)); }
INLINE vi vlookup(vi table, vi nibbles) { return _mm256_shuffle_epi8(table, nibbles); }

INLINE vf vloadf(const float *p) { return _mm256_loadu_ps(p); }
INLINE void vstoref(float *p, vf v) { _mm256_storeu_ps(p, v); }
INLINE vf vload_f16(const void *p) { return _mm256_cvtph_ps(_mm_loadu_si128(p)); }
INLINE void vstore_f16(void *p, vf v) { _mm_storeu_si128(p, _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT)); }
INLINE vf vload_bf16(const void *p) { return _mm256_castsi256_ps(vshl(vload_u16(p), 16)); }
INLINE vf vsetf(float x) { return _mm256_set1_ps(x); }
INLINE vf vaddf(vf a, vf b) { return _mm256_add_ps(a, b); }
INLINE vf vsubf(vf a, vf b) { return _mm256_sub_ps(a, b); }
INLINE vf vmulf(vf a, vf b) { return _mm256_mul_ps(a, b); }
INLINE vf vdivf(vf a, vf b) { return _mm256_div_ps(a, b); }
INLINE vf vsqrtf(vf a) { return _mm256_sqrt_ps(a); }
INLINE vf vfma(vf a, vf b, vf c) { return _mm256_fmadd_ps(a, b, c); }
INLINE vf vfms(vf a, vf b, vf c) { return _mm256_fmsub_ps(a, b, c); }
INLINE vf vfnma(vf a, vf b, vf c) { return _mm256_fnmadd_ps(a, b, c); }
INLINE vf vminf(vf a, vf b) { return _mm256_min_ps(a, b); }
INLINE vf vmaxf(vf a, vf b) { return _mm256_max_ps(a, b); }
INLINE vf vroundf(vf a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
INLINE vf vtofloat(vi a) { return _mm256_cvtepi32_ps(a); }
INLINE vi vtoint(vf a) { return _mm256_cvtps_epi32(a); }
INLINE vi vbits(vf a) { return _mm256_castps_si256(a); }
INLINE vf vfloat(vi a) { return _mm256_castsi256_ps(a); }

INLINE vm vlessf(vf a, vf b) { return _mm256_castps_si256(_mm256_cmp_ps(a, b, _CMP_LT_OQ)); }
INLINE vm vless(vi a, vi b) { return _mm256_cmpgt_epi32(b, a); }
INLINE vf vselectf(vm m, vf yes, vf no) { return _mm256_blendv_ps(no, yes, _mm256_castsi256_ps(m)); }
INLINE vi vselect(vm m, vi yes, vi no) { return _mm256_blendv_epi8(no, yes, m); }
