public import ZondaCore

/// Names a sequence for the life of a scheduler: given in order of arrival and never again.
public typealias SequenceID = Int

/// One sequence to compute: a prompt, and how far to go on from it. A request for `n` choices is `n` of these with the
/// same prompt; all but the first wait for the pages of the first.
public struct SequenceRequest: Codable, Hashable, Sendable {
    /// Rows of the prompt whose outputs (logits or hidden states) the caller wants, beside those that are sampled.
    public enum PromptOutputs: String, Codable, Hashable, Sendable {
        case none
        case lastRow
        /// Every row is computed once, so no prefix is taken from the cache.
        case allRows
    }

    /// The prompt.
    public var tokens: [TokenID]
    /// What each row of the prompt stands for, where the token does not say it (an image's placeholder); one per
    /// token. Rows that are tokens have the token's id; other ids lie outside the range of `TokenID`. Nil: the tokens.
    public var contentIDs: [Int64]?
    /// Sequences share cached pages only within a domain: an adapter, or the long factors of a rope.
    public var cacheDomain: Int64
    /// Tokens to sample at most; 0 only together with `promptOutputs`.
    public var maxNewTokens: Int
    public var stopTokens: Set<TokenID>
    public var ignoresStopTokens: Bool
    /// Whether the host must have read each token before the next row is planned (DRY, grammars, stop strings that
    /// must not be overrun). Holds back this sequence only.
    public var needsHostToken: Bool
    public var promptOutputs: PromptOutputs
    /// Higher runs first; equal ones in order of arrival. It takes pages from a lower one, never its slot; a steady stream
    /// of a higher priority starves a lower one.
    public var priority: Int

    public init(
        tokens: [TokenID], contentIDs: [Int64]? = nil, cacheDomain: Int64 = 0, maxNewTokens: Int,
        stopTokens: Set<TokenID> = [], ignoresStopTokens: Bool = false, needsHostToken: Bool = false,
        promptOutputs: PromptOutputs = .none, priority: Int = 0
    ) {
        self.tokens = tokens
        self.contentIDs = contentIDs
        self.cacheDomain = cacheDomain
        self.maxNewTokens = maxNewTokens
        self.stopTokens = stopTokens
        self.ignoresStopTokens = ignoresStopTokens
        self.needsHostToken = needsHostToken
        self.promptOutputs = promptOutputs
        self.priority = priority
    }
}
