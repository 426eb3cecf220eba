/// A test: what stands after `is`.
struct ValueTest: Sendable {
    typealias Body = @Sendable (Value, [Value], Renderer) throws -> Bool

    private let name: String
    private let count: Int
    private let body: Body

    /// - Parameter count: how many arguments it takes.
    private init(_ name: String, _ count: Int = 0, _ body: @escaping Body) {
        self.name = name
        self.count = count
        self.body = body
    }

    func holds(_ value: Value, _ arguments: Arguments, _ renderer: Renderer) throws -> Bool {
        guard arguments.keywords.isEmpty, arguments.positional.count == count else {
            throw Fault(.type, "test '\(name)' takes \(count) argument(s) (\(arguments.positional.count) given)")
        }
        return try body(value, arguments.positional, renderer)
    }

    static func named(_ name: String) -> ValueTest? { all[name] }

    static func isIterable(_ value: Value) -> Bool {
        switch value {
        case .undefined, .string, .markup, .list, .tuple, .dictionary: true
        case .object(let object): object.isIterable
        default: false
        }
    }

    private static let all: [String: ValueTest] = {
        let tests = comparisons + kinds + others
        return Dictionary(tests.map { ($0.name, $0) }) { first, _ in first }
    }()

    private static let comparisons: [ValueTest] =
        [
            (["==", "eq", "equalto"], Comparison.equal), (["!=", "ne"], .notEqual),
            ([">", "gt", "greaterthan"], .greater), ([">=", "ge"], .greaterOrEqual),
            (["<", "lt", "lessthan"], .less), (["<=", "le"], .lessOrEqual), (["in"], .in),
        ].flatMap { names, comparison in
            names.map { name in
                ValueTest(name, 1) { value, arguments, renderer in
                    try renderer.compare(value, comparison, arguments[0])
                }
            }
        }

    private static let kinds: [ValueTest] = [
        ValueTest("defined") { value, _, _ in !value.isUndefined },
        ValueTest("undefined") { value, _, _ in value.isUndefined },
        ValueTest("none") { value, _, _ in value.isNone },
        ValueTest("boolean") { value, _, _ in if case .bool = value { true } else { false } },
        ValueTest("true") { value, _, _ in if case .bool(true) = value { true } else { false } },
        ValueTest("false") { value, _, _ in if case .bool(false) = value { true } else { false } },
        ValueTest("integer") { value, _, _ in
            switch value {
            case .int, .wide: true
            default: false
            }
        },
        ValueTest("float") { value, _, _ in if case .float = value { true } else { false } },
        ValueTest("number") { value, _, _ in value.number != nil },
        ValueTest("string") { value, _, _ in value.text != nil },
        ValueTest("mapping") { value, _, _ in if case .dictionary = value { true } else { false } },
        ValueTest("sequence") { value, _, _ in
            switch value {
            case .undefined, .string, .markup, .list, .tuple, .dictionary: true
            case .object(let object): object.length != nil && object.hasItems
            default: false
            }
        },
        ValueTest("iterable") { value, _, _ in isIterable(value) },
        ValueTest("callable") { value, _, _ in
            switch value {
            case .undefined: true
            case .object(let object): object.isCallable
            default: false
            }
        },
        ValueTest("escaped") { value, _, _ in if case .markup = value { true } else { false } },
    ]

    private static let others: [ValueTest] = [
        ValueTest("odd") { value, _, renderer in try remainder(value, .int(2), renderer, is: 1) },
        ValueTest("even") { value, _, renderer in try remainder(value, .int(2), renderer, is: 0) },
        ValueTest("divisibleby", 1) { value, arguments, renderer in
            try remainder(value, arguments[0], renderer, is: 0)
        },
        ValueTest("lower") { value, _, renderer in PythonText.isLowercase(try renderer.string(value)) },
        ValueTest("upper") { value, _, renderer in PythonText.isUppercase(try renderer.string(value)) },
        ValueTest("sameas", 1) { value, arguments, renderer in isSame(value, arguments[0]) },
        ValueTest("filter") { value, _, _ in value.text.flatMap(Filter.named) != nil },
        // Looked up at run time: naming the table here would be a cycle.
        ValueTest("test") { value, _, _ in value.text.flatMap(ValueTest.named) != nil },
    ]

    private static func remainder(
        _ value: Value, _ divisor: Value, _ renderer: Renderer, is expected: Int
    ) throws -> Bool {
        try renderer.isEqual(try renderer.compute(.modulo, value, divisor), .int(expected))
    }

    /// Python's `is`, where it can be known: numbers and texts that are equal count as the same.
    private static func isSame(_ left: Value, _ right: Value) -> Bool {
        switch (left, right) {
        case (.none, .none): true
        case (.bool(let left), .bool(let right)): left == right
        case (.int(let left), .int(let right)): left == right
        case (.float(let left), .float(let right)): left == right
        case (.string(let left), .string(let right)): PythonText.isEqual(left, right)
        case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)): left === right
        case (.dictionary(let left), .dictionary(let right)): left === right
        case (.object(let left), .object(let right)): left === right
        case (.undefined(let left), .undefined(let right)): left === right
        default: false
        }
    }
}
