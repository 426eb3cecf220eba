import ZondaCore

/// Who goes first: higher priority, then earlier arrival.
struct QueueKey: Hashable, Sendable, Comparable {
    var priority: Int
    var id: SequenceID

    static func < (left: QueueKey, right: QueueKey) -> Bool {
        left.priority == right.priority ? left.id < right.id : left.priority > right.priority
    }
}

/// One sequence from `add` to its end. It is waiting (no slot, no pages), or running: computing known tokens, or decoding
/// one token at a time.
struct SequenceState: Sendable {
    /// An older sequence that is computing pages this one can use.
    struct Leader: Sendable {
        var key: QueueKey
        var pageCount: Int
    }

    let key: QueueKey
    /// Without its tokens, which `history` has.
    let request: SequenceRequest
    let promptCount: Int
    var history: TokenHistory
    var slot = -1
    var table: PageTable
    /// Rows that have been planned since the sequence was admitted.
    var computedCount = 0
    /// Samples that have been planned and not been read.
    var pendingCount = 0
    /// Prompt rows before this one need no outputs, or their outputs have been planned.
    var outputsPlanned: Int
    /// As `outputsPlanned`, for steps that are complete.
    var outputsDelivered: Int
    var leader: Leader?
    /// Tokens that were in the cache when the sequence began to wait; how many are when it starts is seen then.
    var expectedCachedCount = 0

    init(id: SequenceID, request: SequenceRequest, groupCount: Int) {
        key = QueueKey(priority: request.priority, id: id)
        promptCount = request.tokens.count
        history = TokenHistory(request)
        table = PageTable(groupCount: groupCount)
        outputsPlanned =
            switch request.promptOutputs {
            case .none: promptCount
            case .lastRow: promptCount - 1
            case .allRows: 0
            }
        outputsDelivered = outputsPlanned
        var request = request
        request.tokens = []
        request.contentIDs = nil
        self.request = request
    }

    /// Tokens of the sequence, read or not.
    var length: Int { history.count + pendingCount }
    var sampledCount: Int { length - promptCount }
    /// Whether nothing is left to plan; the end comes with the steps in flight.
    var isFullyPlanned: Bool { sampledCount >= request.maxNewTokens && outputsPlanned == promptCount }
    /// Whether the next token is all that is left to compute for it.
    var isDecoding: Bool { sampledCount > 0 && !isFullyPlanned && length - computedCount <= 1 }
    /// Rows that could be planned now.
    var plannableCount: Int {
        isFullyPlanned || (request.needsHostToken && pendingCount > 0) ? 0 : length - computedCount
    }
    /// Tokens that a cached prefix may cover: all that are known but the last one, up to the first row with outputs.
    var sharableCount: Int { min(history.count - 1, outputsPlanned) }

    /// Takes the next `count` rows, whose pages are in the table.
    mutating func takeSpan(count: Int) -> StepSpan {
        let (start, end) = (computedCount, computedCount + count)
        // Past what was read there is one row at most: the last sample, which is the slot's.
        let tokens = end <= history.count ? Array(history.tokens[start..<end]) : [StepSpan.lastSample]
        let samples = end == length && sampledCount < request.maxNewTokens
        let lastOutput = min(end, promptCount)
        var outputs = max(start, outputsPlanned)..<max(start, outputsPlanned, lastOutput)
        if outputs.isEmpty { outputs = samples ? end - 1..<end : start..<start }
        let span = StepSpan(
            sequence: key.id, slot: slot, start: start, tokens: tokens, pages: table.pages,
            logitRows: outputs.lowerBound - start..<outputs.upperBound - start, samples: samples,
            sampleIndex: sampledCount, reach: promptCount + request.maxNewTokens)
        computedCount = end
        outputsPlanned = max(outputsPlanned, lastOutput)
        if samples { pendingCount += 1 }
        return span
    }

    /// Takes a token that was read; returns why it is the last one, if it is.
    mutating func receive(_ token: TokenID) -> FinishReason? {
        pendingCount -= 1
        history.append(token)
        if !request.ignoresStopTokens, request.stopTokens.contains(token) { return .stopToken(token) }
        return history.count - promptCount == request.maxNewTokens ? .length : nil
    }

    /// Forgets what steps in flight would have brought.
    mutating func abandonSteps() {
        pendingCount = 0
        outputsPlanned = outputsDelivered
    }
}
