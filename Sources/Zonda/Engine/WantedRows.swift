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

    init(_ plan: StepPlan, outputs: (SequenceID) -> GenerationRequest.PromptOutputs) {
        var firstRow = 0
        for span in plan.spans {
            let wanted = outputs(span.sequence)
            if wanted != .none, !span.logitRows.isEmpty {
                rows.append(
                    Part(
                        sequence: span.sequence, firstPosition: span.start + span.logitRows.lowerBound,
                        firstRow: Int32(firstRow + span.logitRows.lowerBound), count: span.logitRows.count,
                        isHidden: wanted == .hiddenStates))
            }
            firstRow += span.tokens.count
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
