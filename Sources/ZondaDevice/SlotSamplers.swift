public import ZondaCore

/// The samplers of all slots of one stream, their newest tokens, and the results of the newest submissions.
///
/// A device that samples on the host uses it as it is; one that samples in a kernel must give the same tokens.
///
/// Not `Sendable`: owned by one stream. Only `sample(_:logits:thread:)` may run on several threads at once, each with a
/// `thread` of its own and an index of its own, between `begin` and `end`.
public final class SlotSamplers {
    private var slots: [Slot?]
    private let scratch: [Scratch]
    private var kept: [(submission: Submission, results: [Result<Sample, ZondaError>])] = []
    private var batch: [Entry] = []

    /// A host that runs two steps ahead reads step N after N + 2 was submitted.
    public static let keptCount = 4

    /// What one slot samples with. A class, so that threads that sample different slots share no storage.
    private final class Slot {
        let parameters: SamplingParameters
        var history: TokenHistory?
        var mask: [UInt32]?
        var lastSample: TokenID

        init(_ parameters: SamplingParameters, prompt: [TokenID], generated: [TokenID]) {
            self.parameters = parameters
            if parameters.needsHistory {
                var history = TokenHistory(prompt: prompt, parameters: parameters)
                for token in generated { history.append(token) }
                self.history = history
            }
            lastSample = generated.last ?? prompt.last ?? 0
        }
    }

    private final class Scratch {
        var sampler = Sampler()
    }

    private final class Entry {
        let row: StepInputs.SampleRow
        let slot: Slot
        var result: Result<Sample, ZondaError>?

        init(_ row: StepInputs.SampleRow, _ slot: Slot) {
            self.row = row
            self.slot = slot
        }
    }

    public init(slotCount: Int, threadCount: Int = 1) {
        slots = Array(repeating: nil, count: slotCount)
        scratch = (0..<threadCount).map { _ in Scratch() }
    }

    /// See `Stream.setSampler`.
    public func set(
        slot: Int, _ parameters: SamplingParameters, prompt: [TokenID], generated: [TokenID]
    ) throws(ZondaError) {
        try checkIndex(slot)
        slots[slot] = Slot(try parameters.validated(), prompt: prompt, generated: generated)
    }

    /// See `Stream.setMask`.
    public func setMask(slot: Int, _ mask: [UInt32]) throws(ZondaError) { try state(slot).mask = mask }

    /// The tokens of a step, each `StepInputs.lastSample` replaced by the newest sample of its row's slot.
    public func resolve(_ inputs: StepInputs) throws(ZondaError) -> [TokenID] {
        var tokens = inputs.tokens
        for (row, slot) in zip(tokens.indices, inputs.slots) where tokens[row] == StepInputs.lastSample {
            tokens[row] = try state(Int(slot)).lastSample
        }
        return tokens
    }

    /// Prepares to sample `rows`; their indices are the `index` of `sample`.
    public func begin(_ rows: [StepInputs.SampleRow]) throws(ZondaError) {
        batch = []
        for row in rows { batch.append(Entry(row, try state(Int(row.slot)))) }
    }

    /// Samples one row of the batch from its logits, [vocabulary].
    public func sample(_ index: Int, logits: Span<Float>, thread: Int) {
        let entry = batch[index]
        do throws(ZondaError) {
            entry.result = .success(try choose(entry, logits: logits, with: scratch[thread]))
        } catch {
            entry.result = .failure(error)
        }
        let token = (try? entry.result?.get())?.token ?? 0
        entry.slot.history?.append(token)
        entry.slot.lastSample = token
        entry.slot.mask = nil
    }

    private func choose(
        _ entry: Entry, logits: Span<Float>, with scratch: Scratch
    ) throws(ZondaError) -> Sample {
        let (slot, index) = (entry.slot, Int(entry.row.tokenIndex))
        guard let mask = slot.mask else {
            return try scratch.sampler.sample(
                logits: logits, history: slot.history, parameters: slot.parameters, index: index)
        }
        return try scratch.sampler.sample(
            logits: logits, history: slot.history, mask: mask.span, parameters: slot.parameters, index: index)
    }

    /// Keeps the results of the batch under the name of its submission.
    public func end(_ submission: Submission) {
        kept.append((submission, batch.compactMap(\.result)))
        if kept.count > Self.keptCount { kept.removeFirst() }
    }

    /// See `Stream.samples`.
    public func results(of submission: Submission) throws(ZondaError) -> [Result<Sample, ZondaError>] {
        guard let found = kept.first(where: { $0.submission == submission }) else {
            throw ZondaError(
                .internalFault,
                "samples of submission \(submission.index) are not kept; there are \(kept.map(\.submission.index))",
                remedy: "report this: a step was read too late, or did not sample")
        }
        return found.results
    }

    private func checkIndex(_ slot: Int) throws(ZondaError) {
        guard slots.indices.contains(slot) else {
            throw ZondaError(.internalFault, "slot \(slot) of \(slots.count)", remedy: "report this")
        }
    }

    private func state(_ slot: Int) throws(ZondaError) -> Slot {
        try checkIndex(slot)
        guard let state = slots[slot] else {
            throw ZondaError(
                .internalFault, "slot \(slot) has no sampler", remedy: "report this: a sequence took a slot silently")
        }
        return state
    }
}
