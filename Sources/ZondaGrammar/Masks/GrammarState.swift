public import ZondaCore

/// Where one answer is in a grammar. A value: a copy goes its own way.
///
/// ```swift
/// var state = GrammarState(grammar)
/// while !state.hasEnded {
///     let allowed = try state.mask()
///     try state.accept(sample(allowed))
/// }
/// ```
public struct GrammarState: Sendable {
    /// A position and the table whose numbers it has; none yet for the start, which is the same in each.
    struct Place: Sendable {
        var position: Position
        var table: TableBox?
    }

    public let grammar: TokenGrammar
    private var place: Place
    /// Whether the text is complete here, so that it may end.
    public private(set) var mayEnd: Bool
    /// Whether an end token was accepted.
    public private(set) var hasEnded = false

    public init(_ grammar: TokenGrammar) {
        self.grammar = grammar
        place = Place(position: grammar.start)
        mayEnd = grammar.mayEndAtStart
    }

    /// Which tokens may come next: one bit per token, lowest bit first, [V / 32, rounded up].
    ///
    /// The bits of end tokens are set exactly when the text may end here; after an end token they alone are.
    /// - Throws: `ZondaError` of code `badRequest` when the vocabulary has no token that could follow, which can't be where
    ///   it has all 256 single bytes, or when the grammar is more ambiguous than `ConfigurationTable` allows.
    /// - Complexity: microseconds where a request has been before; up to milliseconds elsewhere.
    public mutating func mask() throws(ZondaError) -> [UInt32] {
        let vocabulary = grammar.vocabulary
        var mask = [UInt32](repeating: 0, count: vocabulary.maskWordCount)
        if !hasEnded {
            try grammar.withTable(of: &place) { table, position throws(ZondaError) in
                try table.addTokens(at: position, to: &mask)
            }
        }
        if mayEnd {
            for token in vocabulary.endTokens { mask[Int(token) >> 5] |= 1 << UInt32(token & 31) }
        }
        guard mask.contains(where: { $0 != 0 }) else {
            throw ZondaError(
                .badRequest, "no token of the vocabulary can follow here, so the answer can't be completed",
                remedy: mayEnd ? "name the model's end tokens" : "use a grammar of characters that the model can write")
        }
        return mask
    }

    /// Moves on by `token`.
    /// - Throws: `ZondaError` of code `badRequest` for a token that is not allowed here; the state stays as it was.
    public mutating func accept(_ token: TokenID) throws(ZondaError) {
        let vocabulary = grammar.vocabulary
        if mayEnd, vocabulary.endTokens.contains(token) {
            hasEnded = true
            return
        }
        guard !hasEnded, token >= 0, Int(token) < vocabulary.count else { throw refusal(of: token) }
        let bytes = grammar.namedTokens.contains(token) ? nil : vocabulary.tokens[Int(token)]
        let accepted = try grammar.withTable(of: &place) { table, position throws(ZondaError) in
            try table.withConfigurations { table throws(ZondaError) -> Bool? in
                guard let next = try table.position(after: token, spelled: bytes, position) else { return nil }
                position = next
                return try table.mayEnd(next)
            }
        }
        guard let accepted else { throw refusal(of: token) }
        mayEnd = accepted
    }

    private func refusal(of token: TokenID) -> ZondaError {
        ZondaError(
            .badRequest, "token \(token) is not allowed here by the grammar", remedy: "choose one of `mask()`",
            facts: ["token": "\(token)"])
    }
}

extension ConfigurationTable {
    /// The position after a token, as what it spells or as itself; nil when it can't follow.
    fileprivate mutating func position(
        after token: TokenID, spelled bytes: [UInt8]?, _ position: Position
    ) throws(ZondaError) -> Position? {
        guard let bytes, !bytes.isEmpty, bytes.count <= TokenTrie.maxTokenBytes else {
            return try self.position(after: token, position)
        }
        var current: Position? = position
        for byte in bytes {
            guard let before = current else { break }
            current = try self.position(after: byte, before)
        }
        return current
    }
}
