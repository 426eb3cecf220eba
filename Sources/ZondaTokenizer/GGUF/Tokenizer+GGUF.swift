public import ZondaCore
public import ZondaFormats

extension Tokenizer {
    /// The tokenizer of a GGUF file.
    ///
    /// Kinds: `gpt2` (byte-level byte pairs, with every pre-tokenizer that llama.cpp names), `llama` (SentencePiece
    /// byte pairs), `t5` (SentencePiece unigram), `bert` (WordPiece) and `gemma4`.
    /// - Throws: `ZondaError`: `badConfiguration` for keys that are missing or of another type, `badFile` for tables
    ///   that contradict each other, `unsupported` for a kind or pre-tokenizer that is not known.
    public convenience init(gguf metadata: GGUFMetadata) throws(ZondaError) {
        let source = try GGUFVocabulary(metadata)
        let kind = try metadata.string("tokenizer.ggml.model")
        switch kind {
        case "gpt2": try self.init(bytePairs: source, pattern: metadata.optionalString("tokenizer.ggml.pre"))
        case "gemma4": try self.init(bytePairs: source, pattern: "gemma4")
        case "llama": try self.init(scoreMerges: source)
        case "t5": try self.init(unigram: source)
        case "bert": try self.init(wordPieces: source)
        default:
            throw ZondaError(
                .unsupported, "\(metadata.name): tokenizer.ggml.model is \"\(kind)\", which Zonda does not know",
                remedy: "gpt2, llama, t5, bert and gemma4 are known", facts: ["model": kind])
        }
    }

    private convenience init(
        _ source: GGUFVocabulary, _ vocabulary: Vocabulary, _ model: TokenModel, _ normalizer: Normalizer,
        preTokenizer: PreTokenizer = PreTokenizer(steps: []), _ postProcessor: PostProcessor, _ decoder: TokenDecoder
    ) throws(ZondaError) {
        try self.init(
            vocabulary: vocabulary, model: model, normalizer: normalizer, preTokenizer: preTokenizer,
            postProcessor: postProcessor, decoder: decoder, addedTokens: source.addedTokens, special: source.special,
            endTokens: source.special.endTokens(source.addedTokens))
    }

    private convenience init(bytePairs source: GGUFVocabulary, pattern name: String?) throws(ZondaError) {
        let pattern = try GGUFPattern(named: name)
        let vocabulary = try Vocabulary(source.table.tokens)
        var options = BytePairEncoder.Options()
        options.ignoresMerges = pattern.ignoresMerges
        options.fallsBackToBytes = !pattern.isByteLevel
        var steps: [PreTokenizer.Step] = []
        for text in pattern.patterns { steps.append(.split(try Splitter(pattern: text, .isolated))) }
        if pattern.isByteLevel { steps.append(.byteAlphabet) }
        let encoder = BytePairEncoder(vocabulary, merges: try source.mergeTable(vocabulary), options)
        try self.init(
            source, vocabulary, .bytePairs(encoder),
            pattern.isByteLevel ? Normalizer(steps: []) : .sentencePiece(nil, mergesSpaces: false, addsPrefix: false),
            preTokenizer: PreTokenizer(steps: steps),
            source.postProcessor(addsBOS: pattern.addsBOS, addsSeparator: pattern.addsSeparator),
            pattern.isByteLevel ? TokenDecoder([.byteLevel]) : .sentencePiece(dropsPrefix: false))
    }

    private convenience init(scoreMerges source: GGUFVocabulary) throws(ZondaError) {
        try source.requireScores("llama")
        let vocabulary = try Vocabulary(source.table.tokens)
        let addsPrefix = try source.flag("add_space_prefix") ?? true
        try self.init(
            source, vocabulary,
            .scoreMerges(ScoreMergeEncoder(vocabulary, source.table, unknown: source.special.unknown)),
            .sentencePiece(nil, mergesSpaces: false, addsPrefix: addsPrefix), source.postProcessor(addsBOS: true),
            .sentencePiece(dropsPrefix: addsPrefix))
    }

