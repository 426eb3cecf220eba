public import ZondaCore

/// How one request turns logits into tokens. The defaults change nothing: the model's own distribution at temperature 1.
///
/// The chain, in this order: logit bias, repetition, frequency and presence penalties, DRY, mask, temperature, top-k,
/// typical-p, top-p, min-p.
// Up to top-k, and then top-p before min-p, this is the order of transformers; vLLM agrees up to the temperature and
// then takes min-p first; mistral.rs has penalties, temperature, top-k, top-p, min-p. llama.cpp puts the temperature
// last. The settings that model cards publish are made with the first, so the filters see tempered probabilities.
// Typical-p comes before top-p as in llama.cpp: after it, it would judge a distribution without a tail.
public struct SamplingParameters: Hashable, Codable, Sendable {
    /// Divides the logits; below `greedyTemperature` the likeliest token is taken.
    public var temperature: Float = 1
    /// Only the `topK` likeliest tokens stay; 0 keeps all.
    public var topK: Int = 0
    /// The smallest set of likeliest tokens with at least this probability stays; 1 keeps all, 0 keeps one token.
    /// Source: Holtzman et al. 2019, arXiv:1904.09751.
    public var topP: Float = 1
    /// Tokens with at least this share of the likeliest token's probability stay; 0 keeps all.
    /// Source: Nguyen et al. 2024, arXiv:2407.01082.
    public var minP: Float = 0
    /// The tokens whose surprise is nearest to the expected one stay, up to this probability; 1 keeps all.
    /// Source: Meister et al. 2022, arXiv:2202.00666.
    public var typicalP: Float = 1
    /// Divides positive and multiplies negative logits of tokens in the prompt or the answer; 1 changes nothing.
    /// Source: Keskar et al. 2019, arXiv:1909.05858.
    public var repetitionPenalty: Float = 1
    /// Subtracted once for each time a token is in the answer.
    public var frequencyPenalty: Float = 0
    /// Subtracted once if a token is in the answer.
    public var presencePenalty: Float = 0
    /// The three penalties see this many of the newest tokens, prompt included; nil is all of them.
    public var penaltyWindow: Int?
    /// Nil is off.
    public var dry: DRYParameters?
    /// Added to the logits of the tokens named.
    public var logitBias: [TokenID: Float] = [:]
    /// With `choice` and the token's index, all that random numbers depend on.
    public var seed: UInt64 = 0
    /// Which of the `n` answers to one request this is.
    public var choice: UInt32 = 0
    /// How many likeliest tokens to report with each token; nil reports no log-probabilities at all.
    public var logprobCount: Int?

    /// Below this a division of float32 logits leaves one token in any case (vLLM has the same bound).
    public static let greedyTemperature: Float = 1e-5

    public init() {}

    /// The likeliest token, always.
    public static var greedy: SamplingParameters {
        var parameters = SamplingParameters()
        parameters.temperature = 0
        return parameters
    }

    /// Whether no random number is needed.
    public var isGreedy: Bool { temperature < Self.greedyTemperature || topK == 1 }

    /// Whether a token depends on the tokens before it other than through the logits, so that `TokenHistory` is needed.
    public var needsHistory: Bool { hasPenalties || (dry?.multiplier ?? 0) > 0 }

    package var hasPenalties: Bool { repetitionPenalty != 1 || frequencyPenalty != 0 || presencePenalty != 0 }
}

/// Don't Repeat Yourself: a token that would continue a run of tokens seen before loses
/// `multiplier * base^(length of the run - allowedLength)`.
///
/// Source: p-e-w, text-generation-webui pull request 5677; the range and the breakers as in llama.cpp.
public struct DRYParameters: Hashable, Codable, Sendable {
    /// 0.8 is usual.
    public var multiplier: Float
    public var base: Float
    /// Shorter runs than this cost nothing.
    public var allowedLength: Int
    /// No run goes across one of these tokens, and none of them is ever penalized.
    public var sequenceBreakers: Set<TokenID>
    /// Runs are looked for in this many of the newest tokens, prompt included; nil is all of them.
    public var range: Int?

    public init(
        multiplier: Float, base: Float = 1.75, allowedLength: Int = 2, sequenceBreakers: Set<TokenID> = [],
        range: Int? = nil
    ) {
        self.multiplier = multiplier
        self.base = base
        self.allowedLength = allowedLength
        self.sequenceBreakers = sequenceBreakers
        self.range = range
    }
}
