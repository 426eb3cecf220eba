public import ZondaCore

/// A set of texts, given by a JSON Schema, a regular expression, a GBNF grammar, or put together from parts.
///
/// ```swift
/// let call = Grammar.sequence([.literal("<tool_call>\n"), try Grammar(jsonSchema: schema), .literal("\n</tool_call>")])
/// let tokens = try TokenGrammar(call, vocabulary)
/// var state = GrammarState(tokens)
/// let allowed = try state.mask()
/// ```
/// Immutable, and cheap to copy. What no token stands for is in no grammar's way: texts are UTF-8, and a special token
/// takes part only where `token` names it.
public struct Grammar: Sendable {
    /// What `Expression.rule` refers to.
    var rules: [Expression]
    var root: Expression
    /// Those of `rules`, where a parser needed them.
    var facts: GrammarFacts?

    init(rules: [Expression] = [], root: Expression) {
        self.rules = rules
        self.root = root
    }

    /// Exactly `text`, whichever ordinary tokens spell it.
    public static func literal(_ text: String) -> Grammar { Grammar(root: .literal(Array(text.utf8))) }

    /// One special token, such as `[TOOL_CALLS]`. A token that the vocabulary does not have is an error of
    /// `TokenGrammar`.
    public static func token(_ id: TokenID) -> Grammar { Grammar(root: .token(id)) }

    /// Any text, the empty one too.
    public static let text = Grammar(root: .repeated(.scalars(.all), min: 0, max: nil))

    /// The parts one after another.
    public static func sequence(_ parts: [Grammar]) -> Grammar { join(parts) { .sequence($0) } }

    /// Any one of the alternatives. None at all is the grammar without a text, an error of `TokenGrammar`.
    public static func choice(_ alternatives: [Grammar]) -> Grammar { join(alternatives) { .choice($0) } }

    /// `part` as often as `counts` says.
    public static func repeated(_ part: Grammar, _ counts: ClosedRange<Int>) -> Grammar {
        precondition(counts.lowerBound >= 0, "a part can't be repeated \(counts.lowerBound) times")
        return Grammar(
            rules: part.rules, root: .repeated(part.root, min: counts.lowerBound, max: counts.upperBound))
    }

    /// `part` at least as often as `counts` says, without an upper bound.
    public static func repeated(_ part: Grammar, _ counts: PartialRangeFrom<Int>) -> Grammar {
        precondition(counts.lowerBound >= 0, "a part can't be repeated \(counts.lowerBound) times")
        return Grammar(rules: part.rules, root: .repeated(part.root, min: counts.lowerBound, max: nil))
    }

    /// Puts grammars side by side in one list of rules.
    private static func join(_ parts: [Grammar], _ combine: ([Expression]) -> Expression) -> Grammar {
        var rules: [Expression] = []
        var roots: [Expression] = []
        for part in parts {
            let offset = rules.count
            rules += part.rules.map { $0.movingRules(by: offset) }
            roots.append(part.root.movingRules(by: offset))
        }
        return Grammar(rules: rules, root: combine(roots))
    }
}