    private convenience init(unigram source: GGUFVocabulary) throws(ZondaError) {
        try source.requireScores("t5")
        let vocabulary = try Vocabulary(source.table.tokens)
        let addsPrefix = try source.flag("add_space_prefix") ?? false
        let mergesSpaces = try source.flag("remove_extra_whitespaces") ?? false
        let encoder = UnigramEncoder(
            vocabulary, source.table, unknown: source.special.unknown, fallsBackToBytes: false)
        try self.init(
            source, vocabulary, .unigram(encoder),
            .sentencePiece(source.characterMap(), mergesSpaces: mergesSpaces, addsPrefix: addsPrefix),
            source.postProcessor(addsBOS: false, addsEOS: true), .sentencePiece(dropsPrefix: addsPrefix))
    }

    private convenience init(wordPieces source: GGUFVocabulary) throws(ZondaError) {
        let vocabulary = try Vocabulary(source.table.tokens)
        let lowercases = try source.flag("normalizer.lowercase") ?? true
        let stripsAccents = try source.flag("normalizer.strip_accents") ?? lowercases
        var normalizer = Normalizer(steps: [.cleanText, .spaceIdeographs])
        if stripsAccents { normalizer.steps += [.form(.nfd), .remove(.mark)] }
        if lowercases { normalizer.steps.append(.lowercase) }
        let encoder = WordEncoder(
            vocabulary: vocabulary, kind: .markedPieces(marker: Self.mark), unknown: source.special.unknown)
        try self.init(
            source, vocabulary, .words(encoder), normalizer, preTokenizer: .bert(),
            source.postProcessor(addsBOS: true, addsSeparator: true), .sentencePiece(dropsPrefix: true))
    }

    /// SentencePiece's visible space, "▁" (U+2581).
    static let mark: [UInt8] = [0xE2, 0x96, 0x81]
}

extension GGUFVocabulary {
    fileprivate func requireScores(_ kind: String) throws(ZondaError) {
        guard table.scores.isEmpty else { return }
        throw ZondaError(
            .badFile, "\(metadata.name): tokenizer.ggml.scores is missing, which the kind \"\(kind)\" needs",
            remedy: "convert the model again with a current converter")
    }

    /// The merges, "left right" in a string each. One that names a token which is not there is passed over, as
    /// llama.cpp does; files with vocabularies that were cut have some.
    fileprivate func mergeTable(_ vocabulary: Vocabulary) throws(ZondaError) -> MergeTable {
        let merges = try metadata.strings("tokenizer.ggml.merges")
        guard merges.count <= Vocabulary.maxCount else {
            throw ZondaError(
                .badFile, "\(metadata.name): \(merges.count) merges are above the cap of \(Vocabulary.maxCount)",
                remedy: "the file is damaged; fetch it again")
        }
        var table = MergeTable(capacity: merges.count)
        var joined: [UInt8] = []
        for index in 0..<merges.count {
            let span = merges.utf8(at: index)
            span.withUnsafeBufferPointer { merge in
                // A part may begin with a space in vocabularies that are not byte-level, so the search starts at 1.
                guard let space = merge.dropFirst().firstIndex(of: 0x20) else { return }
                let left = UnsafeBufferPointer(rebasing: merge[..<space])
                let right = UnsafeBufferPointer(rebasing: merge[(space + 1)...])
                joined.removeAll(keepingCapacity: true)
                joined.append(contentsOf: left)
                joined.append(contentsOf: right)
                guard let leftID = vocabulary.id(of: left), let rightID = vocabulary.id(of: right),
                    let token = joined.withUnsafeBufferPointer({ vocabulary.id(of: $0) })
                else { return }
                table.insert(leftID, rightID, MergeTable.Merge(rank: UInt32(index), token: token))
            }
        }
        return table
    }
}
