// The lists of work of a step's attention, made on the device so that a recorded step can be replayed with other spans.
//
// Spans of one row go to attention_decode, in splits of a length that depends on what the row sees only; longer ones go
// to attention_prompt, in tiles, those that see most first. One block of 256 threads; a thread takes every 256th span.
#include "zonda.cuh"
#include "zonda_paged_attention.h"

namespace {

constexpr int planThreads = 256;

/// How much work a span is.
struct SpanWork {
    int tiles, splits, firstSplit;
};

DEVICE SpanWork work_of(zonda_attention_span span, const zonda_attention_plan_arguments &args) {
    if (span.row_count <= 0) return {0, 0, 0};
    if (span.row_count > 1 || args.prompt_only) {
        return {divide_up(span.row_count * args.group, args.tile_rows), 0, 0};
    }
    int last = span.first_position;
    int first = args.window > 0 ? max_of(0, last - args.window + 1) : 0;
    int tokens = zonda_attention_split_tokens(last - first + 1);
    return {0, last / tokens - first / tokens + 1, first / tokens};
}

/// The sum of the values of all lower threads; `total` becomes that of all.
DEVICE int sum_before(int value, int &total, Shared<int> sums) {
    int inclusive = value;
#pragma unroll
    for (int offset = 1; offset < 32; offset *= 2) {
        int lower = shuffle_up(inclusive, offset);
        if (lane_id() >= offset) inclusive += lower;
    }
    sync_threads();  // the last use of `sums` is over
    if (lane_id() == 31) sums[threadIdx.x / 32] = inclusive;
    sync_threads();
    int before = 0;
    total = 0;
    for (int w = 0; w < planThreads / 32; w++) {
        if (w < int(threadIdx.x) / 32) before += sums[w];
        total += sums[w];
    }
    return before + inclusive - value;
}

}  // namespace

__global__ void __launch_bounds__(planThreads)
attention_plan(const __grid_constant__ zonda_attention_plan_arguments args) {
    SharedArena arena;
    Shared<int> sums = arena.array<int>(planThreads / 32);
    Global<zonda_attention_tile> tiles = args.tiles;
    Global<zonda_attention_split> splits = args.splits;

    wait_for_previous();
    launch_next();
    int spanCount = Global<const int32_t>(args.span_count)[0];
    int tilesBefore = 0, splitsBefore = 0;
    for (int base = 0; base < spanCount; base += planThreads) {
        int index = base + int(threadIdx.x);
        SpanWork work = {0, 0, 0};
        if (index < spanCount) {
            zonda_attention_span span = Global<const zonda_attention_span>(args.spans)[index];
            work = work_of(span, args);
        }
        int tileTotal, splitTotal;
        int tile = tilesBefore + sum_before(work.tiles, tileTotal, sums);
        int split = splitsBefore + sum_before(work.splits, splitTotal, sums);
        for (int i = 0; i < work.tiles && tile + i < args.tile_capacity; i++) {
            tiles[tile + i] = zonda_attention_tile{index, (work.tiles - 1 - i) * args.tile_rows};
        }
        for (int i = 0; i < work.splits && split + work.splits <= args.split_capacity; i++) {
            splits[split + i] = zonda_attention_split{index, work.firstSplit + i, split, work.splits};
        }
        tilesBefore += tileTotal;
        splitsBefore += splitTotal;
    }
    if (threadIdx.x == 0) {
        Global<zonda_attention_counts> counts = args.counts;
        counts[0] = zonda_attention_counts{
            min_of(tilesBefore, args.tile_capacity), min_of(splitsBefore, args.split_capacity)};
    }
}
