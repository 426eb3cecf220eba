import OrderedCollections

/// A value that is not data. Subclasses say what they are; what they don't say is an error or nothing, as in Python.
///
/// Not `Sendable`: an object lives in one rendering, on one thread.
class Object {
    var typeName: String { "object" }
    /// How `str` and `repr` show it.
    var printed: String { "<\(typeName) object>" }
    var depth: Int { 0 }
    var isCallable: Bool { false }
    /// Python's `len`; nil where that is an error.
    var length: Int? { nil }
    /// Whether it has `__getitem__`.
    var hasItems: Bool { false }
    var isIterable: Bool { false }
    /// Whether a second look finds it empty.
    var isExhaustible: Bool { false }

    /// Drops what assignments put in it.
    func clear() {}

    /// All elements that are left; nil where it can't be iterated.
    func elements(_ renderer: Renderer) throws -> [Value]? { nil }
    /// A member by name; nil where there is none.
    func attribute(_ name: String) throws -> Value? { nil }
    func item(_ index: Value, _ renderer: Renderer) throws -> Value? { nil }
    func call(_ arguments: Arguments, _ renderer: Renderer) throws -> Value {
        throw Fault(.type, "'\(typeName)' object is not callable")
    }
}

/// What a call passes.
struct Arguments {
    var positional: [Value] = []
    var keywords: [(name: String, value: Value)] = []

    /// The arguments in the order of `names`, nil where one is not given.
    func bound(to names: [String], required: Int = 0, of function: String) throws -> [Value?] {
        guard positional.count <= names.count else {
            throw Fault(
                .type, "\(function)() takes at most \(names.count) arguments (\(positional.count) given)")
        }
        var values: [Value?] = positional + [Value?](repeating: nil, count: names.count - positional.count)
        for (name, value) in keywords {
            guard let index = names.firstIndex(of: name) else {
                throw Fault(.type, "\(function)() got an unexpected keyword argument '\(name)'")
            }
            guard values[index] == nil else {
                throw Fault(.type, "\(function)() got multiple values for argument '\(name)'")
            }
            values[index] = value
        }
        for index in 0..<required where values[index] == nil {
            throw Fault(.type, "\(function)() missing 1 required positional argument: '\(names[index])'")
        }
        return values
    }
}

/// A function of the environment, or a method taken from its value without calling it.
final class Function: Object {
    typealias Body = (Arguments, Renderer) throws -> Value
    let name: String
    private let kind: String
    private let subject: Value
    private let body: Body

    init(_ name: String, kind: String = "function", subject: Value = .none, _ body: @escaping Body) {
        self.name = name
        self.kind = kind
        self.subject = subject
        self.body = body
    }

    override var typeName: String { kind }
    override var printed: String { "<\(kind) \(name)>" }
    override var isCallable: Bool { true }
    override var depth: Int { subject.depth }
    override func call(_ arguments: Arguments, _ renderer: Renderer) throws -> Value { try body(arguments, renderer) }
}

/// `range(…)`, at most `TemplateLimit.range` long.
final class RangeObject: Object {
    let start: Int
    let stop: Int
    let step: Int
    let count: Int

    init(start: Int, stop: Int, step: Int) throws {
        guard step != 0 else { throw Fault(.value, "range() arg 3 must not be zero") }
        let (distance, overflows) =
            step > 0 ? stop.subtractingReportingOverflow(start) : start.subtractingReportingOverflow(stop)
        let isEmpty = overflows ? distance > 0 : distance <= 0
        let size = isEmpty ? 0 : (UInt(bitPattern: distance) - 1) / step.magnitude + 1
        guard size <= TemplateLimit.range else {
            throw Fault(
                .overflow,
                "Range too big. The sandbox blocks ranges larger than MAX_RANGE (\(TemplateLimit.range)).")
        }
        self.start = start
        self.stop = stop
        self.step = step
        count = Int(size)
    }

