public import ZondaCore

/// Where one answer is in a grammar. A value: a copy goes its own way.
public struct GrammarState: Sendable {
    let grammar: TokenGrammar

    public init(_ grammar: TokenGrammar) { self.grammar = grammar }

    /// Which tokens may come next: one bit per token, lowest bit first, [V / 32, rounded up].
    ///
    /// The bits of end tokens are set exactly when the text may end here; after an end token they alone are.
    /// - Throws: `ZondaError` of code `badRequest` when the vocabulary has no token that could follow, which can't be where
    ///   it has all 256 single bytes, or when the grammar is more ambiguous than `ConfigurationTable` allows.
    public mutating func mask() throws(ZondaError) -> [UInt32] {
        throw ZondaError(.unsupported, "masks are not there yet")
    }

    /// Moves on by `token`.
    /// - Throws: `ZondaError` of code `badRequest` for a token that is not allowed here; the state stays as it was.
    public mutating func accept(_ token: TokenID) throws(ZondaError) {
        throw ZondaError(.unsupported, "masks are not there yet")
    }

    /// Whether the text is complete here, so that it may end.
    public var mayEnd: Bool { false }

    /// Whether an end token was accepted.
    public var hasEnded: Bool { false }
}
