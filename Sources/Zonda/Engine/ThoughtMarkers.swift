import ZondaCore
import ZondaTokenizer

/// How a model's thoughts begin and end in tokens, and which tokens they may be made of where a grammar holds after them.
///
/// A token that ends the thoughts and goes on with text would take that text past the grammar, and one that ends the
/// answer would leave it without its constrained part: neither may come.
final class ThoughtMarkers: Sendable {
    /// The token that is the opening marker; nil when it takes several.
    let opening: TokenID?
    private let tokenizer: Tokenizer
    private let closing: [UInt8]
    private let closingToken: TokenID?
    /// By how many bytes of the closing marker have come: the tokens that may follow.
    private let masks: [[UInt32]]

    init(
        _ format: ReasoningFormat, _ tokenizer: Tokenizer, endTokens: Set<TokenID>, vocabularyCount: Int
    ) throws(ZondaError) {
        self.tokenizer = tokenizer
        closing = Array(format.closing.utf8)
        // A tokenizer may have more tokens than the model has logits for.
        func token(_ marker: String) -> TokenID? {
            tokenizer.addedTokens.first { $0.content == marker && Int($0.id) < vocabularyCount }?.id
        }
        opening = token(format.opening)
        closingToken = token(format.closing)
        var refused = Array(repeating: endTokens, count: closing.count)
        for id in 0..<TokenID(min(vocabularyCount, tokenizer.vocabularyCount)) {
            guard id != closingToken, let bytes = try tokenizer.textBytes(of: id), bytes.count > 1,
                bytes.dropLast().contains(closing[closing.count - 1])
            else { continue }
            for matched in closing.indices where Self.reach(bytes, from: matched, closing).overshoots {
                refused[matched].insert(id)
            }
        }
        masks = refused.map { .tokens(except: $0, vocabularyCount: vocabularyCount) }
    }

    /// The tokens that may come after `matched` bytes of the closing marker.
    func mask(after matched: Int) -> [UInt32] { masks[matched] }

    /// How many bytes of the closing marker have come after one more token; all of them end the thoughts.
    func advance(_ matched: Int, by token: TokenID) throws(ZondaError) -> Int {
        if token == closingToken { return closing.count }
        return Self.reach(try tokenizer.textBytes(of: token) ?? [], from: matched, closing).matched
    }

    func isClosed(_ matched: Int) -> Bool { matched == closing.count }

    /// - Returns: the matched bytes, and whether text that is not white space follows the whole marker.
    private static func reach(
        _ bytes: [UInt8], from matched: Int, _ marker: [UInt8]
    ) -> (matched: Int, overshoots: Bool) {
        var text = Array(marker.prefix(matched))
        for (index, byte) in bytes.enumerated() {
            text.append(byte)
            while !marker.starts(with: text) { text.removeFirst() }
            if text.count == marker.count {
                return (text.count, !bytes[(index + 1)...].allSatisfy(JSONFollower.isSpace))
            }
        }
        return (text.count, false)
    }
}
