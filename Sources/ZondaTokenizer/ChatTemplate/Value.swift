import OrderedCollections

/// A value while a template renders, with the meaning it has in Python.
///
/// Lists, tuples and dictionaries never change: the sandbox refuses their mutating methods.
enum Value {
    case undefined(Undefined)
    case none
    case bool(Bool)
    case int(Int)
    /// An integer that `Int` does not hold; Python's have no bound, ours have 128 bits.
    case wide(WideInteger)
    case float(Double)
    case string(String)
    /// Text marked as safe HTML: what is joined to it with `+` is escaped.
    case markup(String)
    case list(Elements)
    case tuple(Elements)
    case dictionary(Entries)
    /// Everything that is not data: functions, macros, loops, namespaces, ranges, lazy sequences.
    case object(Object)

    static var emptyString: Value { .string("") }
}

final class WideInteger {
    let value: Int128
    init(_ value: Int128) { self.value = value }
}

/// The elements of a list or a tuple.
final class Elements {
    let values: [Value]
    /// How deep containers nest in it, itself included; at most `TemplateLimit.valueDepth`.
    let depth: Int
    /// The names of a named tuple's elements, as `groupby` makes them.
    let names: [String]

    init(_ values: [Value], names: [String] = []) throws {
        self.values = values
        self.names = names
        depth = try values.reduce(0) { max($0, $1.depth) }.nested()
    }
}

/// The entries of a dictionary, in the order in which they were written.
final class Entries {
    let values: OrderedDictionary<Key, Value>
    let depth: Int

    init(_ values: OrderedDictionary<Key, Value>) throws {
        self.values = values
        depth = try values.reduce(0) { max($0, $1.key.value.depth, $1.value.depth) }.nested()
    }

    subscript(name: String) -> Value? { values[Key(unchecked: .string(name))] }
}

extension Int {
    /// One level of containers more.
    func nested() throws -> Int {
        guard self < TemplateLimit.valueDepth else { throw Fault.limit("values nested", TemplateLimit.valueDepth) }
        return self + 1
    }
}

/// A value that is not there: it prints as nothing, and using it is an error that says what was missing.
final class Undefined {
    enum Reason {
        case name(String)
        case attribute(String, typeName: String)
        case element(String, typeName: String)
        case unsafe(attribute: String, typeName: String)
        case hint(String)
    }

    let reason: Reason
    init(_ reason: Reason) { self.reason = reason }

    var fault: Fault {
        switch reason {
        case .name(let name): Fault(.undefined, "'\(name)' is undefined")
        case .attribute(let name, let type): Fault(.undefined, "'\(type)' has no attribute '\(name)'")
        case .element(let element, let type): Fault(.undefined, "\(type) has no element \(element)")
        case .unsafe(let name, let type):
            Fault(.security, "access to attribute '\(name)' of '\(type)' object is unsafe.")
        case .hint(let hint): Fault(.undefined, hint)
        }
    }
}

extension Value {
    static func integer(_ value: Int128) -> Value {
        Int(exactly: value).map(Value.int) ?? .wide(WideInteger(value))
    }

    static func list(_ values: [Value]) throws -> Value { .list(try Elements(values)) }
    static func tuple(_ values: [Value]) throws -> Value { .tuple(try Elements(values)) }
    static func undefined(_ reason: Undefined.Reason) -> Value { .undefined(Undefined(reason)) }

    init(_ literal: Literal) {
        switch literal {
        case .none: self = .none
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .integer(value)
        case .float(let value): self = .float(value)
        case .string(let value): self = .string(value)
        }
    }

    var depth: Int {
        switch self {
        case .list(let elements), .tuple(let elements): elements.depth
        case .dictionary(let entries): entries.depth
        case .object(let object): object.depth
        default: 0
        }
    }

    /// The name of the Python type, for messages.
    var typeName: String {
        switch self {
        case .undefined: "Undefined"
        case .none: "NoneType"
        case .bool: "bool"
        case .int, .wide: "int"
        case .float: "float"
        case .string: "str"
        case .markup: "Markup"
        case .list: "list"
        case .tuple(let elements): elements.names.isEmpty ? "tuple" : "_GroupTuple"
        case .dictionary: "dict"
        case .object(let object): object.typeName
        }
    }

    /// The same as messages about missing members put it.
    var objectName: String { isNone ? "None" : "\(typeName) object" }

    var isUndefined: Bool { if case .undefined = self { true } else { false } }
    var isNone: Bool { if case .none = self { true } else { false } }

    /// The text of a string, marked safe or not.
    var text: String? {
        switch self {
        case .string(let text), .markup(let text): text
        default: nil
        }
    }

    /// The value as an integer, booleans included.
    var wideInteger: Int128? {
        switch self {
        case .bool(let value): value ? 1 : 0
        case .int(let value): Int128(value)
        case .wide(let integer): integer.value
        default: nil
        }
    }

    /// The value as a number, booleans included.
    var number: Double? {
        if case .float(let value) = self { return value }
        return wideInteger.map { Double($0) }
    }

    /// Python's `bool(value)`.
    var isTrue: Bool {
        switch self {
        case .undefined, .none: false
        case .bool(let value): value
        case .int(let value): value != 0
        case .wide: true
        case .float(let value): value != 0
        case .string(let text), .markup(let text): !text.isEmpty
        case .list(let elements), .tuple(let elements): !elements.values.isEmpty
        case .dictionary(let entries): !entries.values.isEmpty
        case .object(let object): object.length.map { $0 > 0 } ?? true
        }
    }
}

/// A key of a dictionary: a value that Python could hash. `Renderer.key(_:)` makes one of any value.
struct Key: Hashable {
    let value: Value

    /// - Parameter value: a string, a number, a boolean, none, or an object; or a tuple that was checked.
    init(unchecked value: Value) { self.value = value }

    static func == (left: Key, right: Key) -> Bool {
        if let left = left.value.text { return right.value.text.map { PythonText.isEqual(left, $0) } ?? false }
        switch (left.value, right.value) {
        case (.none, .none): return true
        case (.undefined, .undefined): return true
        case (.object(let left), .object(let right)): return left === right
        case (.tuple(let left), .tuple(let right)):
            return left.values.elementsEqual(right.values) { Key(unchecked: $0) == Key(unchecked: $1) }
        default: break
        }
        if let left = left.value.wideInteger, let right = right.value.wideInteger { return left == right }
        guard let left = left.value.number, let right = right.value.number else { return false }
        return left == right
    }

    func hash(into hasher: inout Hasher) {
        if let text = value.text {
            PythonText.withBytes(text) { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        } else if case .tuple(let elements) = value {
            for element in elements.values { Key(unchecked: element).hash(into: &hasher) }
        } else if case .object(let object) = value {
            hasher.combine(ObjectIdentifier(object))
        } else if let number = value.number {
            // 1, 1.0 and true are one key.
            hasher.combine(number)
        }
    }
}
