public import ZondaCore

/// What a scheduler is given once: pools of pages, and how much may run at a time.
public struct SchedulerConfiguration: Codable, Hashable, Sendable {
    /// Tokens in one page, of every group.
    public var pageSize: Int
    public var groups: [PageGroup]
    /// Sequences that run at a time, and slots for their last samples on the device.
    public var maxBatchSize: Int
    /// Rows in one step: at least `maxBatchSize`, so that every running sequence can always move.
    public var maxTokensPerStep: Int
    /// Tokens of one sequence, prompt and answer.
    public var maxSequenceLength: Int
    /// Steps that may be planned while the tokens of the ones before are unread, 0 to 2.
    public var lookahead: Int
    /// Whether full pages are kept and shared between sequences that begin alike.
    public var prefixCaching: Bool

    public init(
        pageSize: Int = 32, groups: [PageGroup], maxBatchSize: Int, maxTokensPerStep: Int, maxSequenceLength: Int,
        lookahead: Int = 1, prefixCaching: Bool = true
    ) {
        self.pageSize = pageSize
        self.groups = groups
        self.maxBatchSize = maxBatchSize
        self.maxTokensPerStep = maxTokensPerStep
        self.maxSequenceLength = maxSequenceLength
        self.lookahead = lookahead
        self.prefixCaching = prefixCaching
    }

    /// The longest sequence, prompt and answer, that the pools hold when it runs alone: a request with no limit of
    /// its own is given what is left of this after its prompt.
    ///
    /// Valid for a configuration that `validate` accepts.
    public var longestSequence: Int {
        groups.reduce(maxSequenceLength) { $1.longestSequence(limit: $0, pageSize: pageSize) }
    }

    /// Throws `badConfiguration` naming the first value that is out of its range.
    public func validate() throws(ZondaError) {
        try check("pageSize", pageSize, 1...Self.maxPageSize)
        try check("groups.count", groups.count, 1...Self.maxGroupCount)
        for (index, group) in groups.enumerated() {
            try check("groups[\(index)].pageCount", group.pageCount, 1...Self.maxPageCount)
            if let window = group.window { try check("groups[\(index)].window", window, 1...Int(Int32.max)) }
        }
        try check("maxBatchSize", maxBatchSize, 1...Self.maxSlotCount)
        try check("maxTokensPerStep", maxTokensPerStep, maxBatchSize...Int(Int32.max))
        try check("maxSequenceLength", maxSequenceLength, 1...Int(Int32.max))
        try check("lookahead", lookahead, 0...2)
    }

    /// Larger pages would share no prefix.
    static let maxPageSize = 1 << 16
    /// Kinds of layers in one model; today's have one or two.
    static let maxGroupCount = 16
    /// 2^24 pages of 32 tokens hold 537 million tokens, terabytes of KV; the pool's own table takes 256 MiB then.
    static let maxPageCount = 1 << 24
    /// Far above what any device decodes at a time.
    static let maxSlotCount = 1 << 16

    private func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws(ZondaError) {
        guard !range.contains(value) else { return }
        throw ZondaError(
            .badConfiguration, "scheduler: \(name) is \(value)",
            remedy: "use \(range.lowerBound) to \(range.upperBound)", facts: [name: "\(value)"])
    }
}
