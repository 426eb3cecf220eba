public import ZondaCore

/// Decodes tokens one by one as they are generated.
///
/// ```swift
/// var detokenizer = StreamingDetokenizer(tokenizer, skipSpecialTokens: true)
/// for id in ids { print(try detokenizer.append(id), terminator: "") }
/// print(try detokenizer.finish())
/// ```
/// Text is given out as soon as nothing that follows can change it: a character is never split, and all that was given
/// out equals `decode` of all ids. Tokens for single bytes (`<0xE2>`) wait for the end of their run, since one wrong
/// byte makes replacement characters of the whole run.
public struct StreamingDetokenizer: Sendable {
    private let tokenizer: Tokenizer
    private let skipsSpecialTokens: Bool
    private let shownTokens: Set<TokenID>
    /// Tokens that have not been given out.
    private var pending: [ArraySlice<UInt8>] = []
    private var startsText: Bool

    /// - Parameters:
    ///   - shownTokens: special tokens that are spelled out though others are skipped.
    ///   - startsText: false for tokens that go on from others, where a first space is text.
    public init(
        _ tokenizer: Tokenizer, skipSpecialTokens: Bool = false, shownTokens: Set<TokenID> = [],
        startsText: Bool = true
    ) {
        self.tokenizer = tokenizer
        self.skipsSpecialTokens = skipSpecialTokens
        self.shownTokens = shownTokens
        self.startsText = startsText
    }

    /// The text that `id` settles; often empty.
    public mutating func append(_ id: TokenID) throws(ZondaError) -> String {
        let isSkipped = skipsSpecialTokens && !shownTokens.contains(id) && tokenizer.isSpecial(id)
        guard !isSkipped, let token = tokenizer.bytes(of: id) else { return "" }
        pending.append(token)
        let decoder = tokenizer.decoder
        guard !decoder.mustWait(after: token) else { return "" }
        let bytes = try decoder.decode(pending, startsText: startsText)
        // A start that came to nothing is still the start: the space that it would drop may yet come.
        guard decoder.settles(token, bytes), !(startsText && bytes.isEmpty) else { return "" }
        pending.removeAll(keepingCapacity: true)
        startsText = false
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The rest: characters that were never completed become U+FFFD. The next token begins a new text.
    public mutating func finish() throws(ZondaError) -> String {
        defer {
            pending = []
            startsText = true
        }
        return String(decoding: try tokenizer.decoder.decode(pending, startsText: startsText), as: UTF8.self)
    }
}
