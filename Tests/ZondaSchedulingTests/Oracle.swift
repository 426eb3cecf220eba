import ZondaCore
import ZondaScheduling

/// What a sequence is when it runs alone: the state after each of its rows, and the tokens that follow from them.
struct Oracle {
    let request: SequenceRequest
    /// Prompt and answer as they would go on without stop tokens.
    private(set) var tokens: [TokenID]
    /// A digest of the domain and all content up to each position.
    private(set) var states: [UInt64] = []

    init(_ request: SequenceRequest) {
        self.request = request
        tokens = request.tokens
        var state = UInt64(bitPattern: request.cacheDomain) &+ 0x9E37_79B9_7F4A_7C15
        let length = request.tokens.count + request.maxNewTokens
        for position in 0..<length {
            let content = request.contentIDs.flatMap { position < $0.count ? $0[position] : nil }
            state = Self.mix(state ^ UInt64(bitPattern: content ?? Int64(tokens[position])))
            states.append(state)
            if position + 1 == tokens.count { tokens.append(TokenID(Self.mix(state) % UInt64(Self.vocabularyCount))) }
        }
    }

    /// Small, so that answers of different sequences run alike at times, and stop tokens are met.
    static let vocabularyCount = 24

    /// The state after a row, given the one before it.
    func state(after position: Int, token: TokenID) -> UInt64 {
        let before =
            position == 0
            ? UInt64(bitPattern: request.cacheDomain) &+ 0x9E37_79B9_7F4A_7C15 : states[position - 1]
        let content = request.contentIDs.flatMap { position < $0.count ? $0[position] : nil }
        return Self.mix(before ^ UInt64(bitPattern: content ?? Int64(token)))
    }

    /// What is sampled from a state.
    static func sample(_ state: UInt64) -> TokenID { TokenID(mix(state) % UInt64(vocabularyCount)) }

    /// The answer when nothing from outside ends it.
    var answer: [TokenID] {
        let answer = tokens[request.tokens.count...].prefix(request.maxNewTokens)
        guard !request.ignoresStopTokens, let stop = answer.firstIndex(where: request.stopTokens.contains) else {
            return Array(answer)
        }
        return Array(answer[...stop])
    }

    /// SplitMix64's finalizer.
    static func mix(_ value: UInt64) -> UInt64 {
        var value = value &+ 0x9E37_79B9_7F4A_7C15
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
