// RMSNorm and LayerNorm of runs of values: float32 in, sums, factor and out. Two or three passes over a run that lies in L1.

// Σ (x - mean)², the padding of the last part being the mean.
static float sum_of_squares(const float *x, int32_t size, float mean) {
    vwide sum = vwide_set(0);
    EACH_PART(size) {
        vwide part = vload_wide(x + at, count, mean);
        EACH_VECTOR {
            vf d = vsubf(part.part[v], vsetf(mean));
            sum.part[v] = vfma(d, d, sum.part[v]);
        }
    }
    return vwide_sum(sum);
}

static float mean_of(const float *x, int32_t size) {
    vwide sum = vwide_set(0);
    EACH_PART(size) {
        vwide part = vload_wide(x + at, count, 0);
        EACH_VECTOR sum.part[v] = vaddf(sum.part[v], part.part[v]);
    }
    return vwide_sum(sum) / (float)size;
}

static void norm_run(const float *x, float *out, const zonda_norm *norm) {
    const float mean = norm->kind == ZONDA_NORM_LAYER ? mean_of(x, norm->size) : 0;
    const float variance = sum_of_squares(x, norm->size, mean) / (float)norm->size;
    const vf factor = vsetf(1 / sqrtf(variance + norm->epsilon));
    EACH_PART(norm->size) {
        vwide to = vload_wide(x + at, count, 0);
        vwide weight = norm->weight ? vload_wide(norm->weight + at, count, 0) : vwide_set(1);
        EACH_VECTOR to.part[v] = vmulf(vmulf(vsubf(to.part[v], vsetf(mean)), factor), weight.part[v]);
        if (norm->bias) {
            vwide bias = vload_wide(norm->bias + at, count, 0);
            EACH_VECTOR to.part[v] = vaddf(to.part[v], bias.part[v]);
        }
        vstore_wide(out + at, count, to);
    }
}

static void rows_norm(zonda_const_rows x, zonda_rows out, int32_t rows, int32_t columns, const zonda_norm *norm) {
    for (int32_t r = 0; r < rows; r++)
        for (int32_t at = 0; at + norm->size <= columns; at += norm->size)
            norm_run(x.values + (size_t)r * x.stride + at, out.values + (size_t)r * out.stride + at, norm);
}
