/// Reads tokens into statements, as the reference's grammar has them.
struct Parser {
    let tokens: [Token]
    var at = 0
    var scopes = ScopeTable()
    /// Nesting of statements and brackets, bounded by `TemplateLimit.nesting`.
    var nesting = 0
    /// Operators chained in the expression of the current statement, bounded by `TemplateLimit.chain`.
    var chain = 0
    /// Loops around the current statement that `break` may leave.
    var loopDepth = 0
    /// Names of the statements that are open, for messages.
    var openTags: [String] = []
    var endTags: [[String]] = []
    /// Whether an unknown filter or test is only an error once it is reached: so it is inside `if`.
    var isLenient = false
    /// Unknown filters and tests that must be refused unless the expression proves to be conditional.
    var unknown: [Fault] = []
    var blockNames: Set<String> = []

    init(tokens: [Token]) {
        self.tokens = tokens
    }

    /// The statements of a whole template.
    mutating func template() throws -> [Statement] {
        let statements = try statements(until: [])
        if let fault = unknown.first { throw fault }
        scopes.resolve()
        return statements
    }

    // MARK: Tokens

    var current: Token { tokens[at] }
    var isAtEnd: Bool { current.kind == .end }

    func next(_ offset: Int = 1) -> Token { tokens[min(at + offset, tokens.count - 1)] }

    @discardableResult
    mutating func advance() -> Token {
        let token = current
        if at + 1 < tokens.count { at += 1 }
        return token
    }

    func isName(_ name: String) -> Bool { current.kind == .name(name) }
    func isSymbol(_ symbol: Token.Symbol) -> Bool { current.kind == .symbol(symbol) }

    mutating func take(name: String) -> Bool {
        guard isName(name) else { return false }
        advance()
        return true
    }

    mutating func take(_ symbol: Token.Symbol) -> Bool {
        guard isSymbol(symbol) else { return false }
        advance()
        return true
    }

    @discardableResult
    mutating func expect(_ kind: Token.Kind) throws -> Token {
        guard current.kind == kind else { throw unexpected(Token(kind: kind, site: current.site).label) }
        return advance()
    }

    mutating func expect(_ symbol: Token.Symbol) throws { try expect(.symbol(symbol)) }

    mutating func expectName() throws -> (name: String, site: Site) {
        guard case .name(let name) = current.kind else { throw unexpected("name") }
        return (name, advance().site)
    }

    func unexpected(_ expected: String) -> Fault {
        isAtEnd
            ? failure("unexpected end of template, expected '\(expected)'.")
            : failure("expected token '\(expected)', got '\(current.label)'")
    }

    func failure(_ message: String, at site: Site? = nil) -> Fault { Fault(.syntax, message, at: site ?? current.site) }

    // MARK: Bounds and places

    mutating func enter() throws {
        nesting += 1
        guard nesting <= TemplateLimit.nesting else {
            throw Fault(.limit, "nesting above the limit of \(TemplateLimit.nesting)", at: current.site)
        }
    }

    mutating func extendChain() throws {
        chain += 1
        guard chain <= TemplateLimit.chain else {
            throw Fault(
                .limit, "operators in one expression above the limit of \(TemplateLimit.chain)", at: current.site)
        }
    }

    /// From `start` to the end of the last token taken.
    func site(from start: Site) -> Site {
        Site(line: start.line, start: start.start, end: tokens[max(0, at - 1)].site.end)
    }

    // MARK: Bodies

    /// Statements up to a tag of `ends`, which is left as the current token; all that are left when there is none.
    mutating func statements(until ends: [String]) throws -> [Statement] {
        try enter()
        if !ends.isEmpty { endTags.append(ends) }
        var statements: [Statement] = []
        while !isAtEnd {
            chain = 0
            switch current.kind {
            case .data(let text):
                statements.append(.text(text))
                advance()
            case .variableBegin:
                advance()
                let start = current.site
                let value = try tuple()
                statements.append(.output(value, site(from: start)))
                try expect(.variableEnd)
            default:
                advance()
                if case .name(let name) = current.kind, ends.contains(name) {
                    endTags.removeLast()
                    nesting -= 1
                    return statements
                }
                if let statement = try statement() { statements.append(statement) }
                try expect(.blockEnd)
            }
        }
        guard ends.isEmpty else { throw unknownTag(nil) }
        nesting -= 1
        return statements
    }

    /// The rest of a tag, then statements up to one of `ends`.
    mutating func body(until ends: String...) throws -> [Statement] {
        _ = take(.colon)
        try expect(.blockEnd)
        return try statements(until: ends)
    }

    /// The same, in a scope of its own, with the end tag's name taken.
    mutating func scopedBody(until end: String, in scope: Int? = nil) throws -> Body {
        let index = scope ?? scopes.open()
        let wasLenient = isLenient
        isLenient = false
        let statements = try body(until: end)
        advance()
        isLenient = wasLenient
        scopes.close(index)
        return Body(statements: statements, scope: index)
    }

    func unknownTag(_ name: String?) -> Fault {
        var message = name.map { "Encountered unknown tag '\($0)'." } ?? "Unexpected end of template."
        if let last = endTags.last {
            let looking = last.map { "'\($0)'" }.joined(separator: " or ")
            if let name, endTags.contains(where: { $0.contains(name) }) {
                message +=
                    " You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for"
                message += " \(looking)."
            } else {
                message += " Jinja was looking for the following tags: \(looking)."
            }
        }
        if let open = openTags.last { message += " The innermost block that needs to be closed is '\(open)'." }
        return failure(message)
    }
}
