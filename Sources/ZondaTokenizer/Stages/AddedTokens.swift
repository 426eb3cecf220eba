public import ZondaCore

/// A token that is found in the text itself, before the model sees it: `<|im_start|>`, `<tool_call>`.
public struct AddedToken: Sendable, Hashable {
    public var id: TokenID
    public var content: String
    /// Markup rather than text: left out of decoded text on request, and not looked for in untrusted text.
    public var isSpecial: Bool
    /// Looked for after normalization, in its own normalized form.
    public var isNormalized: Bool
    /// Takes the white space before it.
    public var stripsLeft: Bool
    /// Takes the white space after it.
    public var stripsRight: Bool
    /// Found only where no letter or digit is beside it.
    public var isSingleWord: Bool

    public init(
        id: TokenID, content: String, isSpecial: Bool, isNormalized: Bool = false, stripsLeft: Bool = false,
        stripsRight: Bool = false, isSingleWord: Bool = false
    ) {
        self.id = id
        self.content = content
        self.isSpecial = isSpecial
        self.isNormalized = isNormalized
        self.stripsLeft = stripsLeft
        self.stripsRight = stripsRight
        self.isSingleWord = isSingleWord
    }
}

/// Finds added tokens in a text: the leftmost first, of those the longest.
struct AddedTokenFinder: Sendable {
    private let tokens: [AddedToken]
    private var trie = ByteTrie()

    /// - Parameter spelled: how a token is spelled in the text that is searched; its content, or that normalized.
    init(_ tokens: [AddedToken], spelled: (AddedToken) -> [UInt8]) {
        self.tokens = tokens
        for (index, token) in tokens.enumerated() {
            trie.insert(spelled(token), value: Int32(truncatingIfNeeded: index))
        }
    }

    /// Calls `body` with each stretch of `text` in order: one with a token's id, or a text without tokens.
    func forEachSegment(
        of text: UnsafeBufferPointer<UInt8>, parseSpecial: Bool, _ body: (Range<Int>, TokenID?) -> Void
    ) {
        var done = 0
        var at = 0
        while at < text.count, !trie.isEmpty {
            guard trie.firstBytes.contains(text[at]), let (index, length) = longestMatch(in: text, at: at) else {
                at += 1
                continue
            }
            let token = tokens[index]
            let end = at + length
            // A match that does not count is passed over as a whole, with what might begin inside it.
            guard parseSpecial || !token.isSpecial,
                !token.isSingleWord || (!hasWord(before: at, in: text) && !hasWord(after: end, in: text))
            else {
                at = end
                continue
            }
            let start = token.stripsLeft ? max(done, whitespaceStart(before: at, in: text)) : at
            if start > done { body(done..<start, nil) }
            done = token.stripsRight ? whitespaceEnd(after: end, in: text) : end
            body(start..<done, token.id)
            at = max(end, done)
        }
        if done < text.count { body(done..<text.count, nil) }
    }

    private func longestMatch(in text: UnsafeBufferPointer<UInt8>, at start: Int) -> (Int, length: Int)? {
        var node = ByteTrie.root
        var found: (Int, length: Int)?
        var at = start
        while at < text.count, let next = trie.child(of: node, text[at]) {
            node = next
            at += 1
            if let value = trie.value(at: node) { found = (Int(value), at - start) }
        }
        return found
    }

    private func hasWord(before position: Int, in text: UnsafeBufferPointer<UInt8>) -> Bool {
        var start = position - 1
        while start > 0, text[start] & 0xC0 == 0x80 { start -= 1 }
        return start >= 0 && ScalarSet.word.contains(decodeScalar(text, at: start).value)
    }

    private func hasWord(after position: Int, in text: UnsafeBufferPointer<UInt8>) -> Bool {
        position < text.count && ScalarSet.word.contains(decodeScalar(text, at: position).value)
    }

    private func whitespaceStart(before position: Int, in text: UnsafeBufferPointer<UInt8>) -> Int {
        var start = position
        while start > 0 {
            var previous = start - 1
            while previous > 0, text[previous] & 0xC0 == 0x80 { previous -= 1 }
            guard ScalarSet.whitespace.contains(decodeScalar(text, at: previous).value) else { break }
            start = previous
        }
        return start
    }

    private func whitespaceEnd(after position: Int, in text: UnsafeBufferPointer<UInt8>) -> Int {
        var end = position
        while end < text.count {
            let (scalar, width) = decodeScalar(text, at: end)
            guard ScalarSet.whitespace.contains(scalar) else { break }
            end += width
        }
        return end
    }
}
