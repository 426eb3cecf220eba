// Attention of one item: up to `query_block_rows` query rows that share a head of keys, over runs of 512 positions.
// What is computed, and in which order, is in zonda_attention.h.
//
// Measured by Benchmarks/Kernels/attention.c on an AVX2 EPYC (90 Gflop/s of float32 fma and 9-11 GB/s a core, the machine
// busy with other work), one thread: 512 rows at the end of 4096 tokens 50-55 Gflop/s (55-60 %; of that time 75 % is in
// tiles, 10 % in softmax, 9 % in widening float16 pages), 512 of 512 rows 47-53; one row over 4096 tokens 7-8.6 GB/s with
// 3 or 4 query heads a key head, 4-5 with 6 or 7, where it is bound by arithmetic.

// Up to so many rows use float16 pages as they lie, which are then widened once per tile; more rows widen them first.
// Seven rows on AVX2: 29 Gflop/s against 22.
enum { direct_rows = 3 * TILE_ROWS };

typedef struct query_block {
    const zonda_attention *args;
    const zonda_attention_item *item;
    const int32_t *table;
    int32_t group, rows;
    int32_t first_position;  // of the span
    bool direct;
} query_block;

INLINE int32_t clamp_row(const query_block *b, int64_t row) {
    row -= b->item->first_row;
    return row < 0 ? 0 : row > b->rows ? b->rows : (int32_t)row;
}
INLINE int32_t position_of(const query_block *b, int32_t row) {
    return b->first_position + (b->item->first_row + row) / b->group;
}
INLINE visible visible_to(const query_block *b, int32_t row) {
    return visible_from(position_of(b, row), b->args->heads.window);
}

// Rows that see any position of first...last. They are consecutive, since positions grow with rows.
typedef struct row_range {
    int32_t first, end;
} row_range;
static row_range rows_that_see(const query_block *b, int32_t first, int32_t last) {
    const int64_t from = (int64_t)first - b->first_position, window = b->args->heads.window;
    const int64_t beyond = (int64_t)last + window - b->first_position;  // the first token that sees nothing any more
    return (row_range){clamp_row(b, from * b->group), window > 0 ? clamp_row(b, beyond * b->group) : b->rows};
}

INLINE const uint8_t *head_of_page(const query_block *b, int32_t page) {
    const zonda_attention *args = b->args;
    return (const uint8_t *)args->pages + (size_t)b->table[page] * args->page_stride
        + (size_t)b->item->kv_head * kv_head_bytes(args->shape);
}

static void score_page(const query_block *b, attention_scratch *at, int32_t page, int32_t next, float *scores) {
    const zonda_kv_shape s = b->args->shape;
    const uint8_t *keys = head_of_page(b, page);
    const row_range rows = rows_that_see(b, page * page_tokens, page * page_tokens + page_tokens - 1);
    tile_product p = {.b_stride = page_tokens, .first = 0, .end = s.head_size};
    p.b = b->direct ? (const void *)keys : widen_keys(s, keys, at->page);
    p.ahead = head_of_page(b, next) - keys;
    for (int32_t r = rows.first; r < rows.end; r += TILE_ROWS) {
        const int32_t count = rows.end - r < TILE_ROWS ? rows.end - r : TILE_ROWS;
        p.a = at->query + r * query_stride;
        p.c = scores + r * score_stride;
        tile_scores(p, b->direct, count);
    }
}

// Scores of positions `first`...`last` of a run become weights, scores before and after in the same pages become 0.
static void soften(const zonda_attention *args, float *scores, int32_t first, int32_t last, float *highest,
                   float *weight) {
    const int32_t from = first / PART * PART;
    int32_t steps[LANES];
    for (int i = 0; i < LANES; i++) steps[i] = i;
    vwide top = vwide_set(-INFINITY), sum = vwide_set(0);
    for (int32_t at = from; at <= last; at += PART) EACH_VECTOR {
        vf x = vmulf(vloadf(scores + at + v * LANES), vsetf(args->scale));
        if (args->soft_cap > 0) x = vmulf(vtanh(vdivf(x, vsetf(args->soft_cap))), vsetf(args->soft_cap));
        if (at < first || at + PART - 1 > last) {
            // What lies there may be another sequence's, or anything: chosen away, not multiplied by 0.
            vi position = vadd(vload(steps), vset(at + v * LANES));
            x = vselectf(vless(position, vset(first)), vsetf(-INFINITY), x);
            x = vselectf(vless(vset(last), position), vsetf(-INFINITY), x);
        }
        vstoref(scores + at + v * LANES, x);
        top.part[v] = vmaxf(x, top.part[v]);
    }
    *highest = vwide_max(top);
    for (int32_t at = from; at <= last; at += PART) EACH_VECTOR {
        vf e = vexp(vsubf(vloadf(scores + at + v * LANES), vsetf(*highest)));
        vstoref(scores + at + v * LANES, e);
        sum.part[v] = vaddf(sum.part[v], e);
    }
    *weight = vwide_sum(sum);
}

