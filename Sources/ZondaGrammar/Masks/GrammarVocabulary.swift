public import ZondaCore

/// The tokens of a model as bytes of text: what masks are made over. Made once for a tokenizer.
///
/// Immutable, so it may be shared between threads.
public final class GrammarVocabulary: Sendable {
    /// Ids are below this.
    public let count: Int
    /// Tokens that end an answer; they are never text.
    public let endTokens: Set<TokenID>
    let trie: TokenTrie
    let tokens: [[UInt8]?]

    /// - Parameters:
    ///   - tokens: by id, the bytes that a token adds to the text; nil (or empty) for one that is never text, such as a
    ///     special token.
    ///   - endTokens: tokens at which an answer ends.
    public init(tokens: [[UInt8]?], endTokens: Set<TokenID>) {
        count = tokens.count
        self.endTokens = endTokens.filter { $0 >= 0 && Int($0) < tokens.count }
        var tokens = tokens
        for token in self.endTokens { tokens[Int(token)] = nil }
        self.tokens = tokens
        trie = TokenTrie(tokens)
    }

    /// 32-bit words of a mask.
    public var maskWordCount: Int { (count + 31) / 32 }
}
