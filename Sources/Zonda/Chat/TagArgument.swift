import OrderedCollections
import ZondaCore
import ZondaFormats
import ZondaGrammar

/// An argument of a call in tags: a string stands there as it is, anything else as JSON.
struct TagArgument {
    private let schema: JSONValue
    /// The kinds of values that the schema speaks of; nil where it does not say.
    private let types: Set<String>?

    /// - Parameter schema: of the argument; nil for one that the function's schema does not name.
    init(_ schema: JSONValue?) {
        self.schema = schema ?? .null
        types = Self.types(self.schema)
    }

    /// The JSON of the value that a text stands for. Where it could be either, it is a string unless it is an object or an
    /// array.
    func json(_ text: String) -> String {
        let string = JSONValue.string(text).text
        if types == ["string"] { return string }
        if types?.contains("boolean") == true, let bool = Bool(text.lowercased()) { return "\(bool)" }
        guard let value = try? JSONValue(parsing: text, name: "argument") else { return string }
        let kinds = Self.kinds(value)
        guard let types else { return kinds.isDisjoint(with: ["array", "object"]) ? string : text }
        return types.isDisjoint(with: kinds) && types.contains("string") ? string : text
    }

    /// The texts that the value may be.
    ///
    /// - Parameters:
    ///   - root: the function's schema, which has the definitions.
    ///   - isStrict: whether what can't be kept is an error.
    /// - Throws: `unsupported` for what a grammar of plain text can't keep, and what schemas of JSON throw.
    func grammar(root: JSONValue, isStrict: Bool) throws(ZondaError) -> Grammar {
        if let values = schema["enum"]?.array ?? schema["const"].map({ [$0] }) {
            return .choice(values.map { .literal($0.string ?? $0.text) })
        }
        if let types, !types.contains("string") {
            var members = schema.object ?? [:]
            for key in ["$defs", "definitions"] where members[key] == nil { members[key] = root[key] }
            return try Grammar(jsonSchema: .object(members))
        }
        if isStrict, let keyword = Self.textKeywords.first(where: { schema[$0] != nil }) {
            throw ZondaError(
                .unsupported, "\(keyword) of a string can't be kept, as this model writes arguments without quotes",
                remedy: "leave it out, or \"strict\"")
        }
        return .freeText(without: TagCallReader.parameterEnd)
    }

    private static let textKeywords = [
        "pattern", "format", "minLength", "maxLength", "anyOf", "oneOf", "allOf", "not", "$ref",
    ]

    private static func types(_ schema: JSONValue) -> Set<String>? {
        if let type = schema["type"]?.string { return [type] }
        if let types = schema["type"]?.array { return Set(types.compactMap(\.string)) }
        if let values = schema["enum"]?.array ?? schema["const"].map({ [$0] }) {
            return Set(values.flatMap { kinds($0) })
        }
        guard let choices = schema["anyOf"]?.array ?? schema["oneOf"]?.array else { return nil }
        var found: Set<String> = []
        for choice in choices {
            guard let types = types(choice) else { return nil }
            found.formUnion(types)
        }
        return found
    }

    private static func kinds(_ value: JSONValue) -> Set<String> {
        switch value {
        case .null: ["null"]
        case .bool: ["boolean"]
        case .integer: ["integer", "number"]
        case .number: ["number"]
        case .string: ["string"]
        case .array: ["array"]
        case .object: ["object"]
        }
    }
}