    override var typeName: String { "range" }
    override var printed: String { step == 1 ? "range(\(start), \(stop))" : "range(\(start), \(stop), \(step))" }
    override var length: Int? { count }
    override var hasItems: Bool { true }
    override var isIterable: Bool { true }

    override func elements(_ renderer: Renderer) throws -> [Value]? {
        try renderer.spend(elements: count)
        return (0..<count).map { .int(start + $0 * step) }
    }

    override func item(_ index: Value, _ renderer: Renderer) throws -> Value? {
        guard let index = index.wideInteger.flatMap({ Int(exactly: $0) }) else { return nil }
        guard (-count..<count).contains(index) else { return nil }
        return .int(start + (index < 0 ? index + count : index) * step)
    }
}

/// `keys()`, `values()` or `items()` of a dictionary.
final class DictionaryView: Object {
    enum Part: String { case keys, values, items }
    let part: Part
    let entries: Entries

    init(_ part: Part, of entries: Entries) {
        self.part = part
        self.entries = entries
    }

    override var typeName: String { "dict_\(part.rawValue)" }
    override var depth: Int { entries.depth }
    override var length: Int? { entries.values.count }
    override var isIterable: Bool { true }

    override func elements(_ renderer: Renderer) throws -> [Value]? {
        try renderer.spend(elements: entries.values.count)
        return switch part {
        case .keys: entries.values.keys.map(\.value)
        case .values: Array(entries.values.values)
        case .items: try entries.values.map { try Value.tuple([$0.key.value, $0.value]) }
        }
    }
}

/// What a lazy filter gives: computed at the first look, and gone after it.
final class Generator: Object {
    private let name: String
    private let ownDepth: Int
    private var make: (() throws -> [Value])?
    private var rest: ArraySlice<Value> = []

    init(over source: Value, typeName: String = "generator", _ make: @escaping () throws -> [Value]) throws {
        name = typeName
        ownDepth = try source.depth.nested()
        self.make = make
    }

    override var typeName: String { name }
    override var depth: Int { ownDepth }
    override var isIterable: Bool { true }
    override var isExhaustible: Bool { true }

    override func elements(_ renderer: Renderer) throws -> [Value]? {
        try fill()
        defer { rest = [] }
        return Array(rest)
    }

    /// The next element; the others stay.
    func next() throws -> Value? {
        try fill()
        return rest.popFirst()
    }

    private func fill() throws {
        guard let make else { return }
        self.make = nil
        rest = try make()[...]
    }
}

/// `str.encode(…)`: all that a template can do with bytes is print and compare them.
final class BytesObject: Object {
    let bytes: [UInt8]
    init(_ bytes: [UInt8]) { self.bytes = bytes }

    override var typeName: String { "bytes" }
    override var length: Int? { bytes.count }
    override var hasItems: Bool { true }
    override var isIterable: Bool { true }

    override func elements(_ renderer: Renderer) throws -> [Value]? {
        try renderer.spend(elements: bytes.count)
        return bytes.map { .int(Int($0)) }
    }

    override var printed: String {
        let hasQuote = bytes.contains(UInt8(ascii: "'")) && !bytes.contains(UInt8(ascii: "\""))
        let quote = hasQuote ? "\"" : "'"
        var text = "b" + quote
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\n"): text += "\\n"
            case UInt8(ascii: "\r"): text += "\\r"
            case UInt8(ascii: "\t"): text += "\\t"
            case UInt8(ascii: "\\"): text += "\\\\"
            case UInt8(ascii: "'") where !hasQuote: text += "\\'"
            case 0x20..<0x7F: text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += "\\x" + PythonText.hex(UInt32(byte), digits: 2)
            }
        }
        return text + quote
    }

    override func attribute(_ name: String) throws -> Value? {
        guard name == "decode" else { return nil }
        let bytes = bytes
        return .object(
            Function("decode", kind: "builtin_function_or_method") { _, renderer in
                try renderer.spend(bytes: bytes.count)
                return .string(String(decoding: bytes, as: UTF8.self))
            })
    }
}
