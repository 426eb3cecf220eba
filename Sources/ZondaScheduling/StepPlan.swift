public import ZondaCore

/// One forward pass: rows of several sequences, the ones that decode first, then chunks of prompts.
///
/// Steps are executed in the order of `step`. Nothing else keeps a page's next owner from its last reader: a page that
/// one step still reads may be written by the next one.
public struct StepPlan: Codable, Hashable, Sendable {
    public var step: Int
    public var spans: [StepSpan]

    public init(step: Int, spans: [StepSpan]) {
        self.step = step
        self.spans = spans
    }

    /// Rows of all spans.
    public var rowCount: Int { spans.reduce(0) { $0 + $1.tokens.count } }
    /// Spans that sample, which is the number of tokens that `Scheduler.complete` takes.
    public var sampleCount: Int { spans.reduce(0) { $0 + ($1.samples ? 1 : 0) } }
    /// Rows of prompts, and of answers that are computed again.
    public var promptRowCount: Int { spans.reduce(0) { $0 + ($1.isDecode ? 0 : $1.tokens.count) } }
}

/// Consecutive rows of one sequence in a step.
public struct StepSpan: Codable, Hashable, Sendable {
    /// Stands in `tokens` for the last sample of the span's slot, which may still be on the device.
    public static let lastSample: TokenID = -1

    public var sequence: SequenceID
    /// Where the device keeps the sequence's last sample, 0 ..< maxBatchSize.
    public var slot: Int
    /// The position of the first row.
    public var start: Int
    /// One per row.
    public var tokens: [TokenID]
    /// One page table per group, from position 0 to the last row; -1 where a windowed group has let a page go.
    public var pages: [[Int32]]
    /// The rows of this span, counted from its first, that need outputs; the last one is among them if it samples.
    public var logitRows: Range<Int>
    /// Whether the last row is sampled from.
    public var samples: Bool
    /// Which token of the answer is sampled, 0 for the first; what would be next if `samples` is false.
    public var sampleIndex: Int
    /// The length that the sequence may reach, prompt and answer: what long rope chooses its factors by.
    public var reach: Int

    public init(
        sequence: SequenceID, slot: Int, start: Int, tokens: [TokenID], pages: [[Int32]], logitRows: Range<Int>,
        samples: Bool, sampleIndex: Int, reach: Int
    ) {
        self.sequence = sequence
        self.slot = slot
        self.start = start
        self.tokens = tokens
        self.pages = pages
        self.logitRows = logitRows
        self.samples = samples
        self.sampleIndex = sampleIndex
        self.reach = reach
    }

    /// The position after the last row.
    public var end: Int { start + tokens.count }
    /// Whether it is one row that gives one token.
    public var isDecode: Bool { tokens.count == 1 && samples }
}
