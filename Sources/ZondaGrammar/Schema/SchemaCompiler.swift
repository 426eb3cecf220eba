import OrderedCollections
public import ZondaCore
public import ZondaFormats

extension Grammar {
    /// The JSON texts that a schema (draft 2020-12) accepts, written as docs/structured-output.md says: members in the
    /// order of `properties`, white space where models write it.
    ///
    /// ```swift
    /// let person = try Grammar(jsonSchema: JSONValue(parsing: #"""
    ///     {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    ///     """#, name: "schema"))
    /// ```
    /// - Throws: `ZondaError` of code `badRequest` that names the keyword and its JSON pointer, for what is not supported
    ///   and for what is no schema.
    public init(jsonSchema: JSONValue) throws(ZondaError) {
        var compiler = SchemaCompiler(try SchemaDocument(jsonSchema))
        self = try compiler.compile(jsonSchema)
    }

    /// Any JSON object.
    public static let jsonObject: Grammar = {
        do { return try Grammar(jsonSchema: .object(["type": "object"])) } catch { preconditionFailure("\(error)") }
    }()
}

/// Compiles a schema: one rule for each set of subschemas that a value must satisfy.
struct SchemaCompiler {
    /// A schema of a thousand properties has some thousands.
    static let maxRuleCount = 50_000
    /// Edges of one object or array: members times the counts that are kept apart.
    static let maxEdges = 50_000

    /// Bytes of literals, states of strings and numbers, edges of objects and arrays, of all rules together: more than
    /// `AutomatonBuilder.maxTotalStateCount` would not fit there.
    private static let maxSize = 1_000_000
    /// Values and pairs of alternatives that are compared, for `enum` and `oneOf`: below a second.
    private static let maxComparisonCount = 20_000

    var document: SchemaDocument
    private var comparisonCount = 0
    private var size = 0
    var rules: [Expression] = []
    private var rulesOfSchemas: [[Int]: Int] = [:]
    private var pending: [(rule: Int, schemas: [Int])] = []
    private var shared: [String: Int] = [:]

    init(_ document: SchemaDocument) { self.document = document }

    mutating func compile(_ schema: JSONValue) throws(ZondaError) -> Grammar {
        let root = value(of: [try document.number(of: schema, at: "")])
        while let next = pending.popLast() {
            rules[next.rule] = try expression(of: next.schemas)
            guard rules.count <= Self.maxRuleCount else {
                throw SchemaDocument.failure(
                    "the schema needs more than \(Self.maxRuleCount) rules, the cap", at: "", remedy: "split it")
            }
        }
        return Grammar(rules: rules, root: root)
    }

    /// A value that all of `schemas` accept: a rule of its own, so that schemas may refer to themselves.
    mutating func value(of schemas: [Int]) -> Expression {
        let key = Array(Set(schemas.filter { document.schemas[$0].value != true })).sorted()
        if let rule = rulesOfSchemas[key] { return .rule(rule) }
        let rule = rules.count
        rules.append(.nothing)
        rulesOfSchemas[key] = rule
        pending.append((rule, key))
        return .rule(rule)
    }

    mutating func countComparison(at pointer: String) throws(ZondaError) {
        comparisonCount += 1
        guard comparisonCount <= Self.maxComparisonCount else {
            throw SchemaDocument.failure(
                "enum and oneOf need more than \(Self.maxComparisonCount) comparisons, the cap", at: pointer,
                remedy: "use fewer values or branches")
        }
    }

    mutating func countSize(_ count: Int, at pointer: String) throws(ZondaError) {
        size += count
        guard size <= Self.maxSize else {
            throw SchemaDocument.failure(
                "the schema takes more than \(Self.maxSize) states, the cap", at: pointer,
                remedy: "use shorter values, fewer members, or smaller counts")
        }
    }

    private mutating func expression(of schemas: [Int]) throws(ZondaError) -> Expression {
        let alternatives = try document.alternatives(schemas)
        var shapes: [SchemaShape] = []
        for alternative in alternatives { shapes.append(try SchemaShape(alternative, &document)) }
        try checkOneOf(alternatives, shapes)
        var parts: [Expression] = []
        for shape in shapes { parts.append(try expression(of: shape)) }
        return .choice(parts)
    }

