import ZondaCore
import ZondaDevice
import ZondaScheduling
import ZondaTokenizer

/// Plan, run, complete: the engine's step, and what it does with requests between steps.
///
/// Not `Sendable`: it lives on the engine's thread.
final class EngineLoop {
    private(set) var scheduler: Scheduler
    private let runner: ModelRunner
    /// Nil for a model without text.
    private let tokenizer: Tokenizer?
    private var requests: [RequestID: ActiveRequest] = [:]
    private var owners: [SequenceID: RequestID] = [:]
    private var inFlight: [Step] = []
    private var chunkBudget: ChunkBudget
    private let limitPromptRows: (@Sendable (Int) -> Int)?

    /// A step that was submitted and not read yet.
    private struct Step {
        var plan: StepPlan
        /// Nil when none of its rows is sampled from.
        var sampling: Submission?
        /// Once they were read, one for each span that samples.
        var samples: [Result<Sample, ZondaError>]?
        var submitted: ContinuousClock.Instant
    }

    init(
        _ configuration: SchedulerConfiguration, runner: ModelRunner, tokenizer: Tokenizer?,
        options: RunnerOptions = .default
    ) throws(ZondaError) {
        scheduler = try Scheduler(configuration)
        self.runner = runner
        self.tokenizer = tokenizer
        chunkBudget = ChunkBudget(maxTokenDelay: options.maxTokenDelay, maxRows: configuration.maxTokensPerStep)
        limitPromptRows = options.limitPromptRows
    }

    var isIdle: Bool { requests.isEmpty && inFlight.isEmpty }

    /// Plans as far ahead as the scheduler lets, then reads the oldest step's tokens.
    func step() {
        do throws(ZondaError) {
            while let plan = scheduler.plan(promptRows: promptRows) {
                chunkBudget.stepWasPlanned(promptRows: plan.promptRowCount)
                let submitted = ContinuousClock.now
                inFlight.append(Step(plan: plan, sampling: try run(plan), submitted: submitted))
            }
            if !inFlight.isEmpty { try complete(inFlight.removeFirst()) }
        } catch {
            failAll(error)
        }
    }

    /// Rows of prompts in the next step.
    private var promptRows: Int {
        let rows = chunkBudget.rows(besides: scheduler.decodingCount, for: scheduler.promptCount)
        return limitPromptRows?(rows) ?? rows
    }

    func add(_ id: RequestID, _ request: GenerationRequest, _ sink: @escaping ActiveRequest.Sink) {
        do throws(ZondaError) {
            var active = try ActiveRequest(request, sink: sink, tokenizer: tokenizer)
            var sequence = SequenceRequest(request, context: scheduler.configuration.maxSequenceLength)
            sequence.cacheDomain = runner.cacheDomain(reaching: sequence.tokens.count + sequence.maxNewTokens)
            for choice in 0..<request.choiceCount {
                let id = try scheduler.add(sequence)
                active.sequences[id] = choice
            }
            for sequence in active.sequences.keys { owners[sequence] = id }
            requests[id] = active
        } catch {
            sink(.failure(error))
        }
    }

    /// Ends a request that nobody waits for any more and frees its pages.
    func cancel(_ id: RequestID) {
        guard let active = requests.removeValue(forKey: id) else { return }
        for sequence in active.sequences.keys {
            owners[sequence] = nil
            scheduler.cancel(sequence)
        }
    }

    /// Ends every request with `error`; later ones start afresh.
    func failAll(_ error: ZondaError) {
        for active in requests.values { active.sink(.failure(error)) }
        requests.removeAll()
        owners.removeAll()
        inFlight.removeAll()
        // What a failed step has written to pages is unknown, so nothing of the old scheduler is kept. Its configuration
        // was valid before.
        if let fresh = try? Scheduler(scheduler.configuration) { scheduler = fresh }
    }

    private func run(_ plan: StepPlan) throws(ZondaError) -> Submission? {
        for span in plan.spans where span.sampleIndex == 0 {
            if let id = owners[span.sequence] { requests[id]?.noteStart(span.start, of: span.sequence) }
        }
        return try runner.run(plan) { sequence in
            self.active(sequence)?.samplerState(of: sequence)
        } mask: { (span) throws(ZondaError) in
            try self.mask(span)
        } request: { sequence in
            self.active(sequence)?.request
        } deliver: { sequence, first, rows in
            self.active(sequence)?.sink(.success(.outputs(first: first, rows: rows)))
        }
    }

