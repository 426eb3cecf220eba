import ZondaScheduling

/// The rows of a step whose logits or hidden states are to be read, cut into runs that the logits buffer holds.
struct WantedRows {
    struct Part {
        var sequence: SequenceID
        var firstPosition: Int
        var firstRow: Int32
        var count: Int
        var isHidden: Bool
    }

    struct Chunk {
        var isHidden: Bool
        var parts: [Part] = []
        /// Rows of the step.
        var rows: [Int32] = []
    }

    private(set) var rows: [Part] = []

    init(_ plan: StepPlan, request: (SequenceID) -> GenerationRequest?) {
        var firstRow = 0
        for span in plan.spans {
            defer { firstRow += span.tokens.count }
            guard let request = request(span.sequence), request.outputs != .none else { continue }
            // Rows of the answer are among them too, to be sampled from.
            let wanted = span.logitRows.clamped(to: 0..<max(0, request.prompt.count - span.start))
            guard !wanted.isEmpty else { continue }
            rows.append(
                Part(
                    sequence: span.sequence, firstPosition: span.start + wanted.lowerBound,
                    firstRow: Int32(firstRow + wanted.lowerBound), count: wanted.count,
                    isHidden: request.outputs == .hiddenStates))
        }
    }

    /// Runs of at most `capacity` rows, each of one kind.
    func chunks(of capacity: Int) -> [Chunk] {
        var chunks: [Chunk] = []
        for part in rows {
            var done = 0
            while done < part.count {
                if chunks.last?.isHidden != part.isHidden || (chunks.last?.rows.count ?? capacity) >= capacity {
                    chunks.append(Chunk(isHidden: part.isHidden))
                }
                let last = chunks.count - 1
                let count = min(part.count - done, capacity - chunks[last].rows.count)
                let firstRow = part.firstRow + Int32(done)
                chunks[last].parts.append(
                    Part(
                        sequence: part.sequence, firstPosition: part.firstPosition + done, firstRow: firstRow,
                        count: count, isHidden: part.isHidden))
                chunks[last].rows.append(contentsOf: firstRow..<firstRow + Int32(count))
                done += count
            }
        }
        return chunks
    }
}
