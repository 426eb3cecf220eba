extension Parser {
    /// The statement whose tag name is the current token; nil for one that does nothing.
    mutating func statement() throws -> Statement? {
        guard case .name(let name) = current.kind else { throw failure("tag name expected") }
        openTags.append(name)
        let site = current.site
        let statement: Statement?
        switch name {
        case "for": statement = try loop()
        case "if": statement = try branch()
        case "set": statement = try assignment()
        case "print": statement = try printed()
        case "macro": statement = try macro()
        case "call": statement = try callBlock()
        case "filter":
            advance()
            let filters = try filters(of: nil, startsInline: true)
            statement = .filter(filters, try scopedBody(until: "endfilter"))
        case "with": statement = try with()
        case "generation":
            advance()
            statement = .scope(try isolated { parser throws in try parser.scopedBody(until: "endgeneration") })
        case "autoescape":
            advance()
            let value = try expression()
            statement = .autoescape(value, try scopedBody(until: "endautoescape"), self.site(from: site))
        case "block": statement = try block()
        case "break", "continue":
            advance()
            guard loopDepth > 0 else { throw failure("'\(name)' outside loop", at: site) }
            statement = name == "break" ? .breakLoop : .continueLoop
        case "include", "import", "from", "extends":
            while current.kind != .blockEnd, !isAtEnd { advance() }
            statement = .refuse(name, self.site(from: site))
        default:
            openTags.removeLast()
            throw unknownTag(name)
        }
        openTags.removeLast()
        return statement
    }

    /// Reads what the reference compiles to a function of its own: a loop around it can't be left from inside.
    private mutating func isolated<Result>(_ read: (inout Parser) throws -> Result) throws -> Result {
        let outer = loopDepth
        loopDepth = 0
        defer { loopDepth = outer }
        return try read(&self)
    }

    private mutating func loop() throws -> Statement {
        let start = advance().site
        let outer = scopes.current
        let scope = scopes.open()
        let loopSlot = scopes.declare("loop")
        let targetSite = current.site
        let target = try target(endsAt: "in")
        guard !target.writes(slot: loopSlot) else {
            throw failure("Can't assign to special loop variable in for-loop", at: targetSite)
        }
        try expect(.name("in"))
        scopes.enter(outer)
        let iterable = try tuple(allowsConditional: false, endsAt: "recursive")
        let wasLenient = isLenient
        isLenient = false
        scopes.enter(scope)
        let condition = take(name: "if") ? try expression() : nil
        let isRecursive = take(name: "recursive")
        let site = site(from: start)
        let body = try isolated { parser throws in
            parser.loopDepth = 1
            return try parser.body(until: "endfor", "else")
        }
        scopes.close(scope)
        isLenient = wasLenient
        var otherwise: Body?
        if take(name: "else") { otherwise = try scopedBody(until: "endfor") } else { advance() }
        return .loop(
            LoopSyntax(
                target: target, iterable: iterable, condition: condition, body: Body(statements: body, scope: scope),
                loopSlot: loopSlot, otherwise: otherwise, isRecursive: isRecursive, site: site))
    }

    private mutating func branch() throws -> Statement {
        let wasLenient = isLenient
        isLenient = true
        defer { isLenient = wasLenient }
        var branches: [(test: Expression, body: [Statement])] = []
        while true {
            advance()
            let test = try tuple(allowsConditional: false)
            branches.append((test, try body(until: "elif", "else", "endif")))
            if isName("elif") { continue }
            guard take(name: "else") else {
                advance()
                return .branch(branches, otherwise: [])
            }
            let otherwise = try body(until: "endif")
            advance()
            return .branch(branches, otherwise: otherwise)
        }
    }

    private mutating func assignment() throws -> Statement {
        let start = advance().site
        let target = try target(allowsNamespace: true)
        if take(.assign) {
            let value = try tuple()
            return .assign(target, value, site(from: start))
        }
        let filters = isSymbol(.pipe) ? try filters(of: nil, startsInline: false) : nil
        let site = site(from: start)
        return .capture(target, filters: filters, try scopedBody(until: "endset"), site)
    }

    private mutating func printed() throws -> Statement {
        advance()
        let start = current.site
        var values: [Expression] = []
        while current.kind != .blockEnd {
            if !values.isEmpty { try expect(.comma) }
            values.append(try expression())
        }
        return .output(.concatenation(values, site(from: start)), site(from: start))
    }

    private mutating func with() throws -> Statement {
        let start = advance().site
        let outer = scopes.current
        let scope = scopes.open()
        var bindings: [(target: Target, value: Expression)] = []
        while current.kind != .blockEnd {
            if !bindings.isEmpty { try expect(.comma) }
            scopes.enter(scope)
            let target = try target()
            try expect(.assign)
            scopes.enter(outer)
            bindings.append((target, try expression()))
        }
        scopes.enter(scope)
        let site = site(from: start)
        return .with(bindings, try scopedBody(until: "endwith", in: scope), site)
    }

    private mutating func block() throws -> Statement {
        advance()
        let (name, site) = try expectName()
        guard blockNames.insert(name).inserted else {
            throw Fault(.assertion, "block '\(name)' defined twice", at: site)
        }
        let isScoped = take(name: "scoped")
        _ = take(name: "required")
        let outer = scopes.current
        // Without `scoped` a block sees the outermost variables only.
        let scope = scopes.open(insideRoot: !isScoped)
        let body = try isolated { parser throws in try parser.scopedBody(until: "endblock", in: scope) }
        scopes.enter(outer)
        _ = take(name: name)
        return .block(body, isScoped: isScoped)
    }

    // MARK: Macros

    private mutating func macro() throws -> Statement {
        advance()
        let (name, _) = try expectName()
        let slot = scopes.declare(name)
        return .macro(slot: slot, try macroSyntax(name: name, until: "endmacro", hasSignature: true))
    }

    private mutating func callBlock() throws -> Statement {
        let start = advance().site
        let scope = scopes.open(isMacro: true)
        let parameters = isSymbol(.leftParenthesis) ? try signature() : []
        scopes.close(scope)
        let call = try expression()
        guard case .call = call else { throw failure("expected call", at: start) }
        let site = site(from: start)
        let caller = try macroBody(name: nil, parameters: parameters, scope: scope, until: "endcall")
        return .call(call, caller: caller, site)
    }

    private mutating func macroSyntax(name: String?, until end: String, hasSignature: Bool) throws -> MacroSyntax {
        let scope = scopes.open(isMacro: true)
        return try macroBody(name: name, parameters: try signature(), scope: scope, until: end)
    }

    private mutating func macroBody(
        name: String?, parameters: [(name: String, slot: Int, fallback: Expression?)], scope: Int, until end: String
    ) throws -> MacroSyntax {
        scopes.enter(scope)
        let outer = scopes.scopes[scope].parent ?? 0
        let body = try isolated { parser throws in try parser.scopedBody(until: end, in: scope) }
        scopes.enter(outer)
        let names = Set(parameters.map(\.name))
        func special(_ name: String) -> Int? { names.contains(name) ? nil : scopes.slot(of: name, in: scope) }
        return MacroSyntax(
            name: name, parameters: parameters, varargs: special("varargs"), kwargs: special("kwargs"),
            caller: special("caller"), body: body)
    }

    private mutating func signature() throws -> [(name: String, slot: Int, fallback: Expression?)] {
        try expect(.leftParenthesis)
        var parameters: [(name: String, slot: Int, fallback: Expression?)] = []
        while !isSymbol(.rightParenthesis) {
            if !parameters.isEmpty { try expect(.comma) }
            let (name, site) = try expectName()
            guard !parameters.contains(where: { $0.name == name }) else {
                throw failure("duplicate argument '\(name)' in a macro's definition", at: site)
            }
            let slot = scopes.declare(name)
            let fallback = take(.assign) ? try expression() : nil
            if fallback == nil, parameters.last?.fallback != nil {
                throw failure("non-default argument follows default argument", at: site)
            }
            if name == "caller", fallback == nil {
                throw failure("the special argument \"caller\" must be omitted or be given a default", at: site)
            }
            parameters.append((name, slot, fallback))
        }
        try expect(.rightParenthesis)
        return parameters
    }

    // MARK: Targets

    /// A name, a tuple of names or, where allowed, `namespace.attribute`.
    private mutating func target(allowsNamespace: Bool = false, endsAt end: String? = nil) throws -> Target {
        var targets: [Target] = []
        var isTuple = false
        repeat {
            if isTuple, isTupleEnd(at: end) || isSymbol(.assign) { break }
            targets.append(try singleTarget(allowsNamespace: allowsNamespace, endsAt: end))
            if isSymbol(.comma) { isTuple = true }
        } while take(.comma)
        return isTuple ? .tuple(targets) : targets[0]
    }

    private mutating func singleTarget(allowsNamespace: Bool, endsAt end: String?) throws -> Target {
        let token = current
        switch token.kind {
        case .name(let name):
            if ["true", "false", "none", "True", "False", "None"].contains(name) {
                throw failure("can't assign to 'const'")
            }
            advance()
            if allowsNamespace, take(.dot) {
                let (attribute, _) = try expectName()
                return .attribute(scopes.reference(name), attribute, site(from: token.site))
            }
            return .slot(scopes.declare(name))
        case .symbol(.leftParenthesis):
            advance()
            try enter()
            let inner = try target(allowsNamespace: allowsNamespace)
            nesting -= 1
            try expect(.rightParenthesis)
            return inner
        case .string, .integer, .float: throw failure("can't assign to 'const'")
        default:
            if isTupleEnd(at: end) { throw failure("Expected an expression, got '\(current.label)'") }
            throw failure("unexpected '\(current.label)'")
        }
    }
}

extension Target {
    func writes(slot: Int) -> Bool {
        switch self {
        case .slot(let own): own == slot
        case .tuple(let targets): targets.contains { $0.writes(slot: slot) }
        case .attribute: false
        }
    }
}
