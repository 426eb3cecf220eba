extension Parser {
    /// An expression, or a tuple of them without parentheses.
    mutating func tuple(
        allowsConditional: Bool = true, endsAt end: String? = nil, isParenthesized: Bool = false
    ) throws -> Expression {
        var elements: [Expression] = []
        var isTuple = false
        while !isTupleEnd(at: end) {
            elements.append(try expression(allowsConditional: allowsConditional))
            guard take(.comma) else { break }
            isTuple = true
        }
        if !isTuple {
            if let only = elements.first { return only }
            guard isParenthesized else { throw failure("Expected an expression, got '\(current.label)'") }
        }
        return .tuple(elements)
    }

    func isTupleEnd(at end: String?) -> Bool {
        switch current.kind {
        case .variableEnd, .blockEnd, .symbol(.rightParenthesis): true
        case .name(let name): name == end
        default: false
        }
    }

    mutating func expression(allowsConditional: Bool = true) throws -> Expression {
        try enter()
        defer { nesting -= 1 }
        guard allowsConditional else { return try disjunction() }
        let unknownBefore = unknown.count
        var value = try disjunction()
        while take(name: "if") {
            try extendChain()
            let test = try disjunction()
            let otherwise = take(name: "else") ? try expression() : nil
            value = .conditional(test: test, then: value, otherwise: otherwise)
            unknown.removeSubrange(unknownBefore...)
        }
        return value
    }

    private mutating func disjunction() throws -> Expression {
        var left = try conjunction()
        while take(name: "or") {
            try extendChain()
            left = .or(left, try conjunction())
        }
        return left
    }

    private mutating func conjunction() throws -> Expression {
        var left = try negation()
        while take(name: "and") {
            try extendChain()
            left = .and(left, try negation())
        }
        return left
    }

    private mutating func negation() throws -> Expression {
        guard take(name: "not") else { return try comparison() }
        try extendChain()
        try enter()
        defer { nesting -= 1 }
        return .not(try negation())
    }

    private mutating func comparison() throws -> Expression {
        let start = current.site
        let first = try sum()
        var operands: [(comparison: Comparison, operand: Expression)] = []
        while true {
            let comparison: Comparison
            switch current.kind {
            case .symbol(.equal): comparison = .equal
            case .symbol(.notEqual): comparison = .notEqual
            case .symbol(.less): comparison = .less
            case .symbol(.lessOrEqual): comparison = .lessOrEqual
            case .symbol(.greater): comparison = .greater
            case .symbol(.greaterOrEqual): comparison = .greaterOrEqual
            case .name("in"): comparison = .in
            case .name("not") where next().kind == .name("in"):
                advance()
                comparison = .notIn
            default: return operands.isEmpty ? first : .comparison(first, operands, site(from: start))
            }
            advance()
            operands.append((comparison, try sum()))
        }
    }

    private mutating func sum() throws -> Expression {
        let start = current.site
        var left = try concatenation()
        while true {
            let operation: BinaryOperator
            switch current.kind {
            case .symbol(.add): operation = .add
            case .symbol(.subtract): operation = .subtract
            default: return left
            }
            advance()
            try extendChain()
            left = .binary(operation, left, try concatenation(), site(from: start))
        }
    }

    /// `~` binds tighter than `+`.
    private mutating func concatenation() throws -> Expression {
        let start = current.site
        var parts = [try product()]
        while take(.tilde) { parts.append(try product()) }
        return parts.count == 1 ? parts[0] : .concatenation(parts, site(from: start))
    }

    private mutating func product() throws -> Expression {
        let start = current.site
        var left = try power()
        while true {
            let operation: BinaryOperator
            switch current.kind {
            case .symbol(.multiply): operation = .multiply
            case .symbol(.divide): operation = .divide
            case .symbol(.floorDivide): operation = .floorDivide
            case .symbol(.modulo): operation = .modulo
            default: return left
            }
            advance()
            try extendChain()
            left = .binary(operation, left, try power(), site(from: start))
        }
    }

    /// `**` groups from the left, unlike Python's.
    private mutating func power() throws -> Expression {
        let start = current.site
        var left = try unary()
        while take(.power) {
            try extendChain()
            left = .binary(.power, left, try unary(), site(from: start))
        }
        return left
    }

    private mutating func unary(allowsFilter: Bool = true) throws -> Expression {
        let start = current.site
        var value: Expression
        if isSymbol(.subtract) || isSymbol(.add) {
            let operation: UnaryOperator = isSymbol(.subtract) ? .negative : .positive
            advance()
            try extendChain()
            try enter()
            defer { nesting -= 1 }
            value = .unary(operation, try unary(allowsFilter: false), site(from: start))
        } else {
            value = try primary()
        }
        value = try postfix(value, from: start)
        return allowsFilter ? try filtersAndTests(value, from: start) : value
    }

    private mutating func primary() throws -> Expression {
        let token = current
        switch token.kind {
        case .name(let name):
            advance()
            switch name {
            case "true", "True": return .literal(.bool(true))
            case "false", "False": return .literal(.bool(false))
            case "none", "None": return .literal(.none)
            default: return .name(scopes.reference(name))
            }
        case .string(var text):
            advance()
            while case .string(let more) = current.kind {
                text += more
                advance()
            }
            return .literal(.string(text))
        case .integer(let value):
            advance()
            return .literal(.integer(value))
        case .float(let value):
            advance()
            return .literal(.float(value))
        case .symbol(.leftParenthesis):
            advance()
            let value = try tuple(isParenthesized: true)
            try expect(.rightParenthesis)
            return value
        case .symbol(.leftBracket):
            advance()
            return .list(try elements(until: .rightBracket) { parser throws in try parser.expression() })
        case .symbol(.leftBrace):
            advance()
            return .dictionary(
                try elements(until: .rightBrace) { parser throws in
                    let key = try parser.expression()
                    try parser.expect(.colon)
                    return (key, try parser.expression())
                })
        default:
            throw failure("unexpected '\(token.label)'")
        }
    }

    /// Elements between commas, one of which may trail.
    private mutating func elements<Element>(
        until end: Token.Symbol, _ element: (inout Parser) throws -> Element
    ) throws -> [Element] {
        var elements: [Element] = []
        while !isSymbol(end) {
            if !elements.isEmpty {
                try expect(.comma)
                if isSymbol(end) { break }
            }
            elements.append(try element(&self))
        }
        advance()
        return elements
    }

    // MARK: What follows a value

    private mutating func postfix(_ value: Expression, from start: Site) throws -> Expression {
        var value = value
        while true {
            switch current.kind {
            case .symbol(.dot):
                advance()
                try extendChain()
                switch current.kind {
                case .name(let name):
                    advance()
                    value = .attribute(value, name, site(from: start))
                case .integer(let index):
                    advance()
                    value = .item(value, .literal(.integer(index)), site(from: start))
                default: throw failure("expected name or number")
                }
            case .symbol(.leftBracket):
                advance()
                try extendChain()
                let subscripts = try elements(until: .rightBracket) { parser throws in try parser.subscripted() }
                let index = subscripts.count == 1 ? subscripts[0] : .tuple(subscripts)
                value = .item(value, index, site(from: start))
            case .symbol(.leftParenthesis): value = try call(value, from: start)
            default: return value
            }
        }
    }

    private mutating func filtersAndTests(_ value: Expression, from start: Site) throws -> Expression {
        var value = value
        while true {
            switch current.kind {
            case .symbol(.pipe): value = try filters(of: value, startsInline: false, from: start)
            case .name("is"): value = try test(value, from: start)
            case .symbol(.leftParenthesis): value = try call(value, from: start)
            default: return value
            }
        }
    }

    /// What stands in brackets: an expression or a slice.
    private mutating func subscripted() throws -> Expression {
        func endsPart(_ parser: Parser) -> Bool {
            parser.isSymbol(.colon) || parser.isSymbol(.rightBracket) || parser.isSymbol(.comma)
        }
        let start = isSymbol(.colon) ? nil : try expression()
        guard take(.colon) else { return start ?? .literal(.none) }
        let stop = endsPart(self) ? nil : try expression()
        let step = take(.colon) && !endsPart(self) ? try expression() : nil
        return .slice(start: start, stop: stop, step: step)
    }

    private mutating func call(_ callee: Expression, from start: Site) throws -> Expression {
        try extendChain()
        let arguments = try arguments()
        return .call(callee, arguments, site(from: start))
    }

    private mutating func arguments() throws -> CallArguments {
        let start = current.site
        try expect(.leftParenthesis)
        var arguments = CallArguments()
        func ensure(_ condition: Bool) throws {
            guard condition else { throw failure("invalid syntax for function call expression", at: start) }
        }
        var isFirst = true
        var names: Set<String> = []
        while !isSymbol(.rightParenthesis) {
            if !isFirst {
                try expect(.comma)
                if isSymbol(.rightParenthesis) { break }
            }
            isFirst = false
            if take(.multiply) {
                try ensure(arguments.unpackedList == nil && arguments.unpackedDictionary == nil)
                arguments.unpackedList = try expression()
            } else if take(.power) {
                try ensure(arguments.unpackedDictionary == nil)
                arguments.unpackedDictionary = try expression()
            } else if case .name(let name) = current.kind, next().kind == .symbol(.assign) {
                try ensure(arguments.unpackedDictionary == nil)
                guard names.insert(name).inserted else {
                    throw failure("keyword argument repeated: \(name)")
                }
                advance()
                advance()
                arguments.keywords.append((name, try expression()))
            } else {
                try ensure(arguments.isPlain)
                arguments.positional.append(try expression())
            }
        }
        advance()
        return arguments
    }

    /// One or more filters; `value` is nil for those of a block.
    mutating func filters(of value: Expression?, startsInline: Bool, from start: Site? = nil) throws -> Expression {
        let start = start ?? current.site
        var value = value
        var isInline = startsInline
        while isInline || take(.pipe) {
            isInline = false
            try extendChain()
            let (name, site) = try dottedName()
            let function = Filter.named(name)
            if function == nil { refuse("No filter named '\(name)'.", at: site) }
            let arguments = isSymbol(.leftParenthesis) ? try arguments() : CallArguments()
            value = .filter(value, name: name, function, arguments, self.site(from: start))
        }
        guard let value else { throw unexpected("name") }
        return value
    }

    private mutating func test(_ value: Expression, from start: Site) throws -> Expression {
        advance()
        try extendChain()
        let isNegated = take(name: "not")
        let (name, site) = try dottedName()
        let function = ValueTest.named(name)
        if function == nil { refuse("No test named '\(name)'.", at: site) }
        var arguments = CallArguments()
        if isSymbol(.leftParenthesis) {
            arguments = try self.arguments()
        } else if startsTestArgument {
            if isName("is") { throw failure("You cannot chain multiple tests with is") }
            let site = current.site
            arguments.positional = [try postfix(try primary(), from: site)]
        }
        let test = Expression.test(value, name: name, function, arguments, self.site(from: start))
        return isNegated ? .not(test) : test
    }

    /// `x is divisibleby 3`: an argument without parentheses.
    private var startsTestArgument: Bool {
        switch current.kind {
        case .name(let name): !["else", "or", "and"].contains(name)
        case .string, .integer, .float, .symbol(.leftBracket), .symbol(.leftBrace): true
        default: false
        }
    }

    private mutating func dottedName() throws -> (name: String, site: Site) {
        var (name, site) = try expectName()
        while take(.dot) { name += "." + (try expectName().name) }
        return (name, site)
    }

    /// An unknown filter or test: an error when compiled, or when reached if that is inside an `if`.
    private mutating func refuse(_ message: String, at site: Site) {
        if !isLenient { unknown.append(Fault(.assertion, message, at: site)) }
    }
}
