public import ZondaCore
public import ZondaFormats

extension Tokenizer {
    /// The tokenizer of a SentencePiece model, `tokenizer.model`.
    ///
    /// The file does not say what is put around a text. A `tokenizer_config.json` may (`add_bos_token`,
    /// `add_eos_token`); without one, byte-pair models begin with their token for that, and unigram models end with
    /// theirs, as Llama and T5 do.
    /// - Throws: `ZondaError`: `badFile` for what is not such a model, `unsupported` for word and character models.
    public convenience init(
        sentencePiece bytes: Span<UInt8>, name: String = "tokenizer.model", configuration: JSONValue? = nil
    ) throws(ZondaError) {
        let file = try SentencePieceModel(parsing: bytes, name: name)
        let vocabulary = try Vocabulary(file.table.tokens)
        let added = file.table.addedTokens()
        var special = file.special
        special.complete(from: added)
        let model: TokenModel
        var around: PostProcessor
        switch file.algorithm {
        case .bytePairs:
            model = .scoreMerges(ScoreMergeEncoder(vocabulary, file.table, unknown: special.unknown))
            around = PostProcessor(before: [special.bos].compactMap { $0 })
        case .unigram:
            model = .unigram(
                UnigramEncoder(
                    vocabulary, file.table, unknown: special.unknown, fallsBackToBytes: file.fallsBackToBytes))
            around = PostProcessor(after: [special.eos].compactMap { $0 })
        case .words, .characters:
            throw ZondaError(
                .unsupported, "\(name): a SentencePiece model of type \(file.algorithm)",
                remedy: "unigram and byte-pair models are known")
        }
        if let configuration, let override = try TokenizerConfiguration(configuration).postProcessor(special) {
            around = override
        }
        try self.init(
            vocabulary: vocabulary, model: model,
            normalizer: .sentencePiece(
                file.characterMap, mergesSpaces: file.mergesSpaces, addsPrefix: file.addsSpacePrefix),
            postProcessor: around, decoder: .sentencePiece(dropsPrefix: file.addsSpacePrefix), addedTokens: added,
            special: special, endTokens: special.endTokens(added))
    }
}

extension Normalizer {
    /// SentencePiece's: its map, then spaces, which become "▁".
    static func sentencePiece(_ map: CharacterMap?, mergesSpaces: Bool, addsPrefix: Bool) -> Normalizer {
        var steps: [Step] = []
        if let map { steps.append(.characterMap(map, byGrapheme: false)) }
        if mergesSpaces { steps.append(.mergeSpaces) }
        if addsPrefix { steps.append(.prepend([0x20])) }
        return Normalizer(steps: steps + [.replace(.literal([0x20]), with: Tokenizer.mark)])
    }
}

extension TokenDecoder {
    /// Marks back to spaces, bytes back to characters, without the space that was put before the text.
    static func sentencePiece(dropsPrefix: Bool) -> TokenDecoder {
        let steps: [Step] = [.replace(.literal(Tokenizer.mark), with: [0x20]), .byteFallback, .fuse]
        return TokenDecoder(dropsPrefix ? steps + [.strip(character: [0x20], start: 1, end: 0)] : steps)
    }
}

extension ScoreMergeEncoder {
    init(_ vocabulary: Vocabulary, _ table: TokenTable, unknown: TokenID?) {
        self.init(vocabulary, scores: table.scores, unknown: unknown)
    }
}

extension UnigramEncoder {
    /// Only text's own tokens are found; those that a user defined are as probable as can be.
    init(_ vocabulary: Vocabulary, _ table: TokenTable, unknown: TokenID?, fallsBackToBytes: Bool) {
        var scores = table.scores.map(Double.init)
        var least = Double.infinity
        for id in scores.indices {
            if table.kind(of: id) == .normal { least = min(least, scores[id]) }
            if table.kind(of: id) == .userDefined { scores[id] = 0 }
        }
        let options = Options(unknown: unknown, fallsBackToBytes: fallsBackToBytes)
        self.init(vocabulary, scores: scores, leastScore: least.isFinite ? least : 0, options) { id in
            switch table.kind(of: id) {
            case .normal, .userDefined, .unused: id < table.scores.count
            default: false
            }
        }
    }
}
