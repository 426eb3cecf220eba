import OrderedCollections

extension Function {
    /// The functions that every template has.
    static func global(named name: String) -> Value? {
        let body: Body? =
            switch name {
            case "range": makeRange
            case "dict": { arguments, renderer in .dictionary(try Entries(entries(arguments, renderer))) }
            case "namespace": makeNamespace
            case "cycler": { arguments, _ in .object(try Cycler(arguments.positional)) }
            case "joiner":
                { arguments, renderer in
                    let separator = try arguments.bound(to: ["sep"], of: "joiner")[0]
                    return .object(try Joiner(separator: separator ?? .string(", ")))
                }
            case "raise_exception":
                { arguments, renderer in
                    let message = try arguments.bound(to: ["message"], required: 1, of: name)[0] ?? .none
                    throw Fault(.raised, try renderer.string(message))
                }
            case "strftime_now":
                { arguments, renderer in
                    let format = try arguments.bound(to: ["format"], required: 1, of: name)[0] ?? .none
                    guard let text = format.text else {
                        throw Fault(.type, "strftime() argument 1 must be str, not \(format.typeName)")
                    }
                    // A directive may become a dozen times its text, by way of formats of its own.
                    try renderer.spend(bytes: text.utf8.count + TemplateLimit.bytesPerStep, weight: 128)
                    return .string(renderer.now.formatted(text))
                }
            case "lipsum": { _, _ in throw Fault(.limit, "lipsum makes random text and is not supported") }
            default: nil
            }
        return body.map { .object(Function(name, $0)) }
    }

    private static func makeRange(_ arguments: Arguments, _ renderer: Renderer) throws -> Value {
        let bounds = try arguments.positional.map { value -> Int in
            if case .undefined(let undefined) = value { throw undefined.fault }
            guard let integer = value.wideInteger else {
                throw Fault(.type, "'\(value.typeName)' object cannot be interpreted as an integer")
            }
            return Int(clamping: integer)
        }
        guard (1...3).contains(bounds.count), arguments.keywords.isEmpty else {
            throw Fault(.type, "range expected 1 to 3 arguments, got \(bounds.count)")
        }
        return .object(
            try RangeObject(
                start: bounds.count > 1 ? bounds[0] : 0, stop: bounds.count > 1 ? bounds[1] : bounds[0],
                step: bounds.count > 2 ? bounds[2] : 1))
    }

    /// Python's `dict(…)`: of a dictionary or of pairs, and of keywords.
    private static func entries(_ arguments: Arguments, _ renderer: Renderer) throws -> OrderedDictionary<Key, Value> {
        guard arguments.positional.count <= 1 else {
            throw Fault(.type, "dict expected at most 1 argument, got \(arguments.positional.count)")
        }
        var entries: OrderedDictionary<Key, Value> = [:]
        if case .dictionary(let given)? = arguments.positional.first {
            try renderer.spend(elements: given.values.count)
            entries = given.values
        } else if case .object(let namespace as Namespace)? = arguments.positional.first {
            throw Fault(.type, "'\(namespace.typeName)' object is not iterable")
        } else if let pairs = arguments.positional.first {
            for pair in try renderer.elements(of: pairs) {
                let parts = try renderer.elements(of: pair)
                guard parts.count == 2 else {
                    throw Fault(
                        .value, "dictionary update sequence element has length \(parts.count); 2 is required")
                }
                entries[try renderer.key(parts[0])] = parts[1]
            }
        }
        for (name, value) in arguments.keywords { entries[Key(unchecked: .string(name))] = value }
        return entries
    }

    private static func makeNamespace(_ arguments: Arguments, _ renderer: Renderer) throws -> Value {
        let namespace = Namespace()
        try renderer.keep(namespace)
        for (key, value) in try entries(arguments, renderer) {
            try namespace.set(key, to: value)
        }
        return .object(namespace)
    }
}

/// `namespace(…)`: the one value that a template can change.
final class Namespace: Object {
    private(set) var attributes: OrderedDictionary<Key, Value> = [:]

    override var typeName: String { "Namespace" }

    override func attribute(_ name: String) throws -> Value? { attributes[Key(unchecked: .string(name))] }

    func set(_ name: String, to value: Value) throws { try set(Key(unchecked: .string(name)), to: value) }

    func set(_ key: Key, to value: Value) throws {
        if let name = key.value.text, name.hasPrefix("_") {
            throw Fault(
                .security,
                "Chat templates cannot store underscore-prefixed attributes on a namespace, but got "
                    + "\(PythonText.quoted(name)). Please rename the attribute.")
        }
        attributes[key] = value
    }

    override func clear() { attributes = [:] }
}

/// `cycler(…)`: its items in turn.
final class Cycler: Object {
    private let items: Elements
    private var position = 0

    init(_ items: [Value]) throws {
        guard !items.isEmpty else { throw Fault(.runtime, "at least one item has to be provided") }
        self.items = try Elements(items)
    }

    override var typeName: String { "Cycler" }
    override var depth: Int { items.depth }

    override func attribute(_ name: String) throws -> Value? {
        switch name {
        case "current": items.values[position]
        case "pos": .int(position)
        case "items": .tuple(items)
        case "next":
            .object(
                Function(name, kind: "method", subject: .object(self)) { [self] _, _ in
                    defer { position = (position + 1) % items.values.count }
                    return items.values[position]
                })
        case "reset":
            .object(
                Function(name, kind: "method", subject: .object(self)) { [self] _, _ in
                    position = 0
                    return .none
                })
        default: nil
        }
    }
}

/// `joiner(…)`: nothing at the first call, then the separator.
final class Joiner: Object {
    private let separator: Value
    private let ownDepth: Int
    private var isUsed = false

    init(separator: Value) throws {
        self.separator = separator
        ownDepth = try separator.depth.nested()
    }

    override var typeName: String { "Joiner" }
    override var depth: Int { ownDepth }
    override var isCallable: Bool { true }

    override func call(_ arguments: Arguments, _ renderer: Renderer) throws -> Value {
        defer { isUsed = true }
        return isUsed ? separator : .emptyString
    }
}
