import CZondaKernels
import ZondaCore
import ZondaDevice

/// The work lists of a step's attention, for all layers with the same heads and window: made by a kernel when the first
/// of them comes.
struct AttentionLists {
    struct Key: Hashable {
        var heads: Int
        var kvHeads: Int
        var headSize: Int
        var window: Int
    }

    let counts: UInt64
    let tiles: UInt64
    let splits: UInt64
    let partials: UInt64
    let arrivals: UInt64
    let tileCapacity: Int
    let splitCapacity: Int
}

extension CUDAEncoder {
    func lists(for op: AttentionOp) -> AttentionLists {
        let key = AttentionLists.Key(
            heads: op.heads, kvHeads: op.cache.spec.kvHeads, headSize: op.cache.spec.headSize, window: op.window ?? 0)
        if let lists = attentionPlans[key] { return lists }
        let lists = makeLists(key, rows: op.query.rows, pageCount: op.cache.pageCount)
        attentionPlans[key] = lists
        return lists
    }

    private func makeLists(_ key: AttentionLists.Key, rows: Int, pageCount: Int) -> AttentionLists {
        let (heads, size) = (Int32(key.heads), Int32(key.headSize))
        let group = Int32(key.heads / key.kvHeads)
        let context = Int32(clamping: min(longestSequence, pageCount * KVCache.pageSize))
        // Every row may be a span of its own, of as many sequences as run at a time.
        let spans = min(rows, mostSpans)
        let tileCapacity = Int(zonda_attention_most_tiles(Int32(rows), Int32(spans), group, size))
        let splitCapacity = spans * Int(zonda_attention_most_splits(context, Int32(key.window)))
        let partialCount = zonda_attention_partial_floats(Int64(splitCapacity), heads, size)
        let lists = AttentionLists(
            counts: scratch.keep(MemoryLayout<zonda_attention_counts>.stride),
            tiles: scratch.keep(tileCapacity * MemoryLayout<zonda_attention_tile>.stride),
            splits: scratch.keep(splitCapacity * MemoryLayout<zonda_attention_split>.stride),
            partials: scratch.keep(Int(partialCount) * 4),
            arrivals: UInt64(buffers.counters?.address ?? 0),
            tileCapacity: tileCapacity, splitCapacity: splitCapacity)
        let arguments = zonda_attention_plan_arguments(
            spans: buffers.address(buffers.layout.spans), span_count: buffers.address(of: .spans),
            counts: lists.counts, tiles: lists.tiles, splits: lists.splits, tile_capacity: Int32(tileCapacity),
            split_capacity: Int32(splitCapacity), group: group, tile_rows: zonda_attention_tile_rows(size),
            window: Int32(key.window), prompt_only: isDeterministic ? 1 : 0)
        launch("attention_plan.cu", "attention_plan", grid: .init(1), block: 256, shared: 32, arguments)
        return lists
    }
}
