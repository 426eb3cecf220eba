#include "include/zonda_simd.h"

extern const zonda_kernels zonda_kernels_portable;
#if defined(__x86_64__)
extern const zonda_kernels zonda_kernels_avx2, zonda_kernels_avx512;
#elif defined(__aarch64__)
extern const zonda_kernels zonda_kernels_neon;
#endif

bool zonda_isa_supported(zonda_isa isa) {
    if (isa == ZONDA_ISA_PORTABLE) return true;
#if defined(__x86_64__)
    __builtin_cpu_init();
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
    if (isa == ZONDA_ISA_AVX2) return avx2;
    if (isa == ZONDA_ISA_AVX512)
        return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
            && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")
            && __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bf16");
#elif defined(__aarch64__)
    if (isa == ZONDA_ISA_NEON) return true;
#endif
    return false;
}

zonda_isa zonda_best_isa(void) {
    for (int isa = ZONDA_ISA_COUNT - 1; isa > 0; isa--)
        if (zonda_isa_supported((zonda_isa)isa)) return (zonda_isa)isa;
    return ZONDA_ISA_PORTABLE;
}

const zonda_kernels *zonda_kernels_for(zonda_isa isa) {
    if (!zonda_isa_supported(isa)) return NULL;
    switch (isa) {
#if defined(__x86_64__)
    case ZONDA_ISA_AVX2: return &zonda_kernels_avx2;
    case ZONDA_ISA_AVX512: return &zonda_kernels_avx512;
#elif defined(__aarch64__)
    case ZONDA_ISA_NEON: return &zonda_kernels_neon;
#endif
    default: return &zonda_kernels_portable;
    }
}
