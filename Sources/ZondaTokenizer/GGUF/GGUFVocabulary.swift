import ZondaCore
import ZondaFormats

/// What the metadata of a GGUF file says of its vocabulary.
struct GGUFVocabulary {
    /// How text may become a token: `tokenizer.ggml.token_type`.
    enum Kind: Int, Sendable {
        case undefined, normal, unknown, control, userDefined, unused, byte
    }

    let metadata: GGUFMetadata
    let tokens: ByteStrings
    /// By token; empty when the file says nothing, which makes all tokens normal.
    let kinds: [Kind]
    /// By token; empty when the file has none.
    let scores: [Float]
    var special = SpecialTokens()

    init(_ metadata: GGUFMetadata) throws(ZondaError) {
        self.metadata = metadata
        let strings = try metadata.strings("tokenizer.ggml.tokens")
        guard !strings.isEmpty, strings.count <= Vocabulary.maxCount else {
            throw ZondaError(
                .badFile,
                "\(metadata.name): a vocabulary of \(strings.count) tokens; 1 to \(Vocabulary.maxCount) are right",
                remedy: "the file is damaged; fetch it again")
        }
        tokens = ByteStrings(strings)
        kinds =
            try metadata.optionalIntArray("tokenizer.ggml.token_type")?.map { Kind(rawValue: $0) ?? .undefined } ?? []
        scores = try metadata.optionalFloats("tokenizer.ggml.scores") ?? []
        for (key, count) in [("token_type", kinds.count), ("scores", scores.count)]
        where count != 0 && count < tokens.count {
            throw ZondaError(
                .badFile, "\(metadata.name): tokenizer.ggml.\(key) has \(count) values for \(tokens.count) tokens",
                remedy: "the file is damaged; fetch it again", facts: ["key": "tokenizer.ggml.\(key)"])
        }
        special = try specialTokens()
    }

    func kind(of id: Int) -> Kind { id < kinds.count ? kinds[id] : .normal }

    func flag(_ name: String) throws(ZondaError) -> Bool? { try metadata.optionalBool("tokenizer.ggml.\(name)") }

    private func tokenID(_ names: String...) throws(ZondaError) -> TokenID? {
        for name in names {
            guard let id = try metadata.optionalInt("tokenizer.ggml.\(name)_token_id") else { continue }
            // Converters write 2^32 - 1 for "none"; others point past the vocabulary for tokens that were cut off.
            if tokens.isID(id) { return TokenID(id) }
        }
        return nil
    }

    private func specialTokens() throws(ZondaError) -> SpecialTokens {
        var special = SpecialTokens()
        special.bos = try tokenID("bos")
        special.eos = try tokenID("eos")
        special.eot = try tokenID("eot")
        special.eom = try tokenID("eom")
        special.unknown = try tokenID("unknown")
        // Both spellings are in files: the first is in the specification, by mistake.
        special.separator = try tokenID("seperator", "separator")
        special.padding = try tokenID("padding")
        special.mask = try tokenID("mask")
        special.fimPrefix = try tokenID("fim_pre", "prefix")
        special.fimSuffix = try tokenID("fim_suf", "suffix")
        special.fimMiddle = try tokenID("fim_mid", "middle")
        return special
    }
}

extension GGUFVocabulary {
    /// Tokens that are found in the text itself.
    ///
    /// Phi-3's markup takes the white space after it, which the format cannot say.
    func addedTokens() throws(ZondaError) -> [AddedToken] {
        var added: [AddedToken] = []
        let name = try metadata.optionalString("general.name")?.lowercased() ?? ""
        let isPhi3 = name.contains("phi-3") || name.contains("phi3")
        for id in 0..<min(kinds.count, tokens.count) {
            guard kinds[id] == .control || kinds[id] == .userDefined || kinds[id] == .unknown else { continue }
            let content = tokens.text(of: id)
            guard !content.isEmpty else { continue }
            let strips = isPhi3 && !["<unk>", "<s>", "<|endoftext|>"].contains(content)
            added.append(
                AddedToken(
                    id: TokenID(id), content: content, isSpecial: kinds[id] != .userDefined, stripsRight: strips))
        }
        return added
    }

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

    /// Tokens that end an answer: those that the file names, and markup that is known to.
    func endTokens(_ added: [AddedToken]) -> Set<TokenID> {
        var ends = Set([special.eos, special.eot, special.eom].compactMap { $0 })
        for token in added where token.isSpecial && Self.endTexts.contains(token.content) { ends.insert(token.id) }
        return ends
    }

    /// The roles, with the end of a turn found by its text where the file does not name it.
    func completedSpecial(_ added: [AddedToken]) -> SpecialTokens {
        var special = special
        let markup = added.filter(\.isSpecial)
        func find(_ text: String) -> TokenID? { markup.first { $0.content == text }?.id }
        for text in Self.turnEndTexts where special.eot == nil { special.eot = find(text) }
        special.eom = special.eom ?? find("<|eom_id|>")
        return special
    }
}

extension ByteStrings {
    fileprivate init(_ strings: GGUFStrings) {
        self.init()
        reserve(count: strings.count, byteCount: strings.utf8Count)
        for index in 0..<strings.count { append(strings.utf8(at: index)) }
    }

    func isID(_ id: Int) -> Bool { id >= 0 && id < count }
}
