public import ZondaCore

/// How an answer is sampled and where it ends. What is nil comes from the model's `generation_config.json`, or is off.
public struct GenerationOptions: Sendable, Hashable {
    /// Tokens of the answer at most; nil for what the context leaves.
    public var maxTokens: Int?
    /// 0 takes the most likely token.
    public var temperature: Double?
    public var topK: Int?
    public var topP: Double?
    public var minP: Double?
    public var typicalP: Double?
    public var repetitionPenalty: Double?
    public var frequencyPenalty: Double?
    public var presencePenalty: Double?
    public var dry: DRYOptions?
    /// Added to the logits of tokens before anything else.
    public var logitBias: [TokenID: Double] = [:]
    /// The answer ends before the first of these.
    public var stop: [String] = []
    public var stopTokenIDs: [TokenID] = []
    /// Whether the model's own end tokens are passed over.
    public var ignoreEOS = false
    /// Choices to generate.
    public var n = 1
    /// Alternatives to report for each token with their log-probabilities; nil for none, 0 for the token's own.
    public var logprobs: Int?
    /// Equal seeds give equal answers; nil for a random one.
    public var seed: UInt64?
    /// What the answer's text must be; nil for anything.
    public var constraint: OutputConstraint?

    public init() {}
}

/// DRY: a penalty on tokens that would repeat what already stands in the text (p-e-w, 2024).
public struct DRYOptions: Sendable, Hashable {
    public var multiplier: Double
    public var base: Double = 1.75
    /// Repetitions up to this length cost nothing.
    public var allowedLength = 2
    /// Texts that no repetition reaches across.
    public var sequenceBreakers = ["\n", ":", "\"", "*"]

    public init(multiplier: Double) { self.multiplier = multiplier }
}
