import OrderedCollections

/// A macro, or the body of a `call` block, with the variables around its definition.
final class Macro: Object {
    private let syntax: MacroSyntax
    private let frame: Renderer.Frame

    init(_ syntax: MacroSyntax, frame: Renderer.Frame) {
        self.syntax = syntax
        self.frame = frame
    }

    override var typeName: String { "Macro" }
    override var printed: String { "<Macro \(syntax.name.map(PythonText.quoted) ?? "anonymous")>" }
    override var isCallable: Bool { true }

    override func attribute(_ name: String) throws -> Value? {
        switch name {
        case "name": syntax.name.map(Value.string) ?? Value.none
        case "arguments": try .list(syntax.parameters.map { .string($0.name) })
        case "catch_varargs": .bool(syntax.varargs != nil)
        case "catch_kwargs": .bool(syntax.kwargs != nil)
        case "caller": .bool(syntax.caller != nil)
        default: nil
        }
    }

    override func call(_ arguments: Arguments, _ renderer: Renderer) throws -> Value {
        let inner = try renderer.makeFrame(syntax.body.scope, parent: frame)
        // Each parameter may look through all keywords.
        try renderer.spend(elements: syntax.parameters.count, times: arguments.keywords.count)
        var keywords = arguments.keywords
        func takeKeyword(_ name: String) -> Value? {
            keywords.firstIndex { $0.name == name }.map { keywords.remove(at: $0).value }
        }
        let parameters = syntax.parameters
        for (parameter, value) in zip(parameters, arguments.positional) { inner.slots[parameter.slot] = value }
        for parameter in parameters.dropFirst(arguments.positional.count) {
            inner.slots[parameter.slot] = takeKeyword(parameter.name)
        }
        if let slot = syntax.caller {
            inner.slots[slot] = takeKeyword("caller") ?? .undefined(.hint("No caller defined"))
        }
        let rest = arguments.positional.dropFirst(parameters.count)
        if let slot = syntax.kwargs {
            var entries: OrderedDictionary<Key, Value> = [:]
            for (name, value) in keywords { entries[Key(unchecked: .string(name))] = value }
            inner.slots[slot] = .dictionary(try Entries(entries))
        } else if let name = keywords.first?.name {
            throw Fault(.type, "macro '\(syntax.name ?? "None")' takes no keyword argument '\(name)'")
        }
        if let slot = syntax.varargs {
            inner.slots[slot] = try .tuple(Array(rest))
        } else if !rest.isEmpty {
            throw Fault(
                .type, "macro '\(syntax.name ?? "None")' takes not more than \(parameters.count) argument(s)")
        }
        return .string(try renderer.captured { try run(inner, renderer) })
    }

    private func run(_ inner: Renderer.Frame, _ renderer: Renderer) throws {
        let outer = renderer.frame
        renderer.frame = inner
        for parameter in syntax.parameters where inner.slots[parameter.slot] == nil {
            inner.slots[parameter.slot] =
                try parameter.fallback.map { try renderer.evaluate($0) }
                ?? .undefined(.hint("parameter '\(parameter.name)' was not provided"))
        }
        _ = try renderer.run(syntax.body.statements)
        renderer.frame = outer
    }
}
