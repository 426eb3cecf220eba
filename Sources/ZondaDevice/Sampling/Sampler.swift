public import ZondaCore

/// Turns one row of logits into one token.
///
/// The token is a pure function of the logits, the history, the mask, the parameters and the token's index; the sampler
/// keeps scratch memory only, so any sampler gives the same token as any other. One per thread.
///
/// ```swift
/// var sampler = Sampler()
/// let sample = try sampler.sample(logits: row, history: history, parameters: parameters, index: 0)
/// ```
public struct Sampler: Sendable {
    private var edited: [Float] = []
    private var chooser = TokenChooser()
    private var reporter = LogprobReporter()

    public init() {}

    /// Samples token number `index` of an answer.
    ///
    /// - Parameters:
    ///   - logits: [V], left as they are. NaN is never chosen.
    ///   - history: the prompt and the answer so far; may be nil when `parameters.needsHistory` is false.
    ///   - mask: [V / 32, rounded up] one bit per token, lowest bit first; only tokens whose bit is set may be chosen.
    ///   - index: 0 for the first token of the answer.
    /// - Throws: `badLogits` when no token can be chosen; `badRequest` for illegal parameters, a mask of another size or
    ///   a history that is needed and missing. Only this request is at fault.
    public mutating func sample(
        logits: Span<Float>, history: TokenHistory? = nil, mask: Span<UInt32>? = nil,
        parameters: SamplingParameters, index: Int
    ) throws(ZondaError) -> Sample {
        try Self.check(rowCount: logits.count, maskCount: mask?.count, hasHistory: history != nil, parameters)
        let token: Int?
        if parameters.logitBias.isEmpty, !parameters.needsHistory, mask == nil {
            token = Self.choose(logits, parameters, index, &chooser)
        } else {
            edit(logits, parameters, history)
            if let mask { forbid(mask) }
            let edited = edited
            token = Self.choose(edited.span, parameters, index, &chooser)
        }
        guard let token else {
            let nanCount = logits.indices.count { logits[$0].isNaN }
            throw Self.nothingToChoose(nanCount: nanCount, vocabulary: logits.count, isMasked: mask != nil)
        }
        guard let count = parameters.logprobCount else { return Sample(token: TokenID(token)) }
        return logits.withUnsafeBufferPointer { buffer in
            LogitRow(buffer).map { reporter.report(token, $0, alternativeCount: count) }
                ?? Sample(token: TokenID(token))
        }
    }

    private static func choose(
        _ logits: Span<Float>, _ parameters: SamplingParameters, _ index: Int, _ chooser: inout TokenChooser
    ) -> Int? {
        logits.withUnsafeBufferPointer { buffer in
            guard let row = LogitRow(buffer) else { return nil }
            if parameters.isGreedy { return chooser.greedy(row) }
            let random = Philox.bits(seed: parameters.seed, choice: parameters.choice, index: index)
            return chooser.draw(row, parameters, random: random)
        }
    }

    /// Bias and penalties, on a copy: the raw logits are still needed for the log-probabilities.
    private mutating func edit(_ logits: Span<Float>, _ parameters: SamplingParameters, _ history: TokenHistory?) {
        if edited.count != logits.count { edited = Array(repeating: 0, count: logits.count) }
        edited.withUnsafeMutableBufferPointer { edited in
            logits.withUnsafeBufferPointer { _ = edited.update(from: $0) }
            for (token, bias) in parameters.logitBias { edited[Int(token)] += bias }
            if let history { Penalties.apply(parameters, history, to: edited) }
        }
    }

    private mutating func forbid(_ mask: Span<UInt32>) {
        edited.withUnsafeMutableBufferPointer { edited in
            for word in mask.indices where mask[word] != .max {
                let bits = mask[word]
                let tokens = edited[word * 32..<min(word * 32 + 32, edited.count)]
                // A grammar forbids most words whole.
                if bits == 0 {
                    UnsafeMutableBufferPointer(rebasing: tokens).update(repeating: -.infinity)
                } else {
                    for token in tokens.indices where bits >> UInt32(token % 32) & 1 == 0 { edited[token] = -.infinity }
                }
            }
        }
    }
}

extension Sampler {
    private static func check(
        rowCount: Int, maskCount: Int?, hasHistory: Bool, _ parameters: SamplingParameters
    ) throws(ZondaError) {
        guard (1...ProbabilityMass.maxRowCount).contains(rowCount) else {
            throw ZondaError(.badLogits, "a row of \(rowCount) logits; legal is 1 ... \(ProbabilityMass.maxRowCount)")
        }
        if let maskCount, maskCount != (rowCount + 31) / 32 {
            throw wrongMask(wordCount: maskCount, vocabulary: rowCount)
        }
        _ = try parameters.validated(vocabularyCount: rowCount)
        guard hasHistory || !parameters.needsHistory else {
            throw ZondaError(.badRequest, "penalties without the tokens before", remedy: "pass a TokenHistory")
        }
    }

    package static func wrongMask(wordCount: Int, vocabulary: Int) -> ZondaError {
        ZondaError(
            .badRequest,
            "a mask of \(wordCount) words for \(vocabulary) logits; \((vocabulary + 31) / 32) are needed")
    }

    package static func nothingToChoose(nanCount: Int, vocabulary: Int, isMasked: Bool) -> ZondaError {
        ZondaError(
            .badLogits,
            "none of \(vocabulary) tokens can be chosen: \(nanCount) logits are NaN, the others minus infinity"
                + (isMasked ? " or masked" : ""),
            remedy: nanCount > 0 ? "the weights may be damaged; check them with `zonda perplexity`" : nil,
            facts: ["nan": "\(nanCount)", "vocabulary": "\(vocabulary)"])
    }
}
