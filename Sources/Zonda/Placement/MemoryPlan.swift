import ZondaCore
import ZondaDevice
import ZondaModels
import ZondaScheduling

/// How many sequences of which length run at a time, and the pages that their keys and values get.
struct MemoryPlan {
    let maxSequenceLength: Int
    let maxBatchSize: Int
    let maxTokensPerStep: Int
    /// Rows whose logits are kept at a time.
    let maxLogitRows: Int
    let groups: [PageGroup]
    /// One per layer: its cache's shape, bytes per page and group.
    private let layers: [Layer]

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
    /// - Throws: `outOfMemory` when not even one sequence of `maxSequenceLength` fits, `badRequest` for sizes that
    ///   can't be.
    init(
        for model: DecoderDescription, which: Which, options: RunnerOptions, on device: any Device,
        availableByteCount: Int
    ) throws(ZondaError) {
        try Self.check("max_batch_size", which.maxBatchSize, 1...4096)
        try Self.check("max_seq_len", which.maxSequenceLength, 1...(1 << 24))
        try Self.check("tokens per step", options.maxTokensPerStep, 1...65536)
        maxBatchSize = which.maxBatchSize ?? Self.defaultBatchSize
        maxTokensPerStep = max(options.maxTokensPerStep, maxBatchSize)
        maxLogitRows = max(maxBatchSize, 16)
        let windows = model.windows
        var layers: [Layer] = []
        for layer in model.layers {
            let part = layer.attention
            let spec = KVSpec(dtype: options.kvType, kvHeads: part.kvHeads, headSize: part.headSize)
            layers.append(
                Layer(
                    spec: spec, pageByteCount: try device.pageByteCount(of: spec),
                    group: windows.firstIndex(of: part.window) ?? 0))
        }
        self.layers = layers
        let budget = options.kvByteCount ?? availableByteCount / 4
        let (step, batch) = (maxTokensPerStep, maxBatchSize)
        func pages(_ sequences: Int, of length: Int) -> [Int] {
            windows.map { window in
                let kept = min(length, window.map { $0 + step } ?? length)
                return sequences * (kept / KVCache.pageSize + 2)
            }
        }
        func byteCount(_ pages: [Int]) -> Int { layers.reduce(0) { $0 + $1.pageByteCount * pages[$1.group] } }

        var length = which.maxSequenceLength ?? min(model.maxSequenceLength, Self.defaultSequenceLength)
        // Nobody asked for this length, so it may shrink to what fits.
        while which.maxSequenceLength == nil, length > 512, byteCount(pages(1, of: length)) > budget { length /= 2 }
        let needed = byteCount(pages(1, of: length))
        guard needed <= budget else {
            throw ZondaError(
                .outOfMemory, "keys and values of \(length) tokens need \(needed) bytes, \(budget) are planned for",
                remedy: "lower max_seq_len, raise the KV budget or use a smaller KV type",
                facts: ["needed": "\(needed)", "available": "\(budget)"])
        }
        var sequences = batch
        while sequences > 1, byteCount(pages(sequences, of: length)) > budget { sequences -= 1 }
        maxSequenceLength = length
        groups = zip(windows, pages(sequences, of: length)).map { PageGroup(window: $0, pageCount: $1) }
    }

    /// Bytes that keys and values may take; memory is touched as pages are used.
    var kvByteCount: Int { layers.reduce(0) { $0 + $1.pageByteCount * groups[$1.group].pageCount } }

    /// One cache per layer.
    func makeCaches(on device: any Device) throws(ZondaError) -> [KVCache] {
        var caches: [KVCache] = []
        for layer in layers {
            let pageCount = groups[layer.group].pageCount
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
