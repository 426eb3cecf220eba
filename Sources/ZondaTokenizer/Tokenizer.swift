public import ZondaCore

/// Turns text into the tokens of a model, and tokens into text.
///
/// ```swift
/// let tokenizer = try Tokenizer(gguf: model.metadata)
/// let ids = try tokenizer.encode("Hello world")
/// let text = try tokenizer.decode(ids)
/// ```
/// Made from a `tokenizer.json`, a `tokenizer.model` or the metadata of a GGUF file. Immutable, so it may be shared
/// between threads. Results equal those of Hugging Face `tokenizers` 0.23 for `tokenizer.json`, and of llama.cpp for
/// GGUF.
public final class Tokenizer: Sendable {
    let vocabulary: Vocabulary
    let normalizer: Normalizer
    let preTokenizer: PreTokenizer
    let model: TokenModel
    let postProcessor: PostProcessor
    let decoder: TokenDecoder
    /// By id.
    let addedTokensByID: [TokenID: AddedToken]
    private let addedIDs: [String: TokenID]
    let addedInText: AddedTokenFinder
    let addedInNormalizedText: AddedTokenFinder

    /// The tokens that have a role.
    public let special: SpecialTokens
    /// Tokens at which an answer ends, as far as the vocabulary tells; a `generation_config.json` may name others.
    public let endTokens: Set<TokenID>
    /// The tokens that are found in the text itself, by id.
    public let addedTokens: [AddedToken]
    /// Ids are below this.
    public let vocabularyCount: Int

    init(
        vocabulary: Vocabulary, model: TokenModel, normalizer: Normalizer = Normalizer(steps: []),
        preTokenizer: PreTokenizer = PreTokenizer(steps: []), postProcessor: PostProcessor = .none,
        decoder: TokenDecoder, addedTokens: [AddedToken], special: SpecialTokens, endTokens: Set<TokenID>
    ) throws(ZondaError) {
        self.vocabulary = vocabulary
        self.model = model
        self.normalizer = normalizer
        self.preTokenizer = preTokenizer
        self.postProcessor = postProcessor
        self.decoder = decoder
        self.addedTokens = addedTokens.sorted { $0.id < $1.id }
        self.special = special
        self.endTokens = endTokens
        var byID: [TokenID: AddedToken] = [:]
        var ids: [String: TokenID] = [:]
        var normalized: [TokenID: [UInt8]] = [:]
        for token in addedTokens {
            byID[token.id] = token
            ids[token.content] = token.id
            if token.isNormalized { normalized[token.id] = try normalizer.normalize(Array(token.content.utf8)) }
        }
        addedTokensByID = byID
        addedIDs = ids
        addedInText = AddedTokenFinder(addedTokens.filter { !$0.isNormalized }) { Array($0.content.utf8) }
        addedInNormalizedText = AddedTokenFinder(addedTokens.filter(\.isNormalized)) { normalized[$0.id] ?? [] }
        vocabularyCount = max(vocabulary.count, Int(addedTokens.map(\.id).max() ?? -1) + 1)
    }

    /// Whether special tokens around a text begin with the one for its beginning.
    public var addsBOS: Bool { special.bos != nil && postProcessor.leading.first == special.bos }

    /// The id of the token spelled `token` in the vocabulary: in a byte-level one "Ġworld", not " world".
    public func id(of token: String) -> TokenID? { addedIDs[token] ?? vocabulary.id(of: token) }

    /// How the vocabulary spells token `id`; nil when there is none. Not its text: see `decode`.
    public func token(of id: TokenID) -> String? { bytes(of: id).map { String(decoding: $0, as: UTF8.self) } }

    /// Whether `id` is markup rather than text.
    public func isSpecial(_ id: TokenID) -> Bool { addedTokensByID[id]?.isSpecial ?? false }

    func bytes(of id: TokenID) -> ArraySlice<UInt8>? {
        if let added = addedTokensByID[id] { return Array(added.content.utf8)[...] }
        return vocabulary.bytes(of: id)
    }
}
