import OrderedCollections
import Zonda
import ZondaCore
import ZondaFormats

extension GenerationOptions {
    /// What the sampling members of a checked body say, by OpenAI's names and those of other engines.
    init(_ body: JSONValue) throws(ZondaError) {
        self.init()
        temperature = body["temperature"]?.double
        topP = body["top_p"]?.double
        // vLLM writes -1 for all.
        topK = body["top_k"]?.integer.map { max($0, 0) }
        minP = body["min_p"]?.double
        typicalP = body["typical_p"]?.double
        repetitionPenalty = body["repetition_penalty"]?.double ?? body["repeat_penalty"]?.double
        frequencyPenalty = body["frequency_penalty"]?.double
        presencePenalty = body["presence_penalty"]?.double
        dry = DRYOptions(body)
        logitBias = try Self.logitBias(body["logit_bias"])
        stop = try body.strings("stop")
        stopTokenIDs = body["stop_token_ids"]?.tokens ?? []
        ignoreEOS = body["ignore_eos"]?.bool ?? false
        n = body["n"]?.integer ?? 1
        // A seed below zero is one of the upper half of what the sampler takes.
        seed = body["seed"]?.integer.map { UInt64(bitPattern: Int64($0)) }
        constraint = try OutputConstraint(body)
    }

    private static func logitBias(_ value: JSONValue?) throws(ZondaError) -> [TokenID: Double] {
        guard let members = value?.object else { return [:] }
        guard members.count <= WireCaps.biasedTokens else {
            throw .member(
                "logit_bias", "has \(members.count) tokens", remedy: "use at most \(WireCaps.biasedTokens)")
        }
        var biases: [TokenID: Double] = [:]
        for (key, value) in members {
            guard let token = TokenID(key), token >= 0 else {
                throw .member("logit_bias", "has the key \"\(key.prefix(64))\"", remedy: "use token ids as keys")
            }
            guard let bias = value.double, (-100...100).contains(bias) else {
                throw .member("logit_bias.\(key)", "is \(value.excerpt)", remedy: "use a number from -100 to 100")
            }
            biases[token] = bias
        }
        return biases
    }
}

extension DRYOptions {
    /// Nil where the multiplier is left out or 0.
    fileprivate init?(_ body: JSONValue) {
        guard let multiplier = body["dry_multiplier"]?.double, multiplier > 0 else { return nil }
        self.init(multiplier: multiplier)
        base = body["dry_base"]?.double ?? base
        allowedLength = body["dry_allowed_length"]?.integer ?? allowedLength
        sequenceBreakers = body["dry_sequence_breakers"]?.array?.compactMap(\.string) ?? sequenceBreakers
    }
}

extension JSONValue {
    /// A text or a list of them, of which none is empty.
    func strings(_ name: String) throws(ZondaError) -> [String] {
        let strings = self[name]?.array?.compactMap(\.string) ?? self[name]?.string.map { [$0] } ?? []
        if let empty = strings.firstIndex(of: "") {
            let path = self[name]?.array == nil ? name : "\(name)[\(empty)]"
            throw .member(path, "is empty", remedy: "leave it out")
        }
        return strings
    }

    /// A checked list of token ids.
    var tokens: [TokenID] { array?.compactMap { $0.integer.flatMap(TokenID.init(exactly:)) } ?? [] }
}
