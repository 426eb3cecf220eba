import ZondaCore
import ZondaDevice
import ZondaModels
import ZondaScheduling

/// How many sequences of which length run at a time, the pages that their keys and values get, and what all of it takes
/// of the device: all that is decided before anything is loaded.
struct EnginePlan {
    let scheduling: SchedulerConfiguration
    /// The largest step, and what it needs.
    let limits: StepLimits
    let memory: MemoryPlan
    /// Bytes that packed weights may take; the rest stays in its file.
    let weightMemoryByteCount: Int
    private let layers: [CacheLayer]

    /// Sequences at a time where nobody says.
    static let defaultBatchSize = 16
    /// Longest sequence where nobody says and the model would go further: keeps rope tables and page tables small.
    static let defaultSequenceLength = 32768

    /// - Throws: `outOfMemory` when the model, or a sequence of the length that was asked for, does not fit, `badRequest`
    ///   for sizes that can't be, `badTensor` and `unsupported` for matrices that are missing or can't be multiplied.
    init(
        for source: ModelSource, which: Which, options: RunnerOptions, on device: any Device
    ) throws(ZondaError) {
        try Self.check("max_batch_size", which.maxBatchSize, 1...4096)
        try Self.check("max_seq_len", which.maxSequenceLength, 1...(1 << 24))
        try Self.check("tokens per step", options.maxTokensPerStep, 1...65536)
        try Self.check("lookahead", options.lookahead, 0...2)
        guard options.maxTokenDelay > 1 else {
            throw ZondaError(
                .badRequest, "max token delay is \(options.maxTokenDelay)",
                remedy: "use a number above 1, such as 3; infinite for no limit")
        }
        let model = source.description
        let layers = try CacheLayer.all(of: model, dtype: options.kvType, on: device)
        let batch = which.maxBatchSize ?? Self.defaultBatchSize
        var scheduling = SchedulerConfiguration(
            pageSize: KVCache.pageSize, groups: [], maxBatchSize: batch,
            maxTokensPerStep: max(options.maxTokensPerStep, batch),
            maxSequenceLength: which.maxSequenceLength ?? min(model.maxSequenceLength, Self.defaultSequenceLength),
            lookahead: options.lookahead ?? device.info.lookahead, prefixCaching: options.prefixCaching)
        let windows = model.windows
        var limits = StepLimits(
            rows: scheduling.maxTokensPerStep, slots: batch, compute: options.usesFloat32 ? .float32 : .fast)
        limits.logitRows = max(batch, 16)
        limits.vocabularyCount = model.vocabularyCount

        /// What all but keys and values takes, for sequences of at most `length` tokens.
        func measure(_ length: Int) throws(ZondaError) -> Footprint {
            let pageCount = length / KVCache.pageSize + 1
            limits.tableEntryCounts = windows.map { _ in batch * pageCount }
            return try Footprint(
                of: model, from: source.weights, length: length, limits: limits,
                caches: { (device) throws(ZondaError) in
                    try layers.map { (layer) throws(ZondaError) in try layer.cache(pageCount: pageCount, on: device) }
                }, on: device)
        }
        let pages = PageBudget(
            byteCount: 0, bytesPerPage: layers.bytesPerPage(groupCount: windows.count), windows: windows)
        /// The same, and the pages that fit beside it.
        func fit(_ length: Int) throws(ZondaError) -> Footprint {
            scheduling.maxSequenceLength = length
            let footprint = try measure(length)
            let budget = KVBudget(
                pages: pages, wantedLength: which.maxSequenceLength, layers: layers, footprint: footprint,
                device: device)
            scheduling.groups = try budget.groups(for: scheduling, asked: options.kvByteCount)
            return footprint
        }
        var footprint: Footprint
        do throws(ZondaError) {
            footprint = try fit(scheduling.maxSequenceLength)
        } catch {
            // Rope tables and page tables of sequences that nobody asked for may have been what was too much.
            guard error.code == .outOfMemory, which.maxSequenceLength == nil, options.kvByteCount == nil,
                scheduling.maxSequenceLength > KVBudget.leastLength
            else { throw error }
            footprint = try fit(KVBudget.leastLength)
        }
        if scheduling.longestSequence < scheduling.maxSequenceLength {
            scheduling.maxSequenceLength = scheduling.longestSequence
            footprint = try measure(scheduling.maxSequenceLength)
        }
        let kvByteCount = layers.allocatedByteCount(scheduling.groups, on: device)
        let usable = device.info.usableByteCount
        weightMemoryByteCount =
            options.weightMemoryByteCount
            ?? (device.info.keepsWeights
                ? max(0, usable - kvByteCount - footprint.vectorByteCount - footprint.stepByteCount) : .max)
        try Self.checkWeights(footprint.matrixByteCount, limit: weightMemoryByteCount, on: device.info)
        limits.scratchByteCount = footprint.stream.scratchByteCount
        self.limits = limits
        self.layers = layers
        self.scheduling = scheduling
        memory = MemoryPlan(
            deviceID: device.info.id, device: device.info.description, matrixByteCount: footprint.matrixByteCount,
            fileByteCount: max(0, footprint.matrixByteCount - weightMemoryByteCount),
            vectorByteCount: footprint.vectorByteCount, kvByteCount: kvByteCount,
            kvTokenCount: (scheduling.groups.map(\.pageCount).max() ?? 0) * KVCache.pageSize,
            maxSequenceLength: scheduling.maxSequenceLength, maxBatchSize: batch,
            activationByteCount: footprint.activationByteCount, scratchByteCount: footprint.scratchByteCount,
            inputByteCount: footprint.stream.inputByteCount, pinnedByteCount: footprint.stream.pinnedByteCount,
            availableByteCount: device.info.memoryByteCount, deviceByteCount: device.info.totalByteCount)
    }

    /// One cache per layer.
    func makeCaches(on device: any Device) throws(ZondaError) -> [KVCache] {
        try layers.map { (layer) throws(ZondaError) in
            try layer.cache(pageCount: scheduling.groups[layer.group].pageCount, on: device)
        }
    }

    /// Weights that stay in their file are for devices that can read them there.
    private static func checkWeights(_ byteCount: Int, limit: Int, on device: DeviceInfo) throws(ZondaError) {
        guard byteCount > limit, !device.keepsWeights else { return }
        throw ZondaError(
            .outOfMemory,
            "weights take \(byteCount) bytes and may take \(limit); on \(device.id) none can stay in their file",
            remedy: "leave out the limit (`--weight-memory`), or run on the CPU (`--device cpu`)",
            facts: ["needed": "\(byteCount)", "available": "\(limit)", "device": device.id])
    }

    private static func check(_ name: String, _ value: Int?, _ range: ClosedRange<Int>) throws(ZondaError) {
        guard let value, !range.contains(value) else { return }
        throw ZondaError(
            .badRequest, "\(name) is \(value)", remedy: "use \(range.lowerBound) to \(range.upperBound)",
            facts: [name: "\(value)"])
    }
}
