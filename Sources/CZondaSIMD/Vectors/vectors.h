// The vector operations that kernels are written in: one text of each kernel is compiled once per instruction set.
//
// A file isa_NAME.c includes all system headers, sets the target, defines one of ZONDA_AVX512, ZONDA_AVX2, ZONDA_NEON,
// ZONDA_PORTABLE, and then includes this file and the texts of the kernels. Everything here is static and inlined, so the
// same names can mean another width in another file.
//
//   vi, vf, vm          LANES int32, LANES float, a choice per lane. LANES: 16, 8, 4, 4
//   vload, vstore       unaligned; vload_s8, _u8, _u16 widen LANES small integers to int32; vload_f16, _bf16 to float
//   vstore_s16          LANES int32 that int16 can hold, as int16
//   vadd, vmul, vshl …  int32 lanes, wrapping; vshr is logical, vsar arithmetic; …16 work on pairs of int16 in each lane
//   vdot16(c, a, b)     c + a.low * b.low + a.high * b.high per lane, int16 in, exact int32 out
//   vtable, vlookup     16 bytes indexed by bytes that must be below 16
//   vaddf, vfma …       float lanes; vfma is a * b + c, vfms a * b - c, vfnma c - a * b, each rounded once
//   vminf, vmaxf        the second operand if either is NaN
//   vroundf, vtoint     to nearest, ties to even. vtoint of what no int32 holds is not the same everywhere: don't
//   vtofloat, vfloat    a conversion, and the same bits as a float; vbits goes back
//   vlessf, vselectf    per lane; a comparison with NaN is false
//
// Each operation is rounded as IEEE 754 says, and contraction is off, so a text that uses only these gives the same bits
// on every instruction set, as long as it does not depend on LANES.
#define INLINE static inline __attribute__((always_inline, unused))
#if defined(ZONDA_PORTABLE)
#define UNROLL _Pragma("clang loop unroll(disable)")  // nothing to gain, and three times the time to compile
#else
#define UNROLL _Pragma("clang loop unroll(full)")
#endif
#define NOUNROLL _Pragma("clang loop unroll(disable)")
#pragma clang fp contract(off)

#if defined(ZONDA_AVX512)
#include "avx512.h"
#elif defined(ZONDA_AVX2)
#include "avx2.h"
#elif defined(ZONDA_NEON)
#include "neon.h"
#else
#include "portable.h"
#endif

INLINE vf vzerof(void) { return vsetf(0); }
INLINE vf vabsf(vf a) { return vfloat(vand(vbits(a), vset(0x7fffffff))); }

/// The sum of the lanes of `a`, halves first: the order depends on LANES, so the bits do too.
INLINE float vsumf(vf a) {
    float x[LANES];
    vstoref(x, a);
    for (int n = LANES / 2; n > 0; n /= 2)
        for (int i = 0; i < n; i++) x[i] += x[i + n];
    return x[0];
}

/// The largest lane of `a`.
INLINE int32_t vtop(vi a) {
    int32_t x[LANES], top;
    vstore(x, a);
    top = x[0];
    for (int i = 1; i < LANES; i++) top = x[i] > top ? x[i] : top;
    return top;
}
