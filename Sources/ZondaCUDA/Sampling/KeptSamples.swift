import CZondaKernels
import ZondaCore
import ZondaDevice

/// The results of one submission on their way from the device: pinned memory, an event behind the copies into it, and
/// what the host must know to read them.
///
/// Not `Sendable`: owned by one stream. Used again for a later submission.
final class KeptSamples {
    static let smallestByteCount = 4096

    private(set) var submission: Submission?
    private(set) var rows: [Row] = []
    private(set) var shape = SamplingShape(rowCount: 0, mostAlternatives: nil)
    private let context: CUDAContext
    private var pinned: PinnedBuffer?
    /// Of `pinned`.
    private var bytes = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    let isHere: CUDAEvent
    private var layout = Layout()
    private var vocabulary = 0
    private var decoded: [Result<Sample, ZondaError>]?

    /// One row of the submission.
    struct Row {
        var row: StepInputs.SampleRow
        var slot: SlotSampler
        /// Also when the row was left to the host.
        var isMasked: Bool
        /// Known before any kernel ran.
        var failure: ZondaError?
        /// Of a row that the host samples: which of `logits` it is.
        var hostIndex: Int?
        /// What the host sampled.
        var hostResult: Result<Sample, ZondaError>?
    }

    /// Bytes from the start of the pinned memory.
    private struct Layout {
        var results = 0
        var reports = 0
        var alternatives = 0
        var logits = 0
        var byteCount = 0
    }

    init(in context: CUDAContext) throws(ZondaError) {
        self.context = context
        isHere = try CUDAEvent(in: context)
        try reserve(Self.smallestByteCount)
    }

    var hasUnsampledRows: Bool { rows.contains { $0.hostIndex != nil && $0.hostResult == nil } }

    /// Makes ready for another submission; memory only ever grows.
    func begin(
        _ submission: Submission, _ rows: [Row], _ shape: SamplingShape, vocabulary: Int
    ) throws(ZondaError) {
        // Of no submission until there is room for its results.
        (self.submission, self.rows, decoded, layout) = (nil, [], nil, Layout())
        layout.results = take(rows.count, of: MemoryLayout<zonda_sample_result>.stride)
        if let alternatives = shape.alternatives {
            layout.reports = take(rows.count, of: MemoryLayout<zonda_sample_report>.stride)
            layout.alternatives = take(rows.count * alternatives, of: MemoryLayout<zonda_alternative>.stride)
        }
        layout.logits = take(rows.count { $0.hostIndex != nil } * vocabulary, of: 4)
        if bytes.count < layout.byteCount { try grow() }
        (self.submission, self.rows, self.shape, self.vocabulary) = (submission, rows, shape, vocabulary)
    }

    private func grow() throws(ZondaError) {
        // What was submitted four samplings ago may still be copied.
        try isHere.synchronize()
        pinned = nil
        bytes = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        var size = Self.smallestByteCount
        while size < layout.byteCount { size *= 2 }
        try reserve(size)
    }

    private func reserve(_ size: Int) throws(ZondaError) {
        let buffer = try PinnedBuffer(byteCount: size, in: context)
        bytes = buffer.bytes
        pinned = consume buffer
    }

    private func take(_ count: Int, of size: Int) -> Int {
        let start = layout.byteCount
        layout.byteCount = pieces(start + count * size, of: 16) * 16
        return start
    }

    private func part(_ start: Int, _ byteCount: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + byteCount])
    }

    /// Submits the copies of the logits that the host samples from, behind the kernels that computed them.
    func copyLogits(_ logits: TensorAddress, on stream: borrowing CUDAStream) throws(ZondaError) {
        for row in rows {
            guard let index = row.hostIndex else { continue }
            let source = logits.address + UInt64(Int(row.row.logitRow) * logits.stride * 4)
            try stream.copy(from: source, to: part(layout.logits + index * vocabulary * 4, vocabulary * 4))
        }
    }

    /// Submits the copies of what the kernels wrote, and the event behind them.
    func copyResults(from memory: SamplingMemory, on stream: borrowing CUDAStream) throws(ZondaError) {
        let count = rows.count
        try stream.copy(
            from: memory.results, to: part(layout.results, count * MemoryLayout<zonda_sample_result>.stride))
        if let alternatives = shape.alternatives {
            try stream.copy(
                from: memory.reports, to: part(layout.reports, count * MemoryLayout<zonda_sample_report>.stride))
            try stream.copy(
                from: memory.alternatives,
                to: part(layout.alternatives, count * alternatives * MemoryLayout<zonda_alternative>.stride))
        }
        try isHere.record(on: stream)
    }

    /// Waits, then samples the rows that were left to the host, in order.
    func sampleRows(with samplers: SlotSamplers) throws(ZondaError) {
        guard let submission, hasUnsampledRows else { return }
        try isHere.finish()
        let indices = rows.indices.filter { rows[$0].hostIndex != nil }
        try samplers.begin(indices.map { rows[$0].row })
        for (place, _) in indices.enumerated() {
            let logits = part(layout.logits + place * vocabulary * 4, vocabulary * 4)
            samplers.sample(
                place, logits: UnsafeBufferPointer(logits.bindMemory(to: Float.self)).span, thread: 0)
        }
        samplers.end(submission)
        for (index, result) in zip(indices, try samplers.results(of: submission)) {
            rows[index].hostResult = result
            rows[index].slot.lastToken = (try? result.get())?.token ?? 0
            rows[index].slot.unsampledCount -= 1
        }
    }

    /// Waits, then reads. Rows that were left to the host have been sampled.
    func results() throws(ZondaError) -> [Result<Sample, ZondaError>] {
        if let decoded { return decoded }
        try isHere.finish()
        let results = rows.indices.map { index in
            if let failure = rows[index].failure { return Result<Sample, ZondaError>.failure(failure) }
            if let result = rows[index].hostResult { return result }
            do throws(ZondaError) { return .success(try decode(index)) } catch { return .failure(error) }
        }
        decoded = results
        return results
    }

    private func decode(_ index: Int) throws(ZondaError) -> Sample {
        func value<Value: BitwiseCopyable>(_ start: Int, _ index: Int) -> Value {
            bytes.load(fromByteOffset: start + index * MemoryLayout<Value>.stride, as: Value.self)
        }
        var sample = DeviceSample(
            result: value(layout.results, index), report: zonda_sample_report(), alternatives: [])
        let hasReport = rows[index].slot.parameters.logprobCount != nil
        if hasReport, let stride = shape.alternatives {
            sample.report = value(layout.reports, index)
            let count = min(Int(sample.report.count), stride)
            sample.alternatives = (0..<count).map { value(layout.alternatives, index * stride + $0) }[...]
        }
        let isMasked = rows[index].isMasked
        if let sample = try sample.sample(hasReport: hasReport, vocabulary: vocabulary, isMasked: isMasked) {
            return sample
        }
        throw ZondaError(
            .internalFault, "row \(index) was left to a host that did not sample it", remedy: "report this")
    }
}
