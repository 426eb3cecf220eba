import CZondaKernels
import ZondaCore
import ZondaDevice

/// Samples steps on the device, and keeps the host one step or more behind: what a slot samples with goes to the device
/// in stream order, tokens stay there, results come back on a stream of their own.
///
/// Not `Sendable`: owned by one stream.
final class StepSampler {
    let memory: SamplingMemory
    private let device: CUDADevice
    private var slots: [SlotSampler?]
    /// Slots of which the device has yet to be told.
    private var changed: [Int] = []
    private let uploads: UploadRing
    private let tables: TablePool
    /// No sequence is longer, so that a longer penalty window is none.
    private var sequenceLimit = Int.max
    /// Of the slots that are left to the host.
    private let hostSamplers: SlotSamplers
    /// Results go back here, so that the next step need not wait for them.
    private let results: CUDAStream
    private let isSampled: CUDAEvent
    private var kept: [KeptSamples] = []
    private var next = 0

    /// Pinned bytes from the start; masks and tables of biases and penalties make them grow.
    static let pinnedByteCount =
        SlotSamplers.keptCount * KeptSamples.smallestByteCount + UploadRing.pinnedByteCount

    /// - Parameter vocabulary: logits of a row; 0 where nobody planned.
    init(_ device: CUDADevice, slots: Int, vocabulary: Int) throws(ZondaError) {
        self.device = device
        self.slots = Array(repeating: nil, count: slots)
        memory = try SamplingMemory(slots: slots, on: device)
        if vocabulary > 0 { try memory.prepare(vocabulary: vocabulary) }
        uploads = try UploadRing(in: device.context)
        tables = TablePool(on: device)
        hostSamplers = SlotSamplers(slotCount: slots)
        results = try CUDAStream(in: device.context)
        isSampled = try CUDAEvent(in: device.context)
        for _ in 0..<SlotSamplers.keptCount { kept.append(try KeptSamples(in: device.context)) }
    }

    /// Takes note that no sequence is longer.
    func limitSequences(to count: Int) { sequenceLimit = min(sequenceLimit, count) }

    // MARK: what slots sample with

    /// See `Stream.setSampler`.
    func set(
        slot index: Int, _ parameters: SamplingParameters, prompt: [TokenID], generated: [TokenID]
    ) throws(ZondaError) {
        try checkIndex(index)
        let slot = try SlotSampler(parameters, prompt: prompt, generated: generated)
        if let old = slots[index] {
            if old.unsampledCount > 0 { try sampleRowsOfHost() }
            // Kernels in flight may use them still; what comes into them next is copied behind those.
            for table in old.tables { tables.giveBack(table) }
            old.tables = []
        }
        slots[index] = slot
        noteChange(index)
    }

    /// See `Stream.setMask`.
    func setMask(slot index: Int, _ mask: [UInt32]) throws(ZondaError) {
        let slot = try state(index)
        if slot.unsampledCount > 0 { try sampleRowsOfHost() }
        slot.mask = mask
        slot.isMasked = true
        noteChange(index)
    }

    private func noteChange(_ index: Int) {
        if !changed.contains(index) { changed.append(index) }
    }

    // MARK: a step

    /// The tokens of a forward pass; the last samples that only the device knows stay `StepInputs.lastSample`.
    func tokens(of inputs: StepInputs) throws(ZondaError) -> [TokenID] {
        var tokens = inputs.tokens
        for (row, index) in zip(tokens.indices, inputs.slots) where tokens[row] == StepInputs.lastSample {
            let slot = try state(Int(index))
            if slot.unsampledCount > 0 { try sampleRowsOfHost() }
            tokens[row] = slot.lastToken ?? StepInputs.lastSample
        }
        return tokens
    }

    func shape(of rows: [StepInputs.SampleRow]) throws(ZondaError) -> SamplingShape {
        var most: Int?
        for row in rows {
            let count = try state(Int(row.slot)).parameters.logprobCount
            if let count { most = max(most ?? 0, count) }
        }
        return SamplingShape(rowCount: rows.count, mostAlternatives: most)
    }

    /// Submits what the sampling kernels must find, before them.
    func prepare(vocabulary: Int, on stream: borrowing CUDAStream) throws(ZondaError) {
        for index in changed {
            guard let slot = slots[index] else { continue }
            try begin(slot, at: index, vocabulary, on: stream)
            try sendMask(of: slot, at: index, vocabulary, on: stream)
        }
        changed.removeAll(keepingCapacity: true)
        // The kernels write where the copies of the sampling before read: long done, as a forward pass lies between.
        try stream.wait(for: kept[(next + kept.count - 1) % kept.count].isHere)
    }

