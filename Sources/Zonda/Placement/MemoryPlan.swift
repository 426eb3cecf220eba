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

    /// A sequence of this length has room, where the model goes so far and nobody says, before weights get theirs.
    private static let ordinaryLength = 4096

    /// - Parameter weightByteCount: what the weights take packed.
    /// - Throws: `outOfMemory` when a sequence of the length that was asked for does not fit, `badRequest` for sizes
    ///   that can't be.
    init(
        for model: DecoderDescription, which: Which, options: RunnerOptions, on device: any Device,
        weightByteCount: Int
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
            lookahead: options.lookahead ?? device.info.lookahead, prefixCaching: options.prefixCaching)
        var pages = PageBudget(byteCount: options.kvByteCount ?? 0, bytesPerPage: bytesPerPage, windows: windows)
        if options.kvByteCount == nil {
            let length = which.maxSequenceLength ?? min(scheduling.maxSequenceLength, Self.ordinaryLength)
            let sequence = try pages.byteCount(ofSequence: length, for: scheduling)
            pages.byteCount = Self.kvByteCount(atLeast: sequence, besides: weightByteCount, on: device.info)
        }
        let budget = pages.byteCount
        scheduling.groups = try pages.groups(for: scheduling)
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

    /// Bytes that packed weights may take: what keys and values leave.
    func weightMemoryByteCount(on device: DeviceInfo) -> Int { max(0, Self.usable(device) - kvByteCount) }

    /// Memory for weights, keys and values: a sixteenth is for activations, for the rest of the process, and for the pages
    /// of weights that stay in their file.
    private static func usable(_ device: DeviceInfo) -> Int { device.memoryByteCount - device.memoryByteCount / 16 }

    /// What keys and values get where nobody says: the device's share of what weights leave, if one sequence fits beside
    /// them. Where it does not, some weights will stay in their file, and keys and values need no more than that sequence.
    private static func kvByteCount(atLeast sequence: Int, besides weights: Int, on device: DeviceInfo) -> Int {
        let usable = usable(device)
        let left = usable - weights
        if left >= sequence { return max(sequence, Int(Double(left) * device.kvShare)) }
        return min(max(sequence, usable / 16), usable / 2)
    }

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
