/// A literal in the source.
enum Literal: Sendable {
    case none
    case bool(Bool)
    case integer(Int128)
    case float(Double)
    case string(String)
}

/// An expression as parsed. Its tree is at most `TemplateLimit.chain` levels deep and a few per bracket.
indirect enum Expression: Sendable {
    case literal(Literal)
    /// An index into the template's names.
    case name(Int)
    case list([Expression])
    case tuple([Expression])
    case dictionary([(key: Expression, value: Expression)])
    case attribute(Expression, String, Site)
    case item(Expression, Expression, Site)
    case slice(start: Expression?, stop: Expression?, step: Expression?)
    case call(Expression, CallArguments, Site)
    /// Without a subject: the filter of a block, applied to its text.
    case filter(Expression?, name: String, Filter?, CallArguments, Site)
    case test(Expression, name: String, ValueTest?, CallArguments, Site)
    case unary(UnaryOperator, Expression, Site)
    case binary(BinaryOperator, Expression, Expression, Site)
    case concatenation([Expression], Site)
    case comparison(Expression, [(comparison: Comparison, operand: Expression)], Site)
    case and(Expression, Expression)
    case or(Expression, Expression)
    case not(Expression)
    case conditional(test: Expression, then: Expression, otherwise: Expression?)
}

enum UnaryOperator: String, Sendable {
    case negative = "-"
    case positive = "+"
}

enum BinaryOperator: String, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case floorDivide = "//"
    case modulo = "%"
    case power = "**"
}

enum Comparison: String, Sendable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case `in` = "in"
    case notIn = "not in"
}

/// What stands between the parentheses of a call.
struct CallArguments: Sendable {
    var positional: [Expression] = []
    var keywords: [(name: String, value: Expression)] = []
    /// `*list` and `**dictionary`.
    var unpackedList: Expression?
    var unpackedDictionary: Expression?

    var isPlain: Bool { keywords.isEmpty && unpackedList == nil && unpackedDictionary == nil }
}

/// What an assignment writes to.
indirect enum Target: Sendable {
    /// A slot of the innermost scope.
    case slot(Int)
    case tuple([Target])
    /// `namespace.attribute`; the namespace is an index into the template's names.
    case attribute(Int, String, Site)
}

indirect enum Statement: Sendable {
    case text(String)
    case output(Expression, Site)
    case branch([(test: Expression, body: [Statement])], otherwise: [Statement])
    case loop(LoopSyntax)
    case assign(Target, Expression, Site)
    /// `{% set x %}…{% endset %}`, with filters if any.
    case capture(Target, filters: Expression?, Body, Site)
    case macro(slot: Int, MacroSyntax)
    /// `{% call macro() %}…{% endcall %}`: the body is what `caller()` renders.
    case call(Expression, caller: MacroSyntax, Site)
    case filter(Expression, Body)
    case with([(target: Target, value: Expression)], Body, Site)
    /// `{% generation %}`: a scope and no more.
    case scope(Body)
    /// `{% block %}`, rendered in place; without `scoped` it sees the outermost variables only.
    case block(Body, isScoped: Bool)
    /// `{% autoescape %}`.
    case autoescape(Expression, Body, Site)
    case breakLoop
    case continueLoop
    /// `include`, `import` and `extends`: there are no other templates to read.
    case refuse(String, Site)
}

/// Statements with variables of their own: an index into the template's scopes.
struct Body: Sendable {
    var statements: [Statement]
    var scope: Int
}

struct LoopSyntax: Sendable {
    var target: Target
    var iterable: Expression
    var condition: Expression?
    var body: Body
    /// Where the special variable `loop` is kept.
    var loopSlot: Int
    var otherwise: Body?
    var isRecursive: Bool
    var site: Site
}

struct MacroSyntax: Sendable {
    var name: String?
    var parameters: [(name: String, slot: Int, fallback: Expression?)]
    /// Slots of the special variables, where the body uses them.
    var varargs: Int?
    var kwargs: Int?
    var caller: Int?
    var body: Body
}
