import CZondaSIMD
import ZondaCore
import ZondaDevice

/// The work list of attention for layers of equal heads and windows, made anew from the spans of each step.
struct AttentionPlan {
    struct Key: Hashable {
        var heads: Int
        var kvHeads: Int
        var window: Int
    }

    let heads: zonda_attention_heads
    let plan: UnsafeMutablePointer<zonda_attention_plan>
    /// Partial results that the plan may use at most.
    let partialCapacity: Int

    /// - Parameter context: positions that a sequence can reach.
    init(_ key: Key, rows: Int, context: Int, threadCount: Int, in recording: Recording) {
        heads = zonda_attention_heads(
            heads: Int32(key.heads), kv_heads: Int32(key.kvHeads), window: Int32(clamping: key.window))
        let limits = zonda_attention_plan_limits(
            heads, Int32(rows), Int32(rows), Int32(clamping: context), Int32(threadCount))
        let plan = recording.copy([
            zonda_attention_plan(
                items: recording.allocate(zonda_attention_item.self, count: Int(limits.items)),
                item_capacity: limits.items,
                merges: recording.allocate(zonda_attention_item.self, count: Int(limits.merges)),
                merge_capacity: limits.merges, partial_capacity: limits.partials, item_count: 0, merge_count: 0,
                partial_count: 0)
        ])
        self.plan = plan
        partialCapacity = Int(limits.partials)
        let heads = heads
        recording.prepare { (memory) throws(ZondaError) in
            let isMade = zonda_attention_make_plan(
                plan, heads, memory.spans.base, Int32(memory.spanCount), Int32(threadCount))
            guard isMade else {
                throw ZondaError(
                    .internalFault,
                    "the work list of attention has no room for \(memory.spanCount) spans of \(rows) rows",
                    remedy: "report this")
            }
        }
    }
}
