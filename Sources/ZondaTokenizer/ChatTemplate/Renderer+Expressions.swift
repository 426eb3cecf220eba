import OrderedCollections

extension Renderer {
    func evaluate(_ expression: Expression) throws -> Value {
        try descend()
        defer { depth -= 1 }
        switch expression {
        case .literal(let literal): return Value(literal)
        case .name(let index): return value(of: index)
        case .list(let elements): return try .list(elements.map(evaluate))
        case .tuple(let elements): return try .tuple(elements.map(evaluate))
        case .dictionary(let pairs): return try dictionary(pairs)
        case .attribute(let subject, let name, let site):
            let value = try evaluate(subject)
            self.site = site
            return try attribute(name, of: value)
        case .item(let subject, .slice(let start, let stop, let step), let site):
            let value = try evaluate(subject)
            let bounds = try [start, stop, step].map { try $0.map(evaluate) ?? .none }
            self.site = site
            return try slice(value, start: bounds[0], stop: bounds[1], step: bounds[2])
        case .item(let subject, let index, let site):
            let value = try evaluate(subject)
            let index = try evaluate(index)
            self.site = site
            return try item(index, of: value)
        case .slice: throw Fault(.type, "a slice among several subscripts")
        case .call(let callee, let syntax, let site): return try call(callee, syntax, at: site)
        case .filter(let subject, let name, let filter, let syntax, let site):
            guard let subject else { throw Fault(.syntax, "a filter without a value") }
            let value = try evaluate(subject)
            let arguments = try arguments(syntax)
            self.site = site
            return try apply(name, filter, to: value, arguments)
        case .test(let subject, let name, let test, let syntax, let site):
            let value = try evaluate(subject)
            let arguments = try arguments(syntax)
            self.site = site
            return .bool(try holds(name, test, for: value, arguments))
        case .unary(let operation, let operand, let site):
            let value = try evaluate(operand)
            self.site = site
            return try compute(operation, value)
        case .binary(let operation, let left, let right, let site):
            let left = try evaluate(left)
            let right = try evaluate(right)
            self.site = site
            return try compute(operation, left, right)
        case .concatenation(let parts, let site): return try concatenate(parts, at: site)
        case .comparison(let first, let operands, let site): return try compare(first, operands, at: site)
        case .and(let left, let right):
            let value = try evaluate(left)
            return value.isTrue ? try evaluate(right) : value
        case .or(let left, let right):
            let value = try evaluate(left)
            return value.isTrue ? value : try evaluate(right)
        case .not(let operand): return .bool(!(try evaluate(operand).isTrue))
        case .conditional(let test, let then, let otherwise):
            if try evaluate(test).isTrue { return try evaluate(then) }
            return try otherwise.map(evaluate)
                ?? .undefined(.hint("the inline if-expression evaluated to false and no else section was defined."))
        }
    }

    private func dictionary(_ pairs: [(key: Expression, value: Expression)]) throws -> Value {
        var entries = OrderedDictionary<Key, Value>(minimumCapacity: pairs.count)
        for (key, value) in pairs {
            let key = try self.key(try evaluate(key))
            entries[key] = try evaluate(value)
        }
        return .dictionary(try Entries(entries))
    }

    private func concatenate(_ parts: [Expression], at site: Site) throws -> Value {
        var text = ""
        for part in parts {
            let value = try evaluate(part)
            self.site = site
            try append(try string(value), to: &text)
        }
        return .string(text)
    }

    private func compare(
        _ first: Expression, _ operands: [(comparison: Comparison, operand: Expression)], at site: Site
    ) throws -> Value {
        var left = try evaluate(first)
        var result = Value.bool(true)
        for (comparison, operand) in operands {
            let right = try evaluate(operand)
            self.site = site
            result = .bool(try compare(left, comparison, right))
            guard result.isTrue else { break }
            left = right
        }
        return result
    }

    // MARK: Calls

    func arguments(_ syntax: CallArguments) throws -> Arguments {
        var arguments = Arguments(positional: try syntax.positional.map(evaluate))
        for (name, value) in syntax.keywords { arguments.keywords.append((name, try evaluate(value))) }
        if let list = syntax.unpackedList { arguments.positional += try elements(of: try evaluate(list)) }
        guard let unpacked = syntax.unpackedDictionary else { return arguments }
        guard case .dictionary(let entries) = try evaluate(unpacked) else {
            throw Fault(.type, "argument after ** must be a mapping")
        }
        // Each looks through those before it.
        try spend(elements: entries.values.count, times: arguments.keywords.count + entries.values.count)
        for (key, value) in entries.values {
            guard let name = key.value.text else { throw Fault(.type, "keywords must be strings") }
            guard !arguments.keywords.contains(where: { $0.name == name }) else {
                throw Fault(.type, "got multiple values for keyword argument '\(name)'")
            }
            arguments.keywords.append((name, value))
        }
        return arguments
    }

    private func call(_ callee: Expression, _ syntax: CallArguments, at site: Site) throws -> Value {
        guard case .attribute(let subject, let name, let attributeSite) = callee else {
            let function = try evaluate(callee)
            let arguments = try arguments(syntax)
            self.site = site
            return try call(function, arguments)
        }
        // A method of a value is called without making an object of it first.
        let value = try evaluate(subject)
        self.site = attributeSite
        if let method = Method.named(name, of: value) {
            let arguments = try arguments(syntax)
            self.site = site
            return try method(value, arguments, self)
        }
        let function = try attribute(name, of: value)
        let arguments = try arguments(syntax)
        self.site = site
        return try call(function, arguments)
    }

    func call(_ function: Value, _ arguments: Arguments) throws -> Value {
        switch function {
        case .undefined(let undefined): throw undefined.fault
        case .object(let object):
            try descend()
            defer { depth -= 1 }
            return try object.call(arguments, self)
        default: throw Fault(.type, "'\(function.typeName)' object is not callable")
        }
    }

    /// A `call` block: a macro called with the block's body as `caller`.
    func run(_ call: Expression, caller: Value, at site: Site) throws {
        guard case .call(let callee, let syntax, _) = call else { throw Fault(.syntax, "expected call", at: site) }
        let function = try evaluate(callee)
        var arguments = try arguments(syntax)
        arguments.keywords.append(("caller", caller))
        self.site = site
        try write(try string(try self.call(function, arguments)))
    }

    // MARK: Filters and tests

    func apply(_ name: String, _ filter: Filter?, to value: Value, _ arguments: Arguments) throws -> Value {
        guard let filter else { throw Fault(.runtime, "No filter named '\(name)' found.") }
        return try filter.apply(value, arguments, self)
    }

    func holds(_ name: String, _ test: ValueTest?, for value: Value, _ arguments: Arguments) throws -> Bool {
        guard let test else { throw Fault(.runtime, "No test named '\(name)' found.") }
        return try test.holds(value, arguments, self)
    }

    /// The filters of a block, innermost first.
    func apply(_ filters: Expression, to value: Value) throws -> Value {
        guard case .filter(let subject, let name, let filter, let syntax, let site) = filters else { return value }
        let value = try subject.map { try apply($0, to: value) } ?? value
        let arguments = try arguments(syntax)
        self.site = site
        return try apply(name, filter, to: value, arguments)
    }
}
