import ZondaCore
import ZondaDevice
import ZondaModels
import ZondaScheduling

/// Runs step plans on a device: plan to tensors, forward pass, sampling.
///
/// Not `Sendable`: it lives on the engine's thread.
final class ModelRunner {
    private let decoder: Decoder
    private let stream: any Stream
    private let activations: Activations
    private let caches: [KVCache]
    private var slots: [SlotOwner?]

    /// Whose sampler a slot has, and the token that it samples next.
    private struct SlotOwner {
        var sequence: SequenceID
        var nextIndex: Int
    }

    /// How a sequence that takes a slot is sampled.
    struct SamplerState {
        var parameters: SamplingParameters
        var prompt: [TokenID]
        var generated: [TokenID]
    }

    init(
        decoder: Decoder, plan: EnginePlan, profiler: StepProfiler? = nil, on device: any Device
    ) throws(ZondaError) {
        self.decoder = decoder
        stream = try device.makeStream(limits: plan.limits)
        if let profiler {
            guard let profiled = stream as? any ProfiledStream else {
                throw ZondaError(
                    .unsupported, "\(device.info.id) has no profile", remedy: "measure speeds without --profile")
            }
            profiled.profiler = profiler
        }
        activations = try Activations(
            for: decoder.description, rows: plan.limits.rows, logitRows: plan.limits.logitRows, on: device)
        caches = try plan.makeCaches(on: device)
        slots = Array(repeating: nil, count: plan.scheduling.maxBatchSize)
    }

    /// Prefixes are shared only between sequences whose keys turn by the same factors.
    func cacheDomain(reaching length: Int) -> Int64 { Int64(decoder.ropeVariant(reaching: length)) }

    /// Submits the forward pass and the sampling of one step; what sampled, if anything does.
    ///
    /// - Parameters:
    ///   - sampler: the state of a sequence whose slot has another's sampler.
    ///   - mask: which tokens a sequence's next sample may be; asked for when the forward pass is on its way, so that
    ///     the tokens of the step before may be waited for.
    ///   - request: whose rows a sequence computes, and what it wants of its prompt's.
    ///   - deliver: gets those rows; the step is waited for only if there are any.
    func run(
        _ plan: StepPlan, sampler: (SequenceID) -> SamplerState?,
        mask: (StepSpan) throws(ZondaError) -> [UInt32]?,
        request: (SequenceID) -> GenerationRequest?,
        deliver: (SequenceID, _ firstPosition: Int, [[Float]]) -> Void
    ) throws(ZondaError) -> Submission? {
        try setSamplers(plan, sampler)
        var inputs = StepInputs(plan, windowCount: decoder.description.windows.count) { reach in
            self.decoder.ropeVariant(reaching: reach)
        }
        let wanted = WantedRows(plan, request: request)
        try decoder.prepare(upTo: Int(inputs.positions.max() ?? 0))
        let capacity = activations.logits.rows
        if wanted.rows.isEmpty, inputs.logitRows.count <= capacity {
            try submit(.forward, inputs)
        } else {
            let sampled = inputs.logitRows
            inputs.logitRows = []
            try submit(.forward, inputs)
            for chunk in wanted.chunks(of: capacity) {
                inputs.logitRows = chunk.rows
                try submit(chunk.isHidden ? .hiddenStates : .head, inputs)
                try read(chunk, deliver)
            }
            inputs.logitRows = sampled
            if !sampled.isEmpty { try submit(.head, inputs) }
        }
        guard !inputs.samples.isEmpty else { return nil }
        for span in plan.spans where span.samples {
            if let mask = try mask(span) { try stream.setMask(slot: span.slot, mask) }
        }
        return try submit(.sample, inputs)
    }

    /// The samples of a submission, in the order of its step's sampling spans; waits for it.
    func samples(of submission: Submission) throws(ZondaError) -> [Result<Sample, ZondaError>] {
        try stream.samples(of: submission)
    }

    @discardableResult
    private func submit(_ phase: StepKey.Phase, _ inputs: StepInputs) throws(ZondaError) -> Submission {
        let key = StepKey(phase, rows: inputs.rowCount, logitRows: inputs.logitRows.count)
        try stream.update(inputs)
        return try stream.submit(key) { (encoder) throws(ZondaError) in
            try decoder.record(key, on: encoder, activations, caches)
        }
    }

    private func setSamplers(_ plan: StepPlan, _ state: (SequenceID) -> SamplerState?) throws(ZondaError) {
        for span in plan.spans where span.samples {
            let owner = slots[span.slot]
            if owner?.sequence != span.sequence || owner?.nextIndex != span.sampleIndex,
                let state = state(span.sequence)
            {
                try stream.setSampler(
                    slot: span.slot, state.parameters, prompt: state.prompt,
                    generated: Array(state.generated.prefix(span.sampleIndex)))
            }
            slots[span.slot] = SlotOwner(sequence: span.sequence, nextIndex: span.sampleIndex + 1)
        }
    }

    private func read(
        _ chunk: WantedRows.Chunk, _ deliver: (SequenceID, Int, [[Float]]) -> Void
    ) throws(ZondaError) {
        let tensor = chunk.isHidden ? activations.gathered : activations.logits
        let values = try stream.read(tensor.prefix(rows: chunk.rows.count))
        var row = 0
        for part in chunk.parts {
            let rows = (row..<row + part.count).map { Array(values[$0 * tensor.columns..<($0 + 1) * tensor.columns]) }
            deliver(part.sequence, part.firstPosition, rows)
            row += part.count
        }
    }
}
