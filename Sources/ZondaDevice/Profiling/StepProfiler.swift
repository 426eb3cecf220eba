import Synchronization
public import ZondaCore

/// A stream that can time each part of its steps.
public protocol ProfiledStream: Stream {
    /// While one is there and is on, steps run part by part and are waited for: slower, and no figure of a whole step's
    /// speed. Nil costs one comparison a step.
    var profiler: StepProfiler? { get set }
}

/// Sums the time of each kernel, or of each kind of operation, over steps.
public final class StepProfiler: Sendable {
    public enum Phase: String, Sendable, CaseIterable {
        /// Steps with a prompt in them.
        case prompt
        /// Steps in which each sequence has one row.
        case decode
    }

    /// One kernel or kind of operation, summed.
    public struct Line: Sendable, Hashable {
        public var name: String
        public var callCount = 0
        public var seconds = 0.0
        /// Bytes that must be read or written; 0 where nobody counts.
        public var byteCount = 0.0
        public var operationCount = 0.0

        public init(_ name: String) { self.name = name }
    }

    /// One phase: what it took, longest first.
    public struct Table: Sendable, Hashable {
        public var phase: Phase
        public var stepCount = 0
        public var lines: [Line] = []

        /// Of all lines.
        public var seconds: Double { lines.reduce(0) { $0 + $1.seconds } }

        fileprivate init(_ phase: Phase) { self.phase = phase }
    }

    private struct Sums {
        var stepCount = 0
        var lines: [String: Line] = [:]
    }

    private let sums = Mutex<[Phase: Sums]>([:])
    private let switched = Atomic(false)

    public init() {}

    public var isOn: Bool {
        get { switched.load(ordering: .relaxed) }
        set { switched.store(newValue, ordering: .relaxed) }
    }

    /// Adds the parts of one submission.
    ///
    /// - Parameter isStep: whether it begins a step; heads and sampling go with the step before.
    public func add(_ parts: [Line], to phase: Phase, isStep: Bool) {
        sums.withLock { sums in
            sums[phase, default: Sums()].stepCount += isStep ? 1 : 0
            for part in parts {
                var line = sums[phase]?.lines[part.name] ?? Line(part.name)
                line.callCount += part.callCount
                line.seconds += part.seconds
                line.byteCount += part.byteCount
                line.operationCount += part.operationCount
                sums[phase]?.lines[part.name] = line
            }
        }
    }

    /// What was summed so far, phases that ran only; sums begin anew.
    public func takeTables() -> [Table] {
        let taken = sums.withLock { sums in
            defer { sums = [:] }
            return sums
        }
        return Phase.allCases.compactMap { phase in
            guard let sums = taken[phase], !sums.lines.isEmpty else { return nil }
            var table = Table(phase)
            table.stepCount = sums.stepCount
            table.lines = sums.lines.values.sorted { ($0.seconds, $1.name) > ($1.seconds, $0.name) }
            return table
        }
    }
}

extension StepProfiler.Phase {
    public init(_ inputs: StepInputs) { self = inputs.spans.contains { $0.rowCount > 1 } ? .prompt : .decode }
}
