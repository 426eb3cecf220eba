import ZondaCore
import ZondaGrammar

/// What an answer must be, compiled for a model's vocabulary.
struct AnswerConstraint: Sendable {
    var grammar: TokenGrammar
    /// Which tokens end an answer.
    var endTokens: EndTokens
    /// How the model thinks before the grammar holds; nil when it does not.
    var thoughts: ThoughtMarkers?
    /// Whether the prompt has opened the thoughts; else they begin with their marker or not at all.
    var beginsThinking = false
}

/// The tokens that end an answer, as ids and as a mask.
struct EndTokens: Sendable {
    let ids: Set<TokenID>
    /// [vocabulary / 32, rounded up]
    let mask: [UInt32]

    init(_ ids: Set<TokenID>, vocabularyCount: Int) {
        self.ids = ids
        mask = .tokens(ids, vocabularyCount: vocabularyCount)
    }

    /// Whether a mask lets nothing but these come next.
    func isAll(of allowed: [UInt32]) -> Bool {
        for (allowed, end) in zip(allowed, mask) where allowed & ~end != 0 { return false }
        return true
    }
}

extension [UInt32] {
    /// One bit per token, lowest bit first; those of `ids` are set.
    static func tokens(_ ids: some Swift.Sequence<TokenID>, vocabularyCount: Int) -> [UInt32] {
        var mask = [UInt32](repeating: 0, count: (vocabularyCount + 31) / 32)
        for id in ids where (0..<vocabularyCount).contains(Int(id)) { mask[Int(id) >> 5] |= 1 << UInt32(id & 31) }
        return mask
    }

    /// Every token but those of `ids`.
    static func tokens(except ids: some Swift.Sequence<TokenID>, vocabularyCount: Int) -> [UInt32] {
        var mask = [UInt32](repeating: .max, count: (vocabularyCount + 31) / 32)
        let rest = vocabularyCount & 31
        if rest != 0 { mask[mask.count - 1] = 1 << UInt32(rest) - 1 }
        for id in ids where (0..<vocabularyCount).contains(Int(id)) { mask[Int(id) >> 5] &= ~(1 << UInt32(id & 31)) }
        return mask
    }
}