    private mutating func expression(of shape: SchemaShape) throws(ZondaError) -> Expression {
        if let values = shape.values {
            var parts: [Expression] = []
            for value in values where try satisfies(value, shape) {
                try countSize(SchemaDocument.byteCount(of: value), at: shape.pointer)
                parts.append(text(of: value))
            }
            return .choice(parts)
        }
        var parts: [Expression] = []
        if shape.kinds.contains(.null) { parts.append(.literal("null")) }
        if shape.kinds.contains(.boolean) { parts += [.literal("true"), .literal("false")] }
        if shape.kinds.contains(.integer) {
            parts.append(try number(shape))
        } else if shape.kinds.contains(.fraction) {
            throw SchemaDocument.failure(
                "numbers that are no integers can't be told from others", at: shape.pointer, remedy: nil)
        }
        if shape.kinds.contains(.string) { parts.append(try string(shape)) }
        if shape.kinds.contains(.array) { parts.append(try array(shape)) }
        if shape.kinds.contains(.object) { parts.append(try object(shape)) }
        return .choice(parts)
    }

    private mutating func number(_ shape: SchemaShape) throws(ZondaError) -> Expression {
        let onlyIntegers = !shape.kinds.contains(.fraction)
        let name =
            "number \(onlyIntegers) \(shape.minimum?.text ?? "") \(shape.maximum?.text ?? "") \(shape.divisor ?? 0)"
        let automaton = try document.automaton(name) { steps throws(ZondaError) in
            try NumberLanguage.automaton(
                onlyIntegers: onlyIntegers, minimum: shape.minimum, maximum: shape.maximum, divisor: shape.divisor,
                &steps)
        }
        try countSize(automaton.edges.count, at: shape.pointer)
        return automaton.isEmpty ? .nothing : .characters(automaton, .utf8)
    }

    // MARK: Strings

    private mutating func string(_ shape: SchemaShape) throws(ZondaError) -> Expression {
        if shape.patterns.isEmpty {
            guard shape.minLength <= shape.maxLength ?? .max else { return .nothing }
            if shape.minLength == 0, shape.maxLength == nil { return anyString }
            return .sequence([
                Self.quote,
                .repeated(sharedRule("character", Self.character), min: shape.minLength, max: shape.maxLength),
                Self.quote,
            ])
        }
        let language = try document.language(shape)
        try countSize(language.edges.count, at: shape.pointer)
        return Self.quoted(language)
    }

    static func quoted(_ language: ScalarAutomaton) -> Expression {
        language.isEmpty ? .nothing : .sequence([quote, .characters(language, .jsonString), quote])
    }

    private static let quote = Expression.literal("\"")
    private static let character = Expression.characters(
        ScalarAutomaton(edges: [[ScalarAutomaton.Edge(scalars: .all, target: 1)], []], isFinal: [false, true]),
        .jsonString)

    var anyString: Expression {
        mutating get { sharedRule("string", Self.quoted(.all)) }
    }

    // MARK: White space

    /// What may stand after `{`, `[` and `,`, and before `}` and `]`: nothing, a space, or a new line with its indentation.
    /// Bounded, so that no model writes white space without end.
    var gap: Expression {
        mutating get {
            sharedRule(
                "gap",
                .optional(
                    .choice([
                        .literal(" "),
                        .sequence([
                            .literal("\n"),
                            .choice([
                                .repeated(.literal(" "), min: 0, max: 64), .repeated(.literal("\t"), min: 1, max: 16),
                            ]),
                        ]),
                    ])))
        }
    }

    /// What stands between a key and its value.
    static let colon = Expression.sequence([.literal(":"), .optional(.literal(" "))])

    mutating func sharedRule(_ name: String, _ expression: Expression) -> Expression {
        if let rule = shared[name] { return .rule(rule) }
        shared[name] = rules.count
        rules.append(expression)
        return .rule(rules.count - 1)
    }

    /// A given value, with white space as elsewhere.
    private mutating func text(of value: JSONValue) -> Expression {
        var parts: [Expression] = []
        switch value {
        case .array(let elements) where !elements.isEmpty:
            for element in elements { parts += [.literal(parts.isEmpty ? "[" : ","), gap, text(of: element)] }
            parts += [gap, .literal("]")]
        case .object(let members) where !members.isEmpty:
            for (key, member) in members {
                parts += [
                    .literal(parts.isEmpty ? "{" : ","), gap, .literal(JSONValue.string(key).text), Self.colon,
                    text(of: member),
                ]
            }
            parts += [gap, .literal("}")]
        // 2 and 2.0 are the same number.
        case .number(let number):
            guard let integer = Int(exactly: number) else { return .literal(value.text) }
            return .choice([.literal(value.text), .literal(String(integer))])
        default: return .literal(value.text)
        }
        return .sequence(parts)
    }
}