static void add_values(const query_block *b, attention_scratch *at, int32_t page, int32_t next, const float *weights) {
    const zonda_kv_shape s = b->args->shape;
    const int32_t from = page * page_tokens, columns = (int32_t)padded_head(s.head_size);
    const row_range rows = rows_that_see(b, from, from + page_tokens - 1);
    if (rows.first >= rows.end) return;
    // Tokens that no row of a tile sees are not read: they may not have been written, or belong to nobody.
    const int32_t end_of_page = position_of(b, rows.end - 1) - from + 1;
    const uint8_t *values = head_of_page(b, page) + kv_keys_bytes(s);
    const float *wide = b->direct ? NULL
        : widen_values(s, values, 0, end_of_page < page_tokens ? end_of_page : page_tokens, at->page);
    tile_product p = {.b_stride = columns};
    p.ahead = head_of_page(b, next) + kv_keys_bytes(s) - values;
    for (int32_t column = 0; column < columns; column += PART) {
        p.b = b->direct ? (const void *)((const uint16_t *)values + column) : (const void *)(wide + column);
        for (int32_t r = rows.first; r < rows.end; r += TILE_ROWS) {
            const int32_t count = rows.end - r < TILE_ROWS ? rows.end - r : TILE_ROWS;
            const int32_t first = visible_to(b, r).first - from, end = position_of(b, r + count - 1) - from + 1;
            p.first = first > 0 ? first : 0;
            p.end = end < page_tokens ? end : page_tokens;
            p.a = weights + r * score_stride;
            p.c = at->sums + r * query_stride + column;
            tile_values(p, b->direct, count, columns - column < PART);
        }
    }
}

// One run of 512 positions: `highest`, `weight` and `sums` of the rows that see any of it.
static row_range attend_run(const query_block *b, attention_scratch *at, int32_t run) {
    const int32_t start = run * run_tokens, width = (int32_t)padded_head(b->args->shape.head_size);
    const row_range rows = rows_that_see(b, start, start + run_tokens - 1);
    if (rows.first >= rows.end) return rows;
    const int32_t first = visible_to(b, rows.first).first, last = position_of(b, rows.end - 1);
    const int32_t first_page = (first > start ? first : start) / page_tokens;
    const int32_t last_page = (last < start + run_tokens ? last : start + run_tokens - 1) / page_tokens;

    for (int32_t page = first_page; page <= last_page; page++)
        score_page(b, at, page, page < last_page ? page + 1 : page, at->scores + page * page_tokens - start);
    for (int32_t r = rows.first; r < rows.end; r++) {
        const visible seen = visible_to(b, r);
        const int32_t from = seen.first > start ? seen.first - start : 0;
        const int32_t to = seen.last < start + run_tokens ? seen.last - start : run_tokens - 1;
        soften(b->args, at->scores + r * score_stride, from, to, &at->highest[r], &at->weight[r]);
        memset(at->sums + r * query_stride, 0, sizeof(float) * (size_t)width);
    }
    for (int32_t page = first_page; page <= last_page; page++)
        add_values(b, at, page, page < last_page ? page + 1 : page, at->scores + page * page_tokens - start);
    return rows;
}

// A softmax so far: its highest score, the sum of its weights, the weighted sum of values.
typedef struct partial {
    float *highest, *weight, *sums;
} partial;

// total = total and `next`, later positions. The one way in which runs come together.
static void merge_partial(partial total, partial next, int32_t width) {
    const float highest = *next.highest > *total.highest ? *next.highest : *total.highest;
    float x[LANES] = {*total.highest - highest, *next.highest - highest};
    vstoref(x, vexp(vloadf(x)));
    *total.highest = highest;
    *total.weight = *total.weight * x[0] + *next.weight * x[1];
    for (int32_t i = 0; i < width; i += PART / 2) UNROLL for (int v = 0; v < PART_VECTORS / 2; v++) {
        const int32_t k = i + v * LANES;
        vf scaled = vmulf(vloadf(total.sums + k), vsetf(x[0]));
        vstoref(total.sums + k, vfma(vloadf(next.sums + k), vsetf(x[1]), scaled));
    }
}

