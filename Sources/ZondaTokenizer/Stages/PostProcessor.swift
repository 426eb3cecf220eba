import ZondaCore

/// Puts the special tokens of a whole text around its ids.
struct PostProcessor: Sendable, Hashable {
    enum Part: Sendable, Hashable {
        case text
        case tokens([TokenID])
    }

    var parts: [Part]

    static let none = PostProcessor(parts: [.text])

    /// Tokens before and after the text.
    init(before: [TokenID] = [], after: [TokenID] = []) {
        parts = [.tokens(before), .text, .tokens(after)].filter { $0 != .tokens([]) }
    }

    init(parts: [Part]) { self.parts = parts }

    func process(_ ids: [TokenID]) -> [TokenID] {
        guard parts != [.text] else { return ids }
        return parts.flatMap { part in
            switch part {
            case .text: ids
            case .tokens(let tokens): tokens
            }
        }
    }

    /// What every text begins with.
    var leading: [TokenID] {
        guard case .tokens(let tokens)? = parts.first else { return [] }
        return tokens
    }
}
