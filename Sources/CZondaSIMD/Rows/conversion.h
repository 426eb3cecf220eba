// float32 to and from float16 and bfloat16.

// Rounded to nearest, ties to even, by adding half a unit and the last kept bit; a NaN keeps its upper bits and stays quiet.
INLINE vi bf16_bits(vf x) {
    vi bits = vbits(x), odd = vand(vshr(bits, 16), vset(1));
    vi rounded = vshr(vadd(bits, vadd(odd, vset(0x7fff))), 16);
    vi quiet = vor(vshr(bits, 16), vset(0x40));
    return vselect(vless(vset(0x7f800000), vand(bits, vset(0x7fffffff))), quiet, rounded);
}

static void rows_to_f16(zonda_const_rows x, uint16_t *out, size_t stride, int32_t rows, int32_t columns) {
    for (int32_t r = 0; r < rows; r++)
        EACH_PART(columns) {
            uint16_t halves[PART];
            vwide part = vload_wide(x.values + (size_t)r * x.stride + at, count, 0);
            EACH_VECTOR vstore_f16(halves + v * LANES, part.part[v]);
            memcpy(out + (size_t)r * stride + at, halves, 2 * (size_t)count);
        }
}

static void rows_to_bf16(zonda_const_rows x, uint16_t *out, size_t stride, int32_t rows, int32_t columns) {
    for (int32_t r = 0; r < rows; r++)
        EACH_PART(columns) {
            int32_t bits[PART];
            vwide part = vload_wide(x.values + (size_t)r * x.stride + at, count, 0);
            EACH_VECTOR vstore(bits + v * LANES, bf16_bits(part.part[v]));
            for (int i = 0; i < count; i++) out[(size_t)r * stride + (size_t)at + (size_t)i] = (uint16_t)bits[i];
        }
}

// Up to PART halves, padded with 0.
INLINE void load_halves(uint16_t *to, const uint16_t *from, int count) {
    memset(to, 0, 2 * PART);
    memcpy(to, from, 2 * (size_t)count);
}

static void rows_from_f16(const uint16_t *x, size_t stride, zonda_rows out, int32_t rows, int32_t columns) {
    for (int32_t r = 0; r < rows; r++)
        EACH_PART(columns) {
            uint16_t halves[PART];
            vwide part;
            load_halves(halves, x + (size_t)r * stride + at, count);
            EACH_VECTOR part.part[v] = vload_f16(halves + v * LANES);
            vstore_wide(out.values + (size_t)r * out.stride + at, count, part);
        }
}

static void rows_from_bf16(const uint16_t *x, size_t stride, zonda_rows out, int32_t rows, int32_t columns) {
    for (int32_t r = 0; r < rows; r++)
        EACH_PART(columns) {
            uint16_t halves[PART];
            vwide part;
            load_halves(halves, x + (size_t)r * stride + at, count);
            EACH_VECTOR part.part[v] = vload_bf16(halves + v * LANES);
            vstore_wide(out.values + (size_t)r * out.stride + at, count, part);
        }
}
