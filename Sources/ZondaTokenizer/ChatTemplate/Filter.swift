/// A filter: a function of a value and what stands in the filter's parentheses.
struct Filter: Sendable {
    typealias Body = @Sendable (Value, [Value?], Renderer) throws -> Value
    typealias OpenBody = @Sendable (Value, Arguments, Renderer) throws -> Value

    private let body: OpenBody

    /// A filter whose arguments have names: `body` gets them in that order, nil where not given.
    init(_ name: String, _ parameters: [String] = [], required: Int = 0, _ body: @escaping Body) {
        self.body = { value, arguments, renderer in
            try body(value, try arguments.bound(to: parameters, required: required, of: name), renderer)
        }
    }

    /// A filter that takes any arguments.
    init(open body: @escaping OpenBody) {
        self.body = body
    }

    func apply(_ value: Value, _ arguments: Arguments, _ renderer: Renderer) throws -> Value {
        try body(value, arguments, renderer)
    }

    static func named(_ name: String) -> Filter? { all[name] }

    private static let all: [String: Filter] = textFilters.merging(layoutFilters) { $1 }
        .merging(numberFilters) { $1 }.merging(sequenceFilters) { $1 }.merging(choiceFilters) { $1 }

    // MARK: Arguments

    /// An integer argument, or `fallback`.
    static func integer(_ value: Value?, _ fallback: Int) throws -> Int {
        try Arguments.integer(value, of: "filter") ?? fallback
    }

    /// Python's `str` of the value, marked safe if it was.
    static func mapText(_ value: Value, _ renderer: Renderer, _ body: (String) throws -> String) throws -> Value {
        let text = try body(try renderer.string(value))
        if case .markup = value { return .markup(text) }
        return .string(text)
    }

    /// The reader of a dotted attribute, as `map`, `sort` and others take it.
    ///
    /// - Parameters:
    ///   - attribute: a path of names and indices, or an index; nil for the value itself.
    ///   - fallback: in place of what is not there.
    static func reader(
        _ attribute: Value?, fallback: Value? = nil, ignoresCase: Bool = false, _ renderer: Renderer
    ) throws -> (Value) throws -> Value {
        var path: [Value] = []
        if let text = attribute?.text {
            try renderer.spend(bytes: text.utf8.count, weight: 4)
            path = text.split(separator: ".", omittingEmptySubsequences: false).map { part in
                part.utf8.allSatisfy { (0x30...0x39).contains($0) } && !part.isEmpty
                    ? Int(part).map(Value.int) ?? .string(String(part)) : .string(String(part))
            }
        } else if let attribute, !attribute.isNone {
            path = [attribute]
        }
        return { item in
            var value = item
            for part in path {
                try renderer.step()
                value = try renderer.item(part, of: value)
                if let fallback, value.isUndefined { value = fallback }
            }
            if ignoresCase, let text = value.text {
                try renderer.spend(bytes: text.utf8.count, weight: 4)
                return .string(PythonText.lowercased(text))
            }
            return value
        }
    }

    /// A boolean argument, false where not given.
    static func flag(_ value: Value?) -> Bool { value?.isTrue ?? false }
}
