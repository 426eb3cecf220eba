// The loops that a processor is held against, of one instruction set. See zonda_measure.h.
//
// Twelve independent sums: more than any of these processors needs to hide the latency of one, few enough for the
// registers of AVX2.
enum { CHAINS = 12 };

// The value stays in a register and may have changed, so a product with it can't be taken out of the loop.
#if defined(ZONDA_AVX512)
#define CHANGED(v) __asm__ volatile("" : "+v"(v))
#elif defined(__x86_64__)
#define CHANGED(v) __asm__ volatile("" : "+x"(v))
#elif defined(__aarch64__)
#define CHANGED(v) __asm__ volatile("" : "+w"(v))
#else
#define CHANGED(v) __asm__ volatile("" : "+m"(v))
#endif

static int32_t measure_int16(int64_t rounds) {
    vi sums[CHAINS], w = vset(3 | 3 << 16), x = vset(5 | 5 << 16);
    for (int i = 0; i < CHAINS; i++) sums[i] = vset(0);
    for (int64_t n = 0; n < rounds; n++) {
        _Pragma("clang loop unroll(full)") for (int i = 0; i < CHAINS; i++) {
            CHANGED(w);
            sums[i] = vdot16(sums[i], w, x);
        }
    }
    for (int i = 1; i < CHAINS; i++) sums[0] = vadd(sums[0], sums[i]);
    return vtop(sums[0]);
}

static float measure_float(int64_t rounds) {
    vf sums[CHAINS], w = vsetf(0.5f), x = vsetf(0.5f);
    for (int i = 0; i < CHAINS; i++) sums[i] = vsetf(0);
    for (int64_t n = 0; n < rounds; n++) {
        _Pragma("clang loop unroll(full)") for (int i = 0; i < CHAINS; i++) {
            CHANGED(w);
            sums[i] = vfma(w, x, sums[i]);
        }
    }
    for (int i = 1; i < CHAINS; i++) sums[0] = vaddf(sums[0], sums[i]);
    return vsumf(sums[0]);
}

static uint32_t measure_read(const void *memory, size_t bytes) {
    vi sums[4] = {vset(0), vset(0), vset(0), vset(0)};
    for (size_t at = 0; at < bytes; at += sizeof(vi) * 4) {
        _Pragma("clang loop unroll(full)") for (int i = 0; i < 4; i++)
            sums[i] = vadd(sums[i], vload((const uint8_t *)memory + at + sizeof(vi) * (size_t)i));
    }
    int32_t lanes[LANES];
    uint32_t sum = 0;
    vstore(lanes, vadd(vadd(sums[0], sums[1]), vadd(sums[2], sums[3])));
    for (int i = 0; i < LANES; i++) sum += (uint32_t)lanes[i];
    return sum;
}

#undef CHANGED

#define MEASURE_KERNELS \
    { \
        .int16_operations = CHAINS * LANES * 4, .float_operations = CHAINS * LANES * 2, \
        .int16_products = measure_int16, .float_products = measure_float, .read = measure_read, \
    }
