import ZondaCore

/// What a grammar's rule derives: the one form that schemas, regular expressions and GBNF become.
indirect enum Expression: Sendable {
    /// These bytes of UTF-8.
    case literal([UInt8])
    /// One character of a set.
    case scalars(ScalarSet)
    /// One special token.
    case token(TokenID)
    /// Empty: the empty text.
    case sequence([Expression])
    /// Empty: no text at all.
    case choice([Expression])
    /// At least `min` times, and at most `max` times where there is a limit.
    case repeated(Expression, min: Int, max: Int?)
    /// What `Grammar.rules[index]` derives.
    case rule(Int)
    /// An automaton whose edges are expressions.
    case graph(ExpressionGraph)
    /// A regular language of characters, as plain text or as the inside of a JSON string.
    case characters(ScalarAutomaton, CharacterEncoding)

    static let empty = Expression.sequence([])
    static let nothing = Expression.choice([])

    static func optional(_ part: Expression) -> Expression { .choice([.empty, part]) }

    static func literal(_ text: String) -> Expression { .literal(Array(text.utf8)) }

    /// The same with every rule's number raised by `offset`.
    func movingRules(by offset: Int) -> Expression {
        guard offset > 0 else { return self }
        switch self {
        case .literal, .scalars, .token, .characters: return self
        case .sequence(let parts): return .sequence(parts.map { $0.movingRules(by: offset) })
        case .choice(let parts): return .choice(parts.map { $0.movingRules(by: offset) })
        case .repeated(let part, let min, let max):
            return .repeated(part.movingRules(by: offset), min: min, max: max)
        case .rule(let index): return .rule(index + offset)
        case .graph(var graph):
            for index in graph.edges.indices {
                graph.edges[index].expression = graph.edges[index].expression.movingRules(by: offset)
            }
            return .graph(graph)
        }
    }
}

/// An automaton whose edges read what an expression derives. An edge of `.empty` reads nothing.
struct ExpressionGraph: Sendable {
    struct Edge: Sendable {
        var from: Int
        var expression: Expression
        var to: Int
    }

    private(set) var stateCount = 1
    var edges: [Edge] = []
    var finals: Set<Int> = []

    var start: Int { 0 }

    mutating func addState() -> Int {
        stateCount += 1
        return stateCount - 1
    }

    mutating func addEdge(_ from: Int, _ expression: Expression, _ to: Int) {
        edges.append(Edge(from: from, expression: expression, to: to))
    }
}