    /// Which tokens a span's sample may be; nil for all of them.
    private func mask(_ span: StepSpan) throws(ZondaError) -> [UInt32]? {
        guard let id = owners[span.sequence], requests[id]?.request.constraint != nil else { return nil }
        try foreseeTokens()
        do throws(ZondaError) {
            return try requests[id]?.mask(of: span.sequence, at: span.sampleIndex)
        } catch {
            requests[id]?.sink(.failure(error))
            cancel(id)
            return nil
        }
    }

    /// Reads what the steps in flight have sampled: a grammar needs the token before.
    private func foreseeTokens() throws(ZondaError) {
        for index in inFlight.indices where inFlight[index].samples == nil {
            guard let sampling = inFlight[index].sampling else { continue }
            let samples = try runner.samples(of: sampling)
            inFlight[index].samples = samples
            for (span, result) in zip(inFlight[index].plan.spans.filter(\.samples), samples) {
                guard let id = owners[span.sequence], requests[id]?.request.constraint != nil else { continue }
                do throws(ZondaError) {
                    try requests[id]?.foresee(result.get().token, at: span.sampleIndex, of: span.sequence)
                } catch {
                    requests[id]?.sink(.failure(error))
                    cancel(id)
                }
            }
        }
    }

    private func complete(_ step: Step) throws(ZondaError) {
        var samples: [SequenceID: Result<Sample, ZondaError>] = [:]
        var tokens: [TokenID] = []
        if let sampling = step.sampling {
            let results = if let read = step.samples { read } else { try runner.samples(of: sampling) }
            for (span, result) in zip(step.plan.spans.filter(\.samples), results) {
                samples[span.sequence] = result
                // The token of a row that failed is never seen: `receive` ends its request.
                if case .success(let sample) = result { tokens.append(sample.token) } else { tokens.append(0) }
            }
        }
        chunkBudget.stepWasRead(
            submitted: step.submitted, promptRows: step.plan.promptRowCount, isAwaited: step.sampling != nil)
        for event in try scheduler.complete(step: step.plan.step, tokens: tokens) { receive(event, samples) }
    }

    private func receive(_ event: SchedulerEvent, _ samples: [SequenceID: Result<Sample, ZondaError>]) {
        switch event {
        case .appended(let sequence, _, _): append(samples[sequence], to: sequence)
        case .finished(let sequence, let reason): finish(sequence, reason)
        case .promptComputed, .discarded: break
        }
    }

    private func append(_ result: Result<Sample, ZondaError>?, to sequence: SequenceID) {
        guard let id = owners[sequence], let result else { return }
        do throws(ZondaError) {
            guard try requests[id]?.append(try result.get(), to: sequence) == .reachedStop else { return }
            scheduler.finish(sequence, reason: .stopString)
            finish(sequence, .stopString)
        } catch {
            requests[id]?.sink(.failure(error))
            cancel(id)
        }
    }

    private func finish(_ sequence: SequenceID, _ reason: ZondaScheduling.FinishReason) {
        guard let id = owners.removeValue(forKey: sequence) else { return }
        do throws(ZondaError) {
            try requests[id]?.finish(sequence, reason)
            if requests[id]?.sequences.isEmpty == true { requests[id] = nil }
        } catch {
            requests[id]?.sink(.failure(error))
            cancel(id)
        }
    }

    private func active(_ sequence: SequenceID) -> ActiveRequest? { owners[sequence].flatMap { requests[$0] } }
}

extension SequenceRequest {
    /// - Parameter context: the longest sequence that the engine can hold.
    init(_ request: GenerationRequest, context: Int) {
        self.init(
            tokens: request.prompt, maxNewTokens: request.maxNewTokens ?? max(1, context - request.prompt.count),
            stopTokens: request.stopTokens, ignoresStopTokens: request.ignoresStopTokens,
            needsHostToken: !request.stopStrings.isEmpty || request.sampling.dry != nil,
            promptOutputs: request.outputs == .none ? .none : .allRows)
    }
}