static void copy_partial(partial to, partial from, int32_t width) {
    *to.highest = *from.highest;
    *to.weight = *from.weight;
    memcpy(to.sums, from.sums, sizeof(float) * (size_t)width);
}

// Values divided by the sum of weights. Adding 0 makes -0 into 0: whether a masked position's 0 was added to a -0
// depends on the rows beside it.
static void write_output(const query_block *b, int32_t row, float *sums, float weight) {
    const zonda_attention *args = b->args;
    const int32_t packed = b->item->first_row + row, n = args->shape.head_size;
    const size_t token = (size_t)(args->spans[b->item->span].first_row + packed / b->group);
    const size_t head = (size_t)(b->item->kv_head * b->group + packed % b->group);
    const vf divisor = vsetf(weight);
    for (int32_t i = 0; i < n; i += LANES) vstoref(sums + i, vaddf(vdivf(vloadf(sums + i), divisor), vzerof()));
    memcpy(args->output + token * args->output_stride + head * (size_t)n, sums, sizeof(float) * (size_t)n);
}

static query_block make_block(const zonda_attention *args, const zonda_attention_item *item) {
    query_block b = {.args = args, .item = item, .rows = item->row_count};
    b.table = args->tables + args->table_offsets[item->span];
    b.group = args->heads.heads / args->heads.kv_heads;
    b.first_position = args->spans[item->span].first_position;
    b.direct = args->shape.type == ZONDA_KV_F16 && b.rows <= direct_rows;
    return b;
}

static void load_queries(const query_block *b, float *to) {
    const zonda_attention *args = b->args;
    const size_t n = (size_t)args->shape.head_size;
    for (int32_t r = 0; r < b->rows; r++) {
        const int32_t packed = b->item->first_row + r;
        const size_t token = (size_t)(args->spans[b->item->span].first_row + packed / b->group);
        const size_t head = (size_t)(b->item->kv_head * b->group + packed % b->group);
        memcpy(to + r * query_stride, args->query + token * args->query_stride + head * n, sizeof(float) * n);
    }
}

INLINE partial partial_at(const zonda_attention *args, int32_t index) {
    float *at = args->partials + (size_t)index * zonda_attention_partial_floats(args->shape.head_size);
    return (partial){at, at + 1, at + 16};
}

static void attention_attend(const void *arguments, int32_t index, int32_t thread) {
    const zonda_attention *args = arguments;
    const zonda_attention_item *item = &args->plan->items[index];
    attention_scratch *at = (attention_scratch *)(args->scratch + (size_t)thread * zonda_attention_scratch_bytes());
    const int32_t width = (int32_t)padded_head(args->shape.head_size);
    const query_block b = make_block(args, item);
    bool begun[query_block_rows] = {false};
    load_queries(&b, at->query);
    for (int32_t run = item->first_run; run < item->first_run + item->run_count; run++) {
        const row_range rows = attend_run(&b, at, run);
        for (int32_t r = rows.first; r < rows.end; r++) {
            partial total = {&at->total_highest[r], &at->total_weight[r], at->total + r * query_stride};
            partial next = {&at->highest[r], &at->weight[r], at->sums + r * query_stride};
            if (item->partial >= 0) copy_partial(partial_at(args, item->partial + r), next, width);
            else if (begun[r]) merge_partial(total, next, width);
            else copy_partial(total, next, width);
            begun[r] = true;
        }
    }
    if (item->partial >= 0) return;
    for (int32_t r = 0; r < b.rows; r++) write_output(&b, r, at->total + r * query_stride, at->total_weight[r]);
}

static void attention_merge(const void *arguments, int32_t index, int32_t thread) {
    (void)thread;
    const zonda_attention *args = arguments;
    const zonda_attention_item *item = &args->plan->merges[index];
    const int32_t width = (int32_t)padded_head(args->shape.head_size);
    const query_block b = make_block(args, item);
    for (int32_t r = 0; r < b.rows; r++) {
        // Runs that the row does not see have left nothing behind.
        const visible seen = visible_to(&b, r);
        const int32_t first = seen.first / run_tokens - item->first_run, last = seen.last / run_tokens - item->first_run;
        const partial total = partial_at(args, item->partial + first * b.rows + r);
        for (int32_t run = first + 1; run <= last; run++)
            merge_partial(total, partial_at(args, item->partial + run * b.rows + r), width);
        write_output(&b, r, total.sums, *total.weight);
    }
}
