import ZondaCore

/// A vocabulary as SentencePiece and GGUF write it: each token with a score and a kind.
struct TokenTable: Sendable {
    /// How text may become the token. The numbers are those of both formats.
    enum Kind: Int, Sendable {
        case undefined, normal, unknown, control, userDefined, unused, byte
    }

    private(set) var tokens = ByteStrings()
    /// Empty when the file has none.
    private(set) var scores: [Float] = []
    /// Empty when the file says nothing, which makes all tokens normal.
    private(set) var kinds: [Kind] = []

    init() {}

    init(_ tokens: ByteStrings, scores: [Float], kinds: [Kind]) {
        self.tokens = tokens
        self.scores = scores
        self.kinds = kinds
    }

    mutating func append(_ token: Span<UInt8>, score: Float, kind: Kind) {
        tokens.append(token)
        scores.append(score)
        kinds.append(kind)
    }

    func kind(of id: Int) -> Kind { id < kinds.count ? kinds[id] : .normal }

    /// Tokens that are found in the text itself.
    func addedTokens(stripsRight: (String) -> Bool = { _ in false }) -> [AddedToken] {
        var added: [AddedToken] = []
        for id in 0..<min(kinds.count, tokens.count) {
            guard kinds[id] == .control || kinds[id] == .userDefined || kinds[id] == .unknown else { continue }
            let content = tokens.text(of: id)
            guard !content.isEmpty else { continue }
            added.append(
                AddedToken(
                    id: TokenID(id), content: content, isSpecial: kinds[id] != .userDefined,
                    stripsRight: stripsRight(content)))
        }
        return added
    }
}

extension SpecialTokens {
    /// Texts of tokens that end an answer, for files that do not say which do.
    private static let endTexts: Set<String> = [
        "<|eot_id|>", "<|im_end|>", "<|end|>", "<|return|>", "<|call|>", "<end_of_turn>", "<turn|>", "<|endoftext|>",
        "<|eom_id|>", "<EOT>", "_<EOT>", "[EOT]", "[EOS]", "<|end_of_text|>", "<end_of_utterance>",
        "<｜end▁of▁sentence｜>", "</s>",
    ]
    /// In order of preference, those that end a turn.
    private static let turnEndTexts = [
        "<|eot_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>", "<turn|>", "<|end_of_text|>", "[EOT]",
    ]

    /// Finds the ends of a turn and of a message by their texts where the file does not name them.
    mutating func complete(from added: [AddedToken]) {
        let markup = added.filter(\.isSpecial)
        func find(_ text: String) -> TokenID? { markup.first { $0.content == text }?.id }
        for text in Self.turnEndTexts where eot == nil { eot = find(text) }
        eom = eom ?? find("<|eom_id|>")
    }

    /// Tokens that end an answer: those that have the role, and markup that is known to.
    func endTokens(_ added: [AddedToken]) -> Set<TokenID> {
        var ends = Set([eos, eot, eom].compactMap { $0 })
        for token in added where token.isSpecial && Self.endTexts.contains(token.content) { ends.insert(token.id) }
        return ends
    }
}
