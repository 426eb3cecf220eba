import ZondaCore
import ZondaDevice
import ZondaModels
import ZondaScheduling

/// How many sequences of which length run at a time, and the pages that their keys and values get.
struct MemoryPlan {
    let scheduling: SchedulerConfiguration
    /// Rows whose logits are kept at a time.
    let maxLogitRows: Int
    private let layers: [Layer]

    /// One layer's cache: its shape, bytes per page and page group.
    private struct Layer {
        var spec: KVSpec
        var pageByteCount: Int
        var group: Int
    }

    /// Sequences at a time where nobody says.
    static let defaultBatchSize = 16
    /// Longest sequence where nobody says and the model would go further: keeps rope tables and page tables small.
    static let defaultSequenceLength = 32768

    /// - Parameter availableByteCount: memory that weights have left.
    /// - Throws: `outOfMemory` when a sequence of the length that was asked for does not fit, `badRequest` for sizes
    ///   that can't be.
    init(
        for model: DecoderDescription, which: Which, options: RunnerOptions, on device: any Device,
        availableByteCount: Int
    ) throws(ZondaError) {
        try Self.check("max_batch_size", which.maxBatchSize, 1...4096)
        try Self.check("max_seq_len", which.maxSequenceLength, 1...(1 << 24))
        try Self.check("tokens per step", options.maxTokensPerStep, 1...65536)
        try Self.check("lookahead", options.lookahead, 0...2)
        let windows = model.windows
        var layers: [Layer] = []
        var bytesPerPage = Array(repeating: 0, count: windows.count)
        for layer in model.layers {
            let part = layer.attention
            let spec = KVSpec(dtype: options.kvType, kvHeads: part.kvHeads, headSize: part.headSize)
            let group = windows.firstIndex(of: part.window) ?? 0
            layers.append(Layer(spec: spec, pageByteCount: try device.pageByteCount(of: spec), group: group))
            bytesPerPage[group] += layers[layers.count - 1].pageByteCount
        }
        self.layers = layers
        let batch = which.maxBatchSize ?? Self.defaultBatchSize
        maxLogitRows = max(batch, 16)
        var scheduling = SchedulerConfiguration(
            pageSize: KVCache.pageSize, groups: [], maxBatchSize: batch,
            maxTokensPerStep: max(options.maxTokensPerStep, batch),
            maxSequenceLength: which.maxSequenceLength ?? min(model.maxSequenceLength, Self.defaultSequenceLength),
            lookahead: options.lookahead, prefixCaching: options.prefixCaching)
        let budget = options.kvByteCount ?? availableByteCount / 4
        scheduling.groups = try PageBudget(byteCount: budget, bytesPerPage: bytesPerPage, windows: windows)
            .groups(for: scheduling)
        if let wanted = which.maxSequenceLength, scheduling.longestSequence < wanted {
            throw ZondaError(
                .outOfMemory,
                "keys and values of \(wanted) tokens do not fit in \(budget) bytes; \(scheduling.longestSequence) do",
                remedy: "lower max_seq_len, raise the KV budget or use a smaller KV type",
                facts: ["available": "\(budget)", "longest": "\(scheduling.longestSequence)"])
        }
        scheduling.maxSequenceLength = scheduling.longestSequence
        self.scheduling = scheduling
    }

    /// Bytes that keys and values may take; memory is touched as pages are used.
    var kvByteCount: Int { layers.reduce(0) { $0 + $1.pageByteCount * scheduling.groups[$1.group].pageCount } }

    /// Bytes that packed weights may take of `memory` bytes: what keys and values leave, less a sixteenth for activations,
    /// for the rest of the process, and for the pages of weights that stay in their file.
    func weightMemoryByteCount(of memory: Int) -> Int { max(0, memory - memory / 16 - kvByteCount) }

    /// One cache per layer.
    func makeCaches(on device: any Device) throws(ZondaError) -> [KVCache] {
        var caches: [KVCache] = []
        for layer in layers {
            let pageCount = scheduling.groups[layer.group].pageCount
            caches.append(
                KVCache(
                    spec: layer.spec, memory: try device.allocate(byteCount: layer.pageByteCount * pageCount),
                    pageCount: pageCount, group: layer.group))
        }
        return caches
    }

    private static func check(_ name: String, _ value: Int?, _ range: ClosedRange<Int>) throws(ZondaError) {
        guard let value, !range.contains(value) else { return }
        throw ZondaError(
            .badRequest, "\(name) is \(value)", remedy: "use \(range.lowerBound) to \(range.upperBound)",
            facts: [name: "\(value)"])
    }
}
