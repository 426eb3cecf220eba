public import ZondaCore
public import ZondaFormats

extension Tokenizer {
    /// The tokenizer of a GGUF file.
    ///
    /// Kinds: `gpt2` (byte-level byte pairs, with every pre-tokenizer that llama.cpp names) and `llama` (SentencePiece
    /// byte pairs).
    /// - Throws: `ZondaError`: `badConfiguration` for keys that are missing or of another type, `badFile` for tables
    ///   that contradict each other, `unsupported` for a kind or pre-tokenizer that is not known.
    public convenience init(gguf metadata: GGUFMetadata) throws(ZondaError) {
        let source = try GGUFVocabulary(metadata)
        let kind = try metadata.string("tokenizer.ggml.model")
        switch kind {
        case "gpt2": try self.init(bytePairs: source)
        case "llama": try self.init(sentencePiece: source)
        default:
            throw ZondaError(
                .unsupported, "\(metadata.name): tokenizer.ggml.model is \"\(kind)\", which Zonda does not know",
                remedy: "gpt2 and llama are known", facts: ["model": kind])
        }
    }

    private convenience init(bytePairs source: GGUFVocabulary) throws(ZondaError) {
        let pattern = try GGUFPattern(named: source.metadata.optionalString("tokenizer.ggml.pre"))
        let vocabulary = try Vocabulary(source.tokens)
        var options = BytePairEncoder.Options()
        options.ignoresMerges = pattern.ignoresMerges
        options.fallsBackToBytes = !pattern.isByteLevel
        var steps: [PreTokenizer.Step] = []
        for text in pattern.patterns { steps.append(.split(try Splitter(pattern: text, .isolated))) }
        if pattern.isByteLevel { steps.append(.byteAlphabet) }
        let normalizer: [Normalizer.Step] = pattern.isByteLevel ? [] : [.replace(.literal([0x20]), with: Self.mark)]
        let decoder: [TokenDecoder.Step] =
            pattern.isByteLevel
            ? [.byteLevel] : [.replace(.literal(Self.mark), with: [0x20]), .byteFallback, .fuse]
        let merges = try source.mergeTable(vocabulary)
        let added = try source.addedTokens()
        try self.init(
            vocabulary: vocabulary, model: .bytePairs(BytePairEncoder(vocabulary, merges: merges, options)),
            normalizer: Normalizer(steps: normalizer), preTokenizer: PreTokenizer(steps: steps),
            postProcessor: try source.postProcessor(addsBOS: pattern.addsBOS, addsSeparator: pattern.addsSeparator),
            decoder: TokenDecoder(decoder), addedTokens: added, special: source.completedSpecial(added),
            endTokens: source.endTokens(added))
    }

    private convenience init(sentencePiece source: GGUFVocabulary) throws(ZondaError) {
        guard !source.scores.isEmpty else {
            throw ZondaError(
                .badFile, "\(source.metadata.name): tokenizer.ggml.scores is missing, which the kind \"llama\" needs",
                remedy: "convert the model again with a current converter")
        }
        let vocabulary = try Vocabulary(source.tokens)
        let encoder = ScoreMergeEncoder(vocabulary, scores: source.scores, unknown: source.special.unknown) { _ in true
        }
        let prefixes = try source.flag("add_space_prefix") ?? true
        let replace = Normalizer.Step.replace(.literal([0x20]), with: Self.mark)
        let added = try source.addedTokens()
        try self.init(
            vocabulary: vocabulary, model: .scoreMerges(encoder),
            normalizer: Normalizer(steps: prefixes ? [.prepend(Self.mark), replace] : [replace]),
            postProcessor: try source.postProcessor(addsBOS: true),
            decoder: .sentencePiece(dropsPrefix: prefixes), addedTokens: added,
            special: source.completedSpecial(added), endTokens: source.endTokens(added))
    }

    /// SentencePiece's visible space, "▁" (U+2581).
    static let mark: [UInt8] = [0xE2, 0x96, 0x81]
}

extension TokenDecoder {
    /// Marks back to spaces, bytes back to characters, without the space that was put before the text.
    static func sentencePiece(dropsPrefix: Bool) -> TokenDecoder {
        let steps: [Step] = [.replace(.literal(Tokenizer.mark), with: [0x20]), .byteFallback, .fuse]
        return TokenDecoder(dropsPrefix ? steps + [.strip(character: [0x20], start: 1, end: 0)] : steps)
    }
}

extension GGUFVocabulary {
    /// The flags of the file, else the defaults of its kind, say what is put around a text.
    fileprivate func postProcessor(
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