    /// Submits the copies of what the kernels of a submission have written; the host waits for nothing.
    func collect(
        _ submission: Submission, _ samples: [StepInputs.SampleRow], _ shape: SamplingShape, logits: TensorAddress,
        on stream: borrowing CUDAStream
    ) throws(ZondaError) {
        let entry = kept[next]
        // A submission that nobody read is forgotten now; its rows are part of what their slots sample next.
        if entry.hasUnsampledRows { try sampleRowsOfHost(upTo: entry.submission?.index ?? 0) }
        next = (next + 1) % kept.count
        var rows: [KeptSamples.Row] = []
        var hostCount = 0
        for sample in samples {
            let slot = try state(Int(sample.slot))
            var row = KeptSamples.Row(
                row: sample, slot: slot, isMasked: slot.isMasked, failure: slot.failure ?? slot.maskFailure)
            if slot.isOnHost {
                row.failure = nil
                row.hostIndex = hostCount
                hostCount += 1
            }
            slot.lastToken = row.failure == nil ? nil : 0
            (slot.isMasked, slot.maskFailure) = (false, nil)
            rows.append(row)
        }
        try entry.begin(submission, rows, shape, vocabulary: logits.columns)
        for row in rows where row.hostIndex != nil { row.slot.unsampledCount += 1 }
        try entry.copyLogits(logits, on: stream)
        try isSampled.record(on: stream)
        try results.wait(for: isSampled)
        try entry.copyResults(from: memory, on: results)
    }

    /// See `Stream.samples`.
    func results(of submission: Submission) throws(ZondaError) -> [Result<Sample, ZondaError>] {
        guard let found = kept.first(where: { $0.submission == submission }) else {
            let known = kept.compactMap(\.submission?.index).sorted()
            throw ZondaError(
                .internalFault, "samples of submission \(submission.index) are not kept; there are \(known)",
                remedy: "report this: a step was read too late, or did not sample")
        }
        if found.hasUnsampledRows { try sampleRowsOfHost(upTo: submission.index) }
        return try found.results()
    }

    // MARK: the parts

    /// Tells the device of a sequence that has taken a slot.
    private func begin(
        _ slot: SlotSampler, at index: Int, _ vocabulary: Int, on stream: borrowing CUDAStream
    ) throws(ZondaError) {
        guard let (prompt, generated) = slot.beginning else { return }
        slot.beginning = nil
        var sampler = DeviceSampler(
            slot.parameters, prompt: prompt, generated: generated, vocabulary: vocabulary,
            sequenceLimit: sequenceLimit)
        // The host's sampler says what is wrong with tokens that the vocabulary lacks, at each of its rows.
        if (try? slot.parameters.validated(vocabularyCount: vocabulary)) == nil { sampler.leaveToHost() }
        if sampler.isOnHost {
            slot.isOnHost = true
            try hostSamplers.set(slot: index, slot.parameters, prompt: prompt, generated: generated)
        }
        do throws(ZondaError) {
            sampler.arguments.bias = try upload(sampler.bias, of: slot, on: stream)
            sampler.arguments.counts = try upload(sampler.counts, of: slot, on: stream)
            sampler.arguments.window_tokens = try upload(sampler.windowTokens, of: slot, on: stream)
        } catch {
            // Only this sequence is without memory.
            guard error.code == .outOfMemory else { throw error }
            slot.failure = error
            sampler.leaveToHost()
            (sampler.arguments.bias, sampler.arguments.counts, sampler.arguments.window_tokens) = (0, 0, 0)
        }
        try uploads.upload([sampler.arguments], to: memory.sampler(of: index), on: stream)
        // That of the sequence before may not have been used.
        try uploads.upload([Int32(0)], to: memory.hasMask(index), on: stream)
    }

    private func upload<Value: BitwiseCopyable>(
        _ values: [Value]?, of slot: SlotSampler, on stream: borrowing CUDAStream
    ) throws(ZondaError) -> UInt64 {
        guard let values else { return 0 }
        let table = try tables.take(count: values.count)
        slot.tables.append(table)
        try uploads.upload(values, to: UInt64(table.address), on: stream)
        return UInt64(table.address)
    }

    private func sendMask(
        of slot: SlotSampler, at index: Int, _ vocabulary: Int, on stream: borrowing CUDAStream
    ) throws(ZondaError) {
        guard let mask = slot.mask else { return }
        slot.mask = nil
        guard !slot.isOnHost else { return try hostSamplers.setMask(slot: index, mask) }
        guard mask.count == SamplingMemory.maskStride(vocabulary) else {
            slot.maskFailure = Sampler.wrongMask(wordCount: mask.count, vocabulary: vocabulary)
            return
        }
        try uploads.upload(mask, to: memory.mask(of: index), on: stream)
        try uploads.upload([Int32(1)], to: memory.hasMask(index), on: stream)
    }

    /// Waits for the submissions that left rows to the host, oldest first, and samples those.
    private func sampleRowsOfHost(upTo last: Int = .max) throws(ZondaError) {
        for entry in kept.sorted(by: { $0.submission?.index ?? 0 < $1.submission?.index ?? 0 }) {
            if let index = entry.submission?.index, index <= last { try entry.sampleRows(with: hostSamplers) }
        }
    }

    private func checkIndex(_ slot: Int) throws(ZondaError) {
        guard slots.indices.contains(slot) else {
            throw ZondaError(.internalFault, "slot \(slot) of \(slots.count)", remedy: "report this")
        }
    }

    private func state(_ slot: Int) throws(ZondaError) -> SlotSampler {
        try checkIndex(slot)
        if let state = slots[slot] { return state }
        throw ZondaError(
            .internalFault, "slot \(slot) has no sampler", remedy: "report this: a sequence took a slot silently")
    }
}
