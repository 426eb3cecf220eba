import ZondaCore
import ZondaScheduling

/// What a plan got wrong, as the simulated device saw it.
struct DeviceFault: Error, CustomStringConvertible {
    var description: String
}

/// Executes plans in order on pages that hold digests of what was written, and checks before every sample that all
/// positions which the rows attend to hold this sequence's content.
struct SimulatedDevice {
    let configuration: SchedulerConfiguration
    private var memory: [[UInt64]]  // [groups][pages * pageSize]
    private var slots: [TokenID]
    private(set) var rowCount = 0

    init(_ configuration: SchedulerConfiguration) {
        self.configuration = configuration
        memory = configuration.groups.map { Array(repeating: 0, count: $0.pageCount * configuration.pageSize) }
        slots = Array(repeating: StepSpan.lastSample, count: configuration.maxBatchSize)
    }

    /// As on a device, all rows are written before any of them attends. Returns the samples.
    mutating func execute(_ plan: StepPlan, _ oracles: [SequenceID: Oracle]) throws -> [TokenID] {
        try checkShape(of: plan)
        var written: Set<Int> = []
        var samples: [TokenID] = []
        for span in plan.spans {
            guard let oracle = oracles[span.sequence] else { throw DeviceFault(description: "unknown sequence") }
            try write(span, oracle, &written)
        }
        for span in plan.spans {
            guard let oracle = oracles[span.sequence] else { continue }
            try attend(span, oracle)
            guard span.samples else { continue }
            let token = Oracle.sample(oracle.states[span.end - 1])
            slots[span.slot] = token
            samples.append(token)
        }
        return samples
    }

    /// Leaves nonsense where a step would have written.
    mutating func fail(_ plan: StepPlan) {
        for span in plan.spans {
            for (group, table) in span.pages.enumerated() {
                for position in span.start..<span.end {
                    memory[group][place(position, table)] = 0xBAD
                }
            }
            slots[span.slot] = 99
        }
    }

    private func checkShape(of plan: StepPlan) throws {
        guard plan.rowCount <= configuration.maxTokensPerStep, !plan.spans.isEmpty else {
            throw DeviceFault(description: "\(plan.rowCount) rows in \(plan.spans.count) spans")
        }
        guard Set(plan.spans.map(\.slot)).count == plan.spans.count,
            Set(plan.spans.map(\.sequence)).count == plan.spans.count,
            plan.spans.allSatisfy({ (0..<configuration.maxBatchSize).contains($0.slot) })
        else { throw DeviceFault(description: "two spans share a slot or a sequence") }
    }

    private mutating func write(_ span: StepSpan, _ oracle: Oracle, _ written: inout Set<Int>) throws {
        guard span.end <= oracle.states.count, !span.tokens.isEmpty,
            span.pages.allSatisfy({ $0.count * configuration.pageSize >= span.end }),
            span.sampleIndex >= 0, !span.samples || span.sampleIndex == span.end - oracle.request.tokens.count,
            !span.samples || span.logitRows.upperBound == span.tokens.count && !span.logitRows.isEmpty,
            span.reach == oracle.states.count
        else { throw DeviceFault(description: "a span of nonsense: \(span)") }
        for (row, token) in span.tokens.enumerated() {
            let token = token == StepSpan.lastSample ? slots[span.slot] : token
            let state = oracle.state(after: span.start + row, token: token)
            rowCount += 1
            for (group, table) in span.pages.enumerated() {
                guard table[(span.start + row) / configuration.pageSize] >= 0 else {
                    throw DeviceFault(description: "row \(span.start + row) has no page in group \(group)")
                }
                let place = place(span.start + row, table)
                guard written.insert(place * configuration.groups.count + group).inserted else {
                    throw DeviceFault(description: "place \(place) of group \(group) is written twice in a step")
                }
                memory[group][place] = state
            }
        }
    }

    private func attend(_ span: StepSpan, _ oracle: Oracle) throws {
        for (group, table) in span.pages.enumerated() {
            for position in configuration.groups[group].firstPosition(seenBy: span.start)..<span.end {
                guard table[position / configuration.pageSize] >= 0,
                    memory[group][place(position, table)] == oracle.states[position]
                else {
                    throw DeviceFault(
                        description:
                            "sequence \(span.sequence), rows \(span.start)..<\(span.end): position \(position) "
                            + "of group \(group) holds something else")
                }
            }
        }
    }

    private func place(_ position: Int, _ table: [Int32]) -> Int {
        Int(table[position / configuration.pageSize]) * configuration.pageSize + position % configuration.pageSize
    }
}
