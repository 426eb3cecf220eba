public import ZondaCore

/// A token and the natural logarithm of its probability.
public struct TokenLogprob: Hashable, Sendable {
    public var token: TokenID
    public var logprob: Float

    public init(token: TokenID, logprob: Float) {
        self.token = token
        self.logprob = logprob
    }
}

/// One sampled token. Log-probabilities are those of the model's own distribution, before bias, penalties, mask,
/// temperature and filters, as OpenAI's API and vLLM report them.
public struct Sample: Hashable, Sendable {
    public var token: TokenID
    /// Nil unless `SamplingParameters.logprobCount` was set.
    public var logprob: Float?
    /// The likeliest tokens, likeliest first, ties to the lower id; the sampled one need not be among them.
    public var alternatives: [TokenLogprob]

    public init(token: TokenID, logprob: Float? = nil, alternatives: [TokenLogprob] = []) {
        self.token = token
        self.logprob = logprob
        self.alternatives = alternatives
    }
}
