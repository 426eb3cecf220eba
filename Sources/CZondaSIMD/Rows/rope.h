// Rotary positions, in place. Every product and sum is rounded once: a' = a cos - (b sin), b' = b cos + (a sin).

INLINE void turn_pair(vf *a, vf *b, vf cosine, vf sine) {
    vf x = *a, y = *b;
    *a = vfms(x, cosine, vmulf(y, sine));
    *b = vfma(y, cosine, vmulf(x, sine));
}

// Up to LANES pairs (first[i], second[i]), both contiguous.
INLINE void turn(float *first, float *second, const float *cosine, const float *sine, int count) {
    if (count >= LANES) {
        vf a = vloadf(first), b = vloadf(second);
        turn_pair(&a, &b, vloadf(cosine), vloadf(sine));
        vstoref(first, a);
        vstoref(second, b);
        return;
    }
    float padded[4][LANES] = {0};
    const size_t bytes = sizeof(float) * (size_t)count;
    memcpy(padded[0], first, bytes);
    memcpy(padded[1], second, bytes);
    memcpy(padded[2], cosine, bytes);
    memcpy(padded[3], sine, bytes);
    turn(padded[0], padded[1], padded[2], padded[3], LANES);
    memcpy(first, padded[0], bytes);
    memcpy(second, padded[1], bytes);
}

static void turn_head(float *head, const float *cosine, const float *sine, int32_t half, zonda_rope_style style) {
    for (int32_t i = 0; i < half; i += LANES) {
        const int count = half - i < LANES ? half - i : LANES;
        if (style == ZONDA_ROPE_HALVES) {
            turn(head + i, head + half + i, cosine + i, sine + i, count);
            continue;
        }
        float first[LANES], second[LANES];
        for (int k = 0; k < count; k++) first[k] = head[2 * (i + k)], second[k] = head[2 * (i + k) + 1];
        turn(first, second, cosine + i, sine + i, count);
        for (int k = 0; k < count; k++) head[2 * (i + k)] = first[k], head[2 * (i + k) + 1] = second[k];
    }
}

static void rows_rope(zonda_rows x, int32_t first, int32_t rows, int32_t columns, const zonda_rope *rope) {
    const int32_t half = rope->rotary_size / 2;
    for (int32_t r = first; r < first + rows; r++) {
        const float *table = rope->tables[rope->variants[r]] + (size_t)rope->positions[r] * (size_t)rope->rotary_size;
        float *row = x.values + (size_t)r * x.stride;
        for (int32_t at = 0; at + rope->head_size <= columns; at += rope->head_size)
            turn_head(row + at, table, table + half, half, rope->style);
    }
}
