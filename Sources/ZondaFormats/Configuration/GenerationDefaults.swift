import Glibc
public import ZondaCore

/// How a model's makers recommend to sample from it: `generation_config.json`. Nil where they say nothing.
///
/// Keys for other ways of generating (beams, contrastive search, watermarks) are ignored.
public struct GenerationDefaults: Sendable, Hashable {
    /// False means greedy, whatever the numbers say; nil is as false, which is what transformers does.
    public var doSample: Bool?
    public var temperature: Double?
    public var topK: Int?
    public var topP: Double?
    public var minP: Double?
    public var typicalP: Double?
    public var repetitionPenalty: Double?
    public var maxNewTokens: Int?
    public var bosToken: TokenID?
    public var padToken: TokenID?
    /// Every token that ends an answer.
    public var eosTokens: [TokenID] = []

    public init() {}

    /// Reads the file in a model's folder, or returns nil when the folder has none.
    public init?(folder: String) throws(ZondaError) {
        let path = "\(folder)/generation_config.json"
        guard access(path, F_OK) == 0 else { return nil }
        let file = try MappedFile(path)
        try self.init(parsing: Span(_bytes: try file.bytes()), name: path)
    }

    /// - Throws: `badFile` for what is not a JSON object, `badConfiguration` for a value of a wrong type or out of range.
    public init(parsing bytes: Span<UInt8>, name: String) throws(ZondaError) {
        let reader = try ConfigurationReader(parsing: bytes, name: name)
        doSample = try reader.optionalBool("do_sample")
        temperature = try reader.number("temperature", 0...1_000)
        topK = try reader.optionalInt("top_k")
        topP = try reader.number("top_p", 0...1)
        minP = try reader.number("min_p", 0...1)
        typicalP = try reader.number("typical_p", 0...1)
        repetitionPenalty = try reader.number("repetition_penalty", Double.leastNonzeroMagnitude...1_000)
        maxNewTokens = try reader.optionalInt("max_new_tokens")
        if let topK, topK < 0 { throw reader.failure("top_k", "is \(topK); 0 (all) and more are supported") }
        if let maxNewTokens, maxNewTokens < 0 { throw reader.failure("max_new_tokens", "is \(maxNewTokens)") }
        bosToken = try reader.tokens("bos_token_id")?.first
        padToken = try reader.tokens("pad_token_id")?.first
        eosTokens = try reader.tokens("eos_token_id") ?? []
    }
}

extension ConfigurationReader {
    fileprivate func number(_ key: String, _ supported: ClosedRange<Double>) throws(ZondaError) -> Double? {
        guard let value = try optionalDouble(key) else { return nil }
        guard supported.contains(value) else {
            throw failure(key, "is \(value); \(supported.lowerBound) to \(supported.upperBound) is supported")
        }
        return value
    }

    /// One token or a list of them. Some configurations write -1 for "none".
    fileprivate func tokens(_ key: String) throws(ZondaError) -> [TokenID]? {
        guard let numbers = try optionalIntOrArray(key) else { return nil }
        var tokens: [TokenID] = []
        for number in numbers where number != -1 {
            guard let token = TokenID(exactly: number), token >= 0 else {
                throw failure(key, "has \(number), which is not a token's number")
            }
            tokens.append(token)
        }
        return tokens
    }
}
