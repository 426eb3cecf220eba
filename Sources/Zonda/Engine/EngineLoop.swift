import ZondaCore
import ZondaDevice
import ZondaScheduling

/// Plan, run, complete: the engine's step, and what it does with requests between steps.
///
/// Not `Sendable`: it lives on the engine's thread.
final class EngineLoop {
    private var scheduler: Scheduler
    private let runner: ModelRunner
    private let detokenizers: any DetokenizerSource
    private var requests: [RequestID: ActiveRequest] = [:]
    private var owners: [SequenceID: RequestID] = [:]
    private var inFlight: [(plan: StepPlan, sampling: Submission?)] = []

    init(scheduler: Scheduler, runner: ModelRunner, detokenizers: any DetokenizerSource) {
        self.scheduler = scheduler
        self.runner = runner
        self.detokenizers = detokenizers
    }

    var isIdle: Bool { requests.isEmpty && inFlight.isEmpty }

    /// One step: plans as far ahead as the scheduler lets, then reads the oldest step's tokens.
    func step() {
        do throws(ZondaError) {
            while inFlight.count <= scheduler.configuration.lookahead, let plan = scheduler.plan() {
                inFlight.append((plan, try run(plan)))
            }
            guard !inFlight.isEmpty else { return }
            let (plan, sampling) = inFlight.removeFirst()
            try complete(plan, samples: sampling.map { (step) throws(ZondaError) in try runner.samples(of: step) } ?? [])
        } catch {
            failAll(error)
        }
    }

    func add(_ id: RequestID, _ request: GenerationRequest, _ sink: @escaping ActiveRequest.Sink) {
        do throws(ZondaError) {
            var active = try ActiveRequest(request, sink: sink, detokenizers: detokenizers)
            try scheduler.canAccept(request)
            for choice in 0..<request.choiceCount {
                let sequence = try scheduler.add(SequenceRequest(request))
                active.sequences[sequence] = choice
                owners[sequence] = id
            }
            requests[id] = active
        } catch {
            sink(.failure(error))
        }
    }

    func cancel(_ id: RequestID) {
        guard let active = requests.removeValue(forKey: id) else { return }
        for sequence in active.sequences.keys {
            owners[sequence] = nil
            _ = scheduler.cancel(sequence)
        }
    }

    /// Ends every request with `error`; the loop goes on with the next ones.
    func failAll(_ error: ZondaError) {
        inFlight.removeAll()
        for (id, active) in requests {
            active.sink(.failure(error))
            cancel(id)
        }
        scheduler.forgetPrefixes()
    }

    private func run(_ plan: StepPlan) throws(ZondaError) -> Submission? {
        try runner.run(plan) { sequence in
            self.active(sequence)?.samplerState(of: sequence)
        } outputs: { sequence in
            self.active(sequence)?.request.outputs ?? .none
        } deliver: { sequence, first, rows in
            self.active(sequence)?.sink(.success(.outputs(first: first, rows: rows)))
        }
    }

    private func complete(_ plan: StepPlan, samples: [Result<Sample, ZondaError>]) throws(ZondaError) {
        let spans = plan.spans.filter(\.samples)
        var bySequence: [SequenceID: Result<Sample, ZondaError>] = [:]
        var tokens: [TokenID] = []
        for (span, sample) in zip(spans, samples) {
            bySequence[span.sequence] = sample
            // A failed row's token is never seen: its request ends below.
            tokens.append((try? sample.get().token) ?? 0)
        }
        for event in try scheduler.complete(step: plan.step, tokens: tokens) {
            handle(event, bySequence)
        }
    }

    private func handle(_ event: SchedulerEvent, _ samples: [SequenceID: Result<Sample, ZondaError>]) {
        switch event {
        case .appended(let sequence, _, _):
            guard let id = owners[sequence], let sample = samples[sequence] else { return }
            switch sample {
            case .success(let sample):
                if requests[id]?.append(sample, to: sequence) == .reachedStop {
                    if let event = scheduler.finish(sequence, reason: .stopString) { handle(event, samples) }
                }
            case .failure(let error):
                requests[id]?.sink(.failure(error))
                cancel(id)
            }
        case .finished(let sequence, let reason):
            guard let id = owners.removeValue(forKey: sequence) else { return }
            requests[id]?.finish(sequence, reason)
            if requests[id]?.sequences.isEmpty == true { requests[id] = nil }
        case .promptComputed, .discarded: break
        }
    }

    private func active(_ sequence: SequenceID) -> ActiveRequest? { owners[sequence].flatMap { requests[$0] } }
}
