import ZondaCore
import ZondaDevice

/// Times the operations of one submission: each is a run of the pool by itself, which costs a wake-up more than the step
/// has otherwise.
///
/// Not `Sendable`: used by the stream's thread.
final class StepTimer {
    private let profiler: StepProfiler
    private let key: StepKey
    private let inputs: StepInputs
    private let start = ContinuousClock.now
    private var lines: [StepProfiler.Line] = []

    /// What is not an operation: inputs, work lists, waking the pool.
    private static let rest = "(between operations)"

    init(_ profiler: StepProfiler, _ key: StepKey, _ inputs: StepInputs) {
        self.profiler = profiler
        self.key = key
        self.inputs = inputs
    }

    func run(_ recording: Recording, on pool: ThreadPool) {
        var first = 0
        for part in recording.parts {
            let jobs = Array(recording.jobs[first..<part.end])
            first = part.end
            let begun = ContinuousClock.now
            pool.run(jobs)
            var line = StepProfiler.Line(part.operation.profileName)
            line.seconds = (ContinuousClock.now - begun).seconds
            line.callCount = 1
            (line.byteCount, line.operationCount) = OperationWork(part.operation).counts(for: inputs)
            lines.append(line)
        }
    }

    /// Hands all to the profiler, with what the submission took besides.
    func finish() {
        var rest = StepProfiler.Line(Self.rest)
        rest.callCount = 1
        rest.seconds = (ContinuousClock.now - start).seconds - lines.reduce(0) { $0 + $1.seconds }
        profiler.add(lines + [rest], to: StepProfiler.Phase(inputs), isStep: key.phase == .forward)
    }
}
