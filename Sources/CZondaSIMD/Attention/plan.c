// Cuts the attention of a step into items. The same for every instruction set; what it decides changes no bits.
#include "../include/zonda_attention.h"
#include "pages.h"

size_t zonda_kv_page_bytes(zonda_kv_shape shape) {
    bool known = shape.type >= ZONDA_KV_F32 && shape.type <= ZONDA_KV_Q8_0;
    if (!known || shape.kv_heads < 1 || shape.head_size < 1 || shape.head_size > ZONDA_MAX_HEAD_SIZE) return 0;
    return kv_head_bytes(shape) * (size_t)shape.kv_heads;
}

int32_t zonda_kv_store_item_count(int32_t rows, int32_t kv_heads) {
    return (rows + page_tokens - 1) / page_tokens * kv_heads;
}

size_t zonda_attention_partial_floats(int32_t head_size) { return padded_head(head_size) + 16; }

size_t zonda_attention_scratch_bytes(void) { return (sizeof(attention_scratch) + 63) / 64 * 64; }

// Items that keep the threads busy to the end even if some take several times as long as others.
enum { items_per_thread = 4 };

zonda_attention_limits zonda_attention_plan_limits(zonda_attention_heads heads, int32_t rows, int32_t spans,
                                                   int32_t context, int32_t threads) {
    const int32_t group = heads.heads / heads.kv_heads;
    const int32_t runs = (context + run_tokens - 1) / run_tokens;
    // A span's last block may be short: one more a span.
    const int32_t blocks = heads.kv_heads * (rows * group / query_block_rows + spans);
    const int32_t sequences = (items_per_thread * threads + heads.kv_heads - 1) / heads.kv_heads;
    const int32_t partials = runs * heads.heads * sequences;
    return (zonda_attention_limits){blocks + partials, blocks, partials};
}

// Runs that a block of query rows sees.
typedef struct run_range {
    int32_t first, count;
} run_range;
static run_range runs_of(zonda_attention_heads heads, zonda_span span, int32_t first_row, int32_t row_count) {
    const int32_t group = heads.heads / heads.kv_heads;
    const int32_t first = span.first_position + first_row / group;
    const int32_t last = span.first_position + (first_row + row_count - 1) / group;
    const int32_t from = visible_from(first, heads.window).first / run_tokens;
    return (run_range){from, last / run_tokens - from + 1};
}

static bool add_block(zonda_attention_plan *plan, zonda_attention_item block, bool spread) {
    const int64_t partials = (int64_t)block.row_count * block.run_count;
    if (!spread || block.run_count == 1 || partials > plan->partial_capacity - plan->partial_count) {
        if (plan->item_count >= plan->item_capacity) return false;
        plan->items[plan->item_count++] = block;
        return true;
    }
    if (plan->merge_count >= plan->merge_capacity) return false;
    if (block.run_count > plan->item_capacity - plan->item_count) return false;
    block.partial = plan->partial_count;
    plan->merges[plan->merge_count++] = block;
    for (int32_t run = 0; run < block.run_count; run++) {
        zonda_attention_item item = block;
        item.first_run = block.first_run + run;
        item.run_count = 1;
        item.partial = block.partial + run * block.row_count;
        plan->items[plan->item_count++] = item;
    }
    plan->partial_count += (int32_t)partials;
    return true;
}

bool zonda_attention_make_plan(zonda_attention_plan *plan, zonda_attention_heads heads, const zonda_span *spans,
                               int32_t span_count, int32_t threads) {
    plan->item_count = plan->merge_count = plan->partial_count = 0;
    if (heads.kv_heads < 1 || heads.heads < 1 || heads.heads % heads.kv_heads != 0) return false;
    const int32_t group = heads.heads / heads.kv_heads;
    int64_t blocks = 0;
    for (int32_t s = 0; s < span_count; s++) {
        if (spans[s].row_count < 0 || spans[s].first_position < 0) return false;
        if ((int64_t)spans[s].row_count * group > INT32_MAX) return false;
        if ((int64_t)spans[s].first_position + spans[s].row_count > INT32_MAX) return false;
        blocks += ((int64_t)spans[s].row_count * group + query_block_rows - 1) / query_block_rows * heads.kv_heads;
    }
    const bool spread = blocks < (int64_t)items_per_thread * threads;
    for (int32_t s = 0; s < span_count; s++) {
        const int32_t rows = spans[s].row_count * group;
        // Later rows see more: longest items first.
        for (int32_t at = (rows - 1) / query_block_rows * query_block_rows; at >= 0 && rows > 0; at -= query_block_rows) {
            const int32_t count = rows - at < query_block_rows ? rows - at : query_block_rows;
            const run_range runs = runs_of(heads, spans[s], at, count);
            for (int32_t head = 0; head < heads.kv_heads; head++) {
                zonda_attention_item block = {s, head, at, count, runs.first, runs.count, -1};
                if (add_block(plan, block, spread)) continue;
                plan->item_count = plan->merge_count = plan->partial_count = 0;
                return false;
            }
        }
    }
    return true;
}
