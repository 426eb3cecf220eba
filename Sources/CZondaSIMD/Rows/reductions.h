// What looks at a whole row: argmax, logsumexp, the routing of experts and the sum of their outputs.

static int32_t argmax_of(const float *x, int32_t columns) {
    // Each partial maximum keeps where it was first seen: a later equal is not greater, and NaN never is.
    float lane_best[PART];
    int32_t lane_at[PART], steps[LANES];
    for (int i = 0; i < LANES; i++) steps[i] = i;
    vwide best = vwide_set(-INFINITY);
    vi where[PART_VECTORS];
    EACH_VECTOR where[v] = vset(INT32_MAX);
    EACH_PART(columns) {
        vwide part = vload_wide(x + at, count, -INFINITY);
        EACH_VECTOR {
            vm better = vlessf(best.part[v], part.part[v]);
            best.part[v] = vselectf(better, part.part[v], best.part[v]);
            where[v] = vselect(better, vadd(vload(steps), vset(at + v * LANES)), where[v]);
        }
    }
    EACH_VECTOR {
        vstoref(lane_best + v * LANES, best.part[v]);
        vstore(lane_at + v * LANES, where[v]);
    }
    int32_t winner = INT32_MAX;
    float top = -INFINITY;
    for (int i = 0; i < PART; i++)
        if (lane_at[i] != INT32_MAX && (lane_best[i] > top || (lane_best[i] == top && lane_at[i] < winner)))
            top = lane_best[i], winner = lane_at[i];
    if (winner != INT32_MAX) return winner;
    for (int32_t i = 0; i < columns; i++)  // nothing above -inf: the first that is a number
        if (x[i] == x[i]) return i;
    return 0;
}

static void rows_argmax(zonda_const_rows x, int32_t rows, int32_t columns, int32_t *out) {
    for (int32_t r = 0; r < rows; r++) out[r] = argmax_of(x.values + (size_t)r * x.stride, columns);
}

static float max_of(const float *x, int32_t columns) {
    vwide top = vwide_set(-INFINITY);
    EACH_PART(columns) {
        vwide part = vload_wide(x + at, count, -INFINITY);
        EACH_VECTOR top.part[v] = vmaxf(part.part[v], top.part[v]);
    }
    return vwide_max(top);
}

// Σ e^(x - top). A NaN in x makes it NaN.
static float sum_of_exponentials(const float *x, int32_t columns, float top) {
    vwide sum = vwide_set(0);
    EACH_PART(columns) {
        vwide part = vload_wide(x + at, count, -INFINITY);
        EACH_VECTOR sum.part[v] = vaddf(sum.part[v], vexp(vsubf(part.part[v], vsetf(top))));
    }
    return vwide_sum(sum);
}

static void rows_log_sum_exp(zonda_const_rows x, int32_t rows, int32_t columns, float *out) {
    for (int32_t r = 0; r < rows; r++) {
        const float *row = x.values + (size_t)r * x.stride;
        const float top = max_of(row, columns);
        out[r] = isinf(top) ? top : top + logf(sum_of_exponentials(row, columns, top));
        // An infinite maximum is the answer (x - top would be NaN) unless it hides one.
        for (int32_t i = 0; isinf(out[r]) && i < columns; i++)
            if (row[i] != row[i]) out[r] = NAN;
    }
}

static void rows_route(zonda_const_rows logits, int32_t rows, int32_t experts, int32_t top, bool renormalize,
                       int32_t *ids, float *weights) {
    for (int32_t r = 0; r < rows; r++) {
        const float *row = logits.values + (size_t)r * logits.stride;
        int32_t *id = ids + (size_t)r * (size_t)top;
        float *weight = weights + (size_t)r * (size_t)top;
        // Insertion into the best so far: experts are at most some hundreds, `top` at most a dozen or two.
        int32_t found = 0;
        for (int32_t e = 0; e < experts; e++) {
            int32_t at = found;
            while (at > 0 && (row[e] > row[id[at - 1]] || (row[e] == row[e] && row[id[at - 1]] != row[id[at - 1]]))) at--;
            if (at >= top) continue;
            if (found < top) found++;
            for (int32_t i = found - 1; i > at; i--) id[i] = id[i - 1];
            id[at] = e;
        }
        const float highest = row[id[0]];
        float sum = 0;
        for (int32_t i = 0; i < top; i += LANES) {
            float x[LANES];
            for (int k = 0; k < LANES; k++) x[k] = i + k < top ? row[id[i + k]] : -INFINITY;
            vstoref(x, vexp(vsubf(vloadf(x), vsetf(highest))));
            for (int k = 0; k < LANES && i + k < top; k++) weight[i + k] = x[k], sum += x[k];
        }
        // Renormalised weights are the softmax over the chosen alone: the sum over all cancels.
        if (!renormalize) sum = sum_of_exponentials(row, experts, highest);
        for (int32_t i = 0; i < top; i++) weight[i] /= sum;
    }
}

static void rows_mix(zonda_const_rows x, const int32_t *index, const float *weights, int32_t top,
                     const zonda_const_rows *base, float scale, zonda_rows out, int32_t rows, int32_t columns) {
    for (int32_t r = 0; r < rows; r++)
        EACH_PART(columns) {
            vwide sum = vwide_set(0);
            for (int32_t i = 0; i < top; i++) {
                const size_t from = (size_t)index[(size_t)r * (size_t)top + (size_t)i];
                vwide part = vload_wide(x.values + from * x.stride + at, count, 0);
                const vf weight = vsetf(weights[(size_t)r * (size_t)top + (size_t)i]);
                EACH_VECTOR sum.part[v] = vfma(part.part[v], weight, sum.part[v]);
            }
            vwide to = base ? vload_wide(base->values + (size_t)r * base->stride + at, count, 0) : vwide_set(0);
            EACH_VECTOR to.part[v] = vfma(sum.part[v], vsetf(scale), to.part[v]);
            vstore_wide(out.values + (size_t)r * out.stride + at, count, to);
        }
}
