import CZondaKernels
import ZondaCore
import ZondaDevice

/// Where the sampling kernels of one stream find everything but the logits, at addresses that never change: the slots'
/// samplers from the beginning, masks, results and scratch from the first logits on, whose size says the vocabulary.
///
/// Not `Sendable`: owned by one stream.
final class SamplingMemory {
    private let slots: Int
    private let device: CUDADevice
    private let state: DeviceMemory
    private var rows: (memory: DeviceMemory, layout: RowLayout)?

    /// Alternatives that a row of results has room for.
    static let alternativeCapacity = SamplingParameters.maxLogprobCount

    private static let samplerStride = MemoryLayout<zonda_slot_sampler>.stride

    /// What depends on the vocabulary, in bytes from the start.
    private struct RowLayout {
        let vocabulary: Int
        var masks = 0
        var results = 0
        var reports = 0
        var alternatives = 0
        var maxima = 0
        var best = 0
        var masses = 0
        var counts = 0
        var byteCount = 0

        init(vocabulary: Int, slots: Int) {
            self.vocabulary = vocabulary
            let (chunk, bins) = (Int(zonda_sampling_chunk), Int(zonda_sampling_bins))
            masks = take(slots * SamplingMemory.maskStride(vocabulary), of: 4)
            results = take(slots, of: MemoryLayout<zonda_sample_result>.stride)
            reports = take(slots, of: MemoryLayout<zonda_sample_report>.stride)
            alternatives = take(
                slots * SamplingMemory.alternativeCapacity, of: MemoryLayout<zonda_alternative>.stride)
            let blocks = pieces(vocabulary, of: chunk) * chunk / Int(zonda_sampling_block)
            maxima = take(2 * slots * blocks, of: 4)
            best = take(2 * slots, of: 8)
            masses = take(2 * slots * bins, of: 8)
            counts = take(2 * slots * bins, of: 4)
        }

        private mutating func take(_ count: Int, of size: Int) -> Int {
            let start = byteCount
            byteCount = pieces(start + count * size, of: 256) * 256
            return start
        }
    }

    init(slots: Int, on device: CUDADevice) throws(ZondaError) {
        self.slots = slots
        self.device = device
        state = try device.allocate(byteCount: slots * (Self.samplerStride + 8))
    }

    /// Bytes of each of its allocations; tables of biases and penalties come on top, for slots that have them.
    static func byteCounts(vocabulary: Int, slots: Int) -> [Int] {
        [slots * (samplerStride + 8), RowLayout(vocabulary: vocabulary, slots: slots).byteCount]
    }

    static func maskStride(_ vocabulary: Int) -> Int { pieces(vocabulary, of: 32) }

    /// Makes room for rows of `vocabulary` logits, the first time.
    ///
    /// - Throws: `internalFault` for rows of another size than before, `unsupported` for more logits than are sampled.
    func prepare(vocabulary: Int) throws(ZondaError) {
        if let rows {
            guard rows.layout.vocabulary != vocabulary else { return }
            throw ZondaError(
                .internalFault, "rows of \(rows.layout.vocabulary) and of \(vocabulary) logits in one stream",
                remedy: "report this: a stream serves one model")
        }
        guard (1...ProbabilityMass.maxRowCount).contains(vocabulary) else {
            throw ZondaError(
                .badLogits, "a row of \(vocabulary) logits; legal is 1 ... \(ProbabilityMass.maxRowCount)")
        }
        let layout = RowLayout(vocabulary: vocabulary, slots: slots)
        rows = (try device.allocate(byteCount: layout.byteCount), layout)
    }

    func sampler(of slot: Int) -> UInt64 { UInt64(state.address) + UInt64(slot * Self.samplerStride) }
    func hasMask(_ slot: Int) -> UInt64 { sampler(of: slots) + UInt64(slot * 4) }
    /// [slots] the newest sample of each slot.
    var lastSamples: UInt64 { hasMask(slots) }

    func mask(of slot: Int) -> UInt64 {
        address(\.masks) + UInt64(slot * Self.maskStride(rows?.layout.vocabulary ?? 0) * 4)
    }
    var results: UInt64 { address(\.results) }
    var reports: UInt64 { address(\.reports) }
    var alternatives: UInt64 { address(\.alternatives) }

    /// What recordings must keep alive.
    var owners: [AnyObject] { [state] + (rows.map { [$0.memory] } ?? []) }

    private func address(_ part: KeyPath<RowLayout, Int>) -> UInt64 {
        guard let rows else { return 0 }
        return UInt64(rows.memory.address) + UInt64(rows.layout[keyPath: part])
    }

    /// The kernels' arguments for rows of logits of the vocabulary that was prepared.
    func arguments(
        logits: TensorAddress, rows: UInt64, rowCount: UInt64, alternativeStride: Int
    ) -> zonda_sample_arguments {
        var arguments = zonda_sample_arguments()
        arguments.logits = logits.address
        arguments.rows = rows
        arguments.row_count = rowCount
        arguments.samplers = sampler(of: 0)
        arguments.masks = address(\.masks)
        arguments.has_mask = hasMask(0)
        arguments.last_samples = lastSamples
        arguments.results = results
        arguments.reports = reports
        arguments.alternatives = alternatives
        arguments.block_maxima = address(\.maxima)
        arguments.best = address(\.best)
        arguments.bin_masses = address(\.masses)
        arguments.bin_counts = address(\.counts)
        arguments.logits_stride = Int64(logits.stride)
        arguments.is_aligned = logits.address % 16 == 0 && logits.stride % 4 == 0 ? 1 : 0
        arguments.vocabulary = Int32(logits.columns)
        arguments.mask_stride = Int32(Self.maskStride(logits.columns))
        arguments.alternative_stride = Int32(alternativeStride)
        arguments.row_capacity = Int32(slots)
        return arguments
    }
}
