public import ZondaCore

/// What the operations of one recording may index, and the check that a step's inputs stay inside.
///
/// Kernels trust their inputs; this is where a wrong token, position or page becomes an error instead of a stray read.
public struct StepBounds: Sendable {
    private let key: StepKey
    private let limits: StepLimits
    private var vocabulary = Int.max
    private var positions = Int.max
    private var ropeVariants = Int.max
    /// Per page group: how many pages there are, and the longest reach of its layers (nil: all positions).
    private var groups: [Int: Group] = [:]

    private struct Group: Sendable {
        var pageCount: Int
        var reach: Int
    }

    public init(_ key: StepKey, limits: StepLimits) {
        self.key = key
        self.limits = limits
    }

    /// Takes note of what an operation indexes by the step's inputs.
    public mutating func include(_ operation: Operation) {
        switch operation {
        case .embed(let op): vocabulary = min(vocabulary, op.weight.rows)
        case .ropeStore(let op):
            include(op.cache, reach: 1)
            guard let rope = op.rope else { return }
            ropeVariants = min(ropeVariants, rope.tables.count)
            for table in rope.tables { positions = min(positions, table.rows) }
        case .attention(let op): include(op.cache, reach: op.window ?? .max)
        case .norm, .linear, .experts, .combine, .gather, .sample: break
        }
    }

    private mutating func include(_ cache: KVCache, reach: Int) {
        let known = groups[cache.group] ?? Group(pageCount: cache.pageCount, reach: 1)
        groups[cache.group] = Group(
            pageCount: min(known.pageCount, cache.pageCount), reach: max(known.reach, reach))
    }

    /// - Throws: `internalFault` naming the first value that is out of bounds.
    public func check(_ inputs: StepInputs) throws(ZondaError) {
        switch key.phase {
        case .forward, .head, .hiddenStates: try checkForward(inputs)
        case .sample: try checkSamples(inputs)
        }
    }

    private func checkForward(_ inputs: StepInputs) throws(ZondaError) {
        let rows = key.rows
        try require(rows <= limits.rows, "rows", rows, "at most \(limits.rows)")
        for (name, count) in [
            ("tokens", inputs.tokens.count), ("slots", inputs.slots.count), ("positions", inputs.positions.count),
            ("ropeVariants", inputs.ropeVariants.count),
        ] {
            try require(count == rows, "\(name).count", count, "\(rows)")
        }
        try require(
            inputs.logitRows.count == key.logitRows, "logitRows.count", inputs.logitRows.count, "\(key.logitRows)")
        for row in inputs.logitRows { try require(0 <= row && row < rows, "logitRow", row, "below \(rows)") }
        for token in inputs.tokens {
            try require(
                token == StepInputs.lastSample || (0 <= token && token < vocabulary), "token", token,
                "below \(vocabulary)")
        }
        for slot in inputs.slots {
            try require(0 <= slot && slot < limits.slots, "slot", slot, "below \(limits.slots)")
        }
        for position in inputs.positions {
            try require(0 <= position && position < positions, "position", position, "below \(positions)")
        }
        for variant in inputs.ropeVariants {
            try require(0 <= variant && variant < ropeVariants, "rope variant", variant, "below \(ropeVariants)")
        }
        try checkSpans(inputs)
        for (index, group) in groups { try check(inputs, group: index, group) }
    }

    private func checkSpans(_ inputs: StepInputs) throws(ZondaError) {
        var row = 0
        for span in inputs.spans {
            try require(span.firstRow == row, "a span's first row", span.firstRow, "\(row)")
            try require(span.rowCount > 0, "a span's row count", span.rowCount, "above 0")
            let next = row + Int(span.rowCount)
            try require(next <= key.rows, "the rows of all spans", next, "\(key.rows)")
            for offset in 0..<Int(span.rowCount) {
                let expected = Int(span.firstPosition) + offset
                let position = Int(inputs.positions[row + offset])
                try require(position == expected, "the position of row \(row + offset)", position, "\(expected)")
            }
            row = next
        }
        try require(row == key.rows, "the rows of all spans", row, "\(key.rows)")
    }

    private func check(_ inputs: StepInputs, group index: Int, _ group: Group) throws(ZondaError) {
        try require(index < inputs.groups.count, "page group", index, "below \(inputs.groups.count)")
        let tables = inputs.groups[index]
        try require(tables.offsets.count == inputs.spans.count, "offsets.count", tables.offsets.count, "one per span")
        try require(tables.writeSlots.count == key.rows, "writeSlots.count", tables.writeSlots.count, "\(key.rows)")
        for slot in tables.writeSlots {
            try require(
                0 <= slot && Int(slot) < group.pageCount * KVCache.pageSize, "write slot", slot,
                "below \(group.pageCount) pages of \(KVCache.pageSize)")
        }
        for (span, offset) in zip(inputs.spans, tables.offsets) {
            let first = Int(span.firstPosition)
            let last = first + Int(span.rowCount) - 1
            let firstSeen = group.reach > first ? 0 : first - group.reach + 1
            try require(
                offset >= 0 && Int(offset) + last / KVCache.pageSize < tables.tables.count, "page table offset", offset,
                "\(last / KVCache.pageSize + 1) entries before \(tables.tables.count)")
            for page in firstSeen / KVCache.pageSize...last / KVCache.pageSize {
                let entry = tables.tables[Int(offset) + page]
                try require(0 <= entry && entry < group.pageCount, "page", entry, "below \(group.pageCount)")
            }
        }
    }

    private func checkSamples(_ inputs: StepInputs) throws(ZondaError) {
        var seen = Set<Int32>()
        for sample in inputs.samples {
            try require(
                0 <= sample.slot && sample.slot < limits.slots, "sampled slot", sample.slot, "below \(limits.slots)")
            try require(seen.insert(sample.slot).inserted, "sampled slot", sample.slot, "each slot once")
            try require(
                0 <= sample.logitRow && sample.logitRow < key.logitRows, "sampled logit row", sample.logitRow,
                "below \(key.logitRows)")
        }
    }

    private func require(
        _ condition: Bool, _ name: @autoclosure () -> String, _ value: some BinaryInteger,
        _ expected: @autoclosure () -> String
    ) throws(ZondaError) {
        guard condition else {
            throw ZondaError(
                .internalFault, "\(name()) is \(value) in the inputs of a step, expected \(expected())",
                remedy: "report this: the step plan and the model disagree")
        }
    }
}
