import ZondaCore
import ZondaFormats

/// What the metadata of a GGUF file says of its vocabulary.
struct GGUFVocabulary {
    let metadata: GGUFMetadata
    let table: TokenTable
    private(set) var special = SpecialTokens()
    /// Tokens that are found in the text itself.
    let addedTokens: [AddedToken]

    init(_ metadata: GGUFMetadata) throws(ZondaError) {
        self.metadata = metadata
        let strings = try metadata.strings("tokenizer.ggml.tokens")
        guard !strings.isEmpty, strings.count <= Vocabulary.maxCount else {
            throw ZondaError(
                .badFile,
                "\(metadata.name): a vocabulary of \(strings.count) tokens; 1 to \(Vocabulary.maxCount) are right",
                remedy: "the file is damaged; fetch it again")
        }
        let kinds = try metadata.optionalIntArray("tokenizer.ggml.token_type") ?? []
        let scores = try metadata.optionalFloats("tokenizer.ggml.scores") ?? []
        for (key, count) in [("token_type", kinds.count), ("scores", scores.count)]
        where count != 0 && count < strings.count {
            throw ZondaError(
                .badFile, "\(metadata.name): tokenizer.ggml.\(key) has \(count) values for \(strings.count) tokens",
                remedy: "the file is damaged; fetch it again", facts: ["key": "tokenizer.ggml.\(key)"])
        }
        table = TokenTable(
            ByteStrings(strings), scores: scores, kinds: kinds.map { TokenTable.Kind(rawValue: $0) ?? .undefined })
        // Phi-3's markup takes the white space after it, which the format cannot say.
        let name = try metadata.optionalString("general.name")?.lowercased() ?? ""
        let isPhi3 = name.contains("phi-3") || name.contains("phi3")
        addedTokens = table.addedTokens { isPhi3 && !["<unk>", "<s>", "<|endoftext|>"].contains($0) }
        special = try specialTokens()
        special.complete(from: addedTokens)
    }

    func flag(_ name: String) throws(ZondaError) -> Bool? { try metadata.optionalBool("tokenizer.ggml.\(name)") }

    private func tokenID(_ names: String...) throws(ZondaError) -> TokenID? {
        for name in names {
            guard let id = try metadata.optionalInt("tokenizer.ggml.\(name)_token_id") else { continue }
            // Converters write 2^32 - 1 for "none"; others point past the vocabulary for tokens that were cut off.
            if table.tokens.isID(id) { return TokenID(id) }
        }
        return nil
    }

    private func specialTokens() throws(ZondaError) -> SpecialTokens {
        var special = SpecialTokens()
        special.bos = try tokenID("bos", "cls")
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

    /// The flags of the file, else the defaults of its kind, say what is put around a text.
    func postProcessor(
        addsBOS: Bool, addsEOS: Bool = false, addsSeparator: Bool = false
    ) throws(ZondaError) -> PostProcessor {
        var before: [TokenID] = []
        var after: [TokenID] = []
        if try flag("add_bos_token") ?? addsBOS, let bos = special.bos { before.append(bos) }
        if try flag("add_sep_token") ?? addsSeparator, let separator = special.separator ?? special.eos {
            after.append(separator)
        } else if try flag("add_eos_token") ?? addsEOS, let eos = special.eos {
            after.append(eos)
        }
        return PostProcessor(before: before, after: after)
    }

    /// The precompiled map of SentencePiece's normalizer, if there is one.
    func characterMap() throws(ZondaError) -> CharacterMap? {
        let key = "tokenizer.ggml.precompiled_charsmap"
        guard let value = metadata[key] else { return nil }
        guard let bytes = value.array?.numbers?.bytes else {
            throw ZondaError(
                .badFile, "\(metadata.name): \(key) is \(value.kind), not an array of bytes",
                remedy: "convert the model again with a current converter", facts: ["key": key])
        }
        return bytes.isEmpty ? nil : try CharacterMap(parsing: bytes.span, name: metadata.name)
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
