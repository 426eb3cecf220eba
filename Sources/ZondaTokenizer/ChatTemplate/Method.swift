import OrderedCollections

/// The methods of Python's own types that a template may call.
enum Method {
    typealias Body = @Sendable (Value, Arguments, Renderer) throws -> Value

    /// The method of `value`; nil where it has none of that name, or a refused one.
    static func named(_ name: String, of value: Value) -> Body? {
        switch value {
        case .string: return stringMethods[name]
        case .markup:
            guard let method = stringMethods[name] else { return nil }
            return { value, arguments, renderer in marked(try method(value, arguments, renderer)) }
        case .dictionary: return dictionaryMethods[name]
        case .list: return sequenceMethods[name]
        case .tuple: return name == "copy" ? nil : sequenceMethods[name]
        case .int, .wide, .bool, .float: return numberMethods[name]
        default: return nil
        }
    }

    /// What the sandbox keeps from templates: names that begin with an underscore, and methods that change a value.
    static func isUnsafe(_ name: String, of value: Value) -> Bool {
        if name.utf8.first == UInt8(ascii: "_") { return name.hasPrefix("__") && name.hasSuffix("__") }
        return switch value {
        case .dictionary: ["clear", "pop", "popitem", "setdefault", "update"].contains(name)
        case .list:
            ["append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove"].contains(name)
        default: false
        }
    }

    private static func marked(_ value: Value) -> Value {
        if case .string(let text) = value { return .markup(text) }
        return value
    }

    // MARK: Dictionaries and sequences

    private static let dictionaryMethods: [String: Body] = [
        "get": { value, arguments, renderer in
            guard case .dictionary(let entries) = value else { return .none }
            let bound = try arguments.bound(to: ["key", "default"], required: 1, of: "get")
            return entries.values[try renderer.key(bound[0] ?? .none)] ?? bound[1] ?? .none
        },
        "keys": { value, _, _ in view(.keys, of: value) },
        "values": { value, _, _ in view(.values, of: value) },
        "items": { value, _, _ in view(.items, of: value) },
        "copy": { value, _, _ in value },
        "fromkeys": { _, arguments, renderer in
            let bound = try arguments.bound(to: ["iterable", "value"], required: 1, of: "fromkeys")
            let pairs = try renderer.elements(of: bound[0] ?? .none).map { (try renderer.key($0), bound[1] ?? .none) }
            return .dictionary(try Entries(.init(pairs) { _, last in last }))
        },
    ]

    private static func view(_ part: DictionaryView.Part, of value: Value) -> Value {
        guard case .dictionary(let entries) = value else { return value }
        return .object(DictionaryView(part, of: entries))
    }

    private static let sequenceMethods: [String: Body] = [
        "count": { value, arguments, renderer in
            let wanted = try arguments.bound(to: ["value"], required: 1, of: "count")[0] ?? .none
            return .int(try renderer.elements(of: value).count { try renderer.isEqual($0, wanted) })
        },
        "index": { value, arguments, renderer in
            let bound = try arguments.bound(to: ["value", "start", "stop"], required: 1, of: "index")
            let all = try renderer.elements(of: value)
            let range = try TextRange(bound[1], bound[2], count: all.count)
            let wanted = bound[0] ?? .none
            guard let index = try all[range.range].firstIndex(where: { try renderer.isEqual($0, wanted) }) else {
                throw Fault(.value, "\(try renderer.representation(wanted)) is not in list")
            }
            return .int(index)
        },
        "copy": { value, _, _ in value },
    ]

    private static let numberMethods: [String: Body] = [
        "is_integer": { value, _, _ in
            .bool(value.wideInteger != nil || value.number.map { $0.rounded() == $0 } == true)
        },
        "bit_length": { value, _, _ in
            guard let integer = value.wideInteger else { return .none }
            return .int(Int128.bitWidth - integer.magnitude.leadingZeroBitCount)
        },
    ]
}

/// The part of a text or a list that `find` and `index` look at: start and stop as in a slice.
struct TextRange {
    let range: Range<Int>

    init(_ start: Value?, _ stop: Value?, count: Int) throws {
        func position(_ value: Value?, otherwise: Int) throws -> Int {
            guard let value, !value.isNone else { return otherwise }
            guard let integer = value.wideInteger else {
                throw Fault(.type, "slice indices must be integers or None or have an __index__ method")
            }
            let index = Int(clamping: integer)
            return min(max(index < 0 ? index + count : index, 0), count)
        }
        let first = try position(start, otherwise: 0)
        range = first..<max(first, try position(stop, otherwise: count))
    }
}

extension Value {
    var isList: Bool { if case .list = self { true } else { false } }
}

extension Arguments {
    /// The text of an argument; nil where it is not given or none.
    static func text(_ value: Value?, of function: String) throws -> String? {
        guard let value, !value.isNone else { return nil }
        if case .undefined(let undefined) = value { throw undefined.fault }
        guard let text = value.text else {
            throw Fault(.type, "\(function)() argument must be str, not \(value.typeName)")
        }
        return text
    }

    /// An integer argument; nil where it is not given.
    static func integer(_ value: Value?, of function: String) throws -> Int? {
        guard let value else { return nil }
        if case .undefined(let undefined) = value { throw undefined.fault }
        guard let integer = value.wideInteger else {
            throw Fault(.type, "'\(value.typeName)' object cannot be interpreted as an integer")
        }
        return Int(clamping: integer)
    }
}
