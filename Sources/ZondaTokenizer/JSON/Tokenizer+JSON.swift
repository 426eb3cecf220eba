public import ZondaCore
public import ZondaFormats

extension Tokenizer {
    /// The tokenizer that a `tokenizer.json` describes (Hugging Face `tokenizers`, version "1.0").
    ///
    /// - Parameters:
    ///   - bytes: the file.
    ///   - name: its path, for messages.
    ///   - configuration: the `tokenizer_config.json` beside it, which names the tokens for beginning and end.
    /// - Throws: `ZondaError`: `badFile` for what is not such a file or contradicts itself, `unsupported` for a part or
    ///   a pattern that Zonda lacks.
    public convenience init(
        parsing bytes: Span<UInt8>, name: String = "tokenizer.json", configuration: JSONValue? = nil
    ) throws(ZondaError) {
        let file = try SettingsReader(JSONValue(parsing: bytes, name: name), place: name)
        var extra: TokenizerConfiguration?
        if let configuration { extra = try TokenizerConfiguration(configuration) }
        let model = try TokenModel(file.object("model"))
        let vocabulary = model.vocabulary
        let added = try Self.addedTokens(file, extra)
        let byContent = Dictionary(added.map { ($0.content, $0.id) }, uniquingKeysWith: { $1 })
        let named = try extra?.specialTokens { byContent[$0] ?? vocabulary.id(of: $0) }
        let special = named ?? SpecialTokens()
        var postProcessor = try PostProcessor(file.optionalObject("post_processor"))
        if let override = try extra?.postProcessor(special) { postProcessor = override }
        var normalizer = Normalizer(steps: [])
        if let part = try file.optionalObject("normalizer") { normalizer = try Normalizer(part) }
        var preTokenizer = PreTokenizer(steps: [])
        if let part = try file.optionalObject("pre_tokenizer") { preTokenizer = try PreTokenizer(part) }
        try self.init(
            vocabulary: vocabulary, model: model, normalizer: normalizer, preTokenizer: preTokenizer,
            postProcessor: postProcessor, decoder: TokenDecoder(file.optionalObject("decoder")), addedTokens: added,
            special: special, endTokens: Set([special.eos].compactMap { $0 }))
    }

    /// Those of both files; of two for one id that of the `tokenizer.json`.
    private static func addedTokens(
        _ file: SettingsReader, _ configuration: TokenizerConfiguration?
    ) throws(ZondaError) -> [AddedToken] {
        var added: [AddedToken] = []
        var ids: Set<TokenID> = []
        if file.value("added_tokens") != nil {
            for entry in try file.objects("added_tokens") {
                let token = try AddedToken(entry)
                guard ids.insert(token.id).inserted else {
                    throw entry.failure("id", "is \(token.id), which another added token has")
                }
                added.append(token)
            }
        }
        if let more = try configuration?.addedTokens() {
            for token in more where ids.insert(token.id).inserted { added.append(token) }
        }
        return added
    }
}
