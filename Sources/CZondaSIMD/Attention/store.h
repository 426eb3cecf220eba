// Writes keys and values into pages, and reads a page back as float32.

// float16 keeps what is too large as its largest number: an inf would make every later score of the sequence NaN. The
// constants come first, so NaN stays NaN.
INLINE vf within_f16(vf x) { return vminf(vsetf(65504), vmaxf(vsetf(-65504), x)); }

// `count` values (at most 32) as int8 with one scale, float16: scale = highest |x| / 127. Not a number, or infinite,
// makes all of them NaN, like the product it came from.
static void quantize_group(const float *x, int count, int8_t *to, uint16_t *scale) {
    vwide values = vload_wide(x, count, 0), highest, zeros;
    EACH_VECTOR {
        highest.part[v] = vabsf(values.part[v]);
        zeros.part[v] = vmulf(values.part[v], vzerof());
    }
    // Inf and NaN times zero are NaN; the largest finite value otherwise.
    float top = vwide_max(highest) / 127, scales[LANES];
    if (vwide_sum(zeros) != 0) top = NAN;
    uint16_t halves[LANES];
    vstore_f16(halves, vsetf(top));
    *scale = halves[0];
    vstoref(scales, vload_f16(halves));
    // What was stored is what values are divided by, so its rounding costs nothing. Zero, and NaN: the integers are 0.
    const vf inverse = vsetf(scales[0] > 0 ? 1 / scales[0] : 0);
    int32_t integers[PART];
    EACH_VECTOR {
        vf q = vminf(vsetf(127), vmaxf(vsetf(-127), vroundf(vmulf(values.part[v], inverse))));
        vstore(integers + v * LANES, vtoint(top == top ? q : vzerof()));
    }
    for (int i = 0; i < count; i++) to[i] = (int8_t)integers[i];
}

// One head of one token; `keys` and `values` are those parts of the page.
static void store_token(zonda_kv_shape s, const float *key, const float *value, uint8_t *keys, uint8_t *values,
                        int token) {
    const int n = s.head_size;
    if (s.type == ZONDA_KV_F32) {
        for (int d = 0; d < n; d++) ((float *)keys)[d * page_tokens + token] = key[d];
        memcpy((float *)values + (size_t)token * padded_head(n), value, sizeof(float) * (size_t)n);
        return;
    }
    for (int at = 0; at < n; at += kv_scale_group) {
        const int count = n - at < kv_scale_group ? n - at : kv_scale_group;
        if (s.type == ZONDA_KV_F16) {
            uint16_t halves[PART];
            vwide k = vload_wide(key + at, count, 0), w = vload_wide(value + at, count, 0);
            EACH_VECTOR vstore_f16(halves + v * LANES, within_f16(k.part[v]));
            for (int i = 0; i < count; i++) ((uint16_t *)keys)[(at + i) * page_tokens + token] = halves[i];
            EACH_VECTOR vstore_f16(halves + v * LANES, within_f16(w.part[v]));
            memcpy((uint16_t *)values + (size_t)token * padded_head(n) + at, halves, 2 * (size_t)count);
        } else {
            int8_t bytes[PART];
            const int group = at / kv_scale_group;
            uint16_t *key_scales = (uint16_t *)(keys + page_tokens * n);
            uint16_t *value_scales = (uint16_t *)(values + page_tokens * padded_head(n));
            quantize_group(key + at, count, bytes, key_scales + group * page_tokens + token);
            for (int i = 0; i < count; i++) ((int8_t *)keys)[(at + i) * page_tokens + token] = bytes[i];
            int8_t *row = (int8_t *)values + (size_t)token * padded_head(n) + at;
            quantize_group(value + at, count, row, value_scales + (size_t)token * kv_scale_groups(n) + group);
        }
    }
}

static void attention_store(const void *arguments, int32_t item, int32_t thread) {
    (void)thread;
    const zonda_kv_store *args = arguments;
    const zonda_kv_shape s = args->shape;
    const int32_t head = item % s.kv_heads, first = item / s.kv_heads * page_tokens;
    const int32_t end = args->rows - first < page_tokens ? args->rows : first + page_tokens;
    for (int32_t row = first; row < end; row++) {
        const int32_t slot = args->slots[row];
        if (slot < 0) continue;
        uint8_t *keys = (uint8_t *)args->pages + (size_t)(slot / page_tokens) * args->page_stride
            + (size_t)head * kv_head_bytes(s);
        const size_t column = (size_t)head * (size_t)s.head_size;
        store_token(s, args->keys + (size_t)row * args->key_stride + column,
                    args->values + (size_t)row * args->value_stride + column, keys, keys + kv_keys_bytes(s),
                    slot % page_tokens);
    }
}

// ---- Reading back: f32 pages are used where they lie, the others are widened into `to`.

static const float *widen_keys(zonda_kv_shape s, const uint8_t *keys, float *to) {
    if (s.type == ZONDA_KV_F32) return (const float *)keys;
    const uint16_t *scales = (const uint16_t *)(keys + page_tokens * s.head_size);
    for (int d = 0; d < s.head_size; d++) EACH_VECTOR {
        const int at = d * page_tokens + v * LANES;
        if (s.type == ZONDA_KV_F16) {
            vstoref(to + at, vload_f16((const uint16_t *)keys + at));
        } else {
            vf scale = vload_f16(scales + d / kv_scale_group * page_tokens + v * LANES);
            vstoref(to + at, vmulf(vtofloat(vload_s8((const int8_t *)keys + at)), scale));
        }
    }
    return to;
}

// Tokens [first, end) of the values.
static const float *widen_values(zonda_kv_shape s, const uint8_t *values, int first, int end, float *to) {
    if (s.type == ZONDA_KV_F32) return (const float *)values;
    const int row = (int)padded_head(s.head_size), groups = (int)kv_scale_groups(s.head_size);
    const uint16_t *scales = (const uint16_t *)(values + page_tokens * row);
    for (int t = first; t < end; t++) {
        if (s.type == ZONDA_KV_F16) {
            for (int at = t * row; at < (t + 1) * row; at += PART / 2) UNROLL for (int v = 0; v < PART_VECTORS / 2; v++)
                vstoref(to + at + v * LANES, vload_f16((const uint16_t *)values + at + v * LANES));
            continue;
        }
        for (int group = 0; group < groups; group++) {
            uint16_t halves[LANES] = {scales[t * groups + group]};
            float scale[LANES];
            vstoref(scale, vload_f16(halves));
            const int at = t * row + group * kv_scale_group, end_of_row = (t + 1) * row;
            for (int i = at; i < at + kv_scale_group && i < end_of_row; i += LANES)
                vstoref(to + i, vmulf(vtofloat(vload_s8((const int8_t *)values + i)), vsetf(scale[0])));
        }
    }
    return to;
}
