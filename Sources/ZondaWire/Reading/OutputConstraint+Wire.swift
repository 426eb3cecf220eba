import Zonda
import ZondaCore
import ZondaFormats

extension OutputConstraint {
    /// What the answer must be, from whichever member of a checked body says so; nil for anything.
    ///
    /// - Throws: `badRequest` when several members say so, or one with too little.
    init?(_ body: JSONValue) throws(ZondaError) {
        var found: [(name: String, constraint: OutputConstraint)] = []
        func add(_ name: String, _ constraint: OutputConstraint?) {
            if let constraint { found.append((name, constraint)) }
        }
        add("response_format", try Self.responseFormat(body["response_format"] ?? .null))
        add("json_schema", try Self.schema(body["json_schema"], at: "json_schema"))
        add("guided_json", try Self.schema(body["guided_json"], at: "guided_json"))
        add("guided_regex", body["guided_regex"]?.string.map { .regex($0) })
        add("guided_grammar", body["guided_grammar"]?.string.map { .grammar($0) })
        add("guided_choice", body["guided_choice"]?.array.map(Self.choice))
        add("grammar", try Self.grammar(body["grammar"]))
        if let outputs = body["structured_outputs"] {
            let path = "structured_outputs"
            add("\(path).json", try Self.schema(outputs["json"], at: "\(path).json"))
            add("\(path).regex", outputs["regex"]?.string.map { .regex($0) })
            add("\(path).grammar", outputs["grammar"]?.string.map { .grammar($0) })
            add("\(path).choice", outputs["choice"]?.array.map(Self.choice))
            add("\(path).json_object", outputs["json_object"]?.bool == true ? .jsonObject : nil)
        }
        if found.count > 1 {
            throw .member(
                found[1].name, "stands beside \(found[0].name), and each says what the answer must be",
                remedy: "send one of them")
        }
        guard let constraint = found.first?.constraint else { return nil }
        self = constraint
    }

    private static func responseFormat(_ format: JSONValue) throws(ZondaError) -> OutputConstraint? {
        let schema = format["schema"].flatMap { $0 == .null ? nil : $0 }
        switch format["type"]?.string {
        case "json_object": return schema.map { .jsonSchema($0) } ?? .jsonObject
        case "json_schema":
            if let schema = format["json_schema"]?["schema"] { return .jsonSchema(schema) }
            if let schema { return .jsonSchema(schema) }
            throw .member(
                "response_format.json_schema", "is missing", remedy: "send {\"name\": …, \"schema\": …}",
                code: "missing_required_parameter")
        default: return nil
        }
    }

    /// The `text.format` of `/v1/responses`: the schema lies beside the type.
    static func textFormat(_ format: JSONValue) throws(ZondaError) -> OutputConstraint? {
        switch format["type"]?.string {
        case "json_object": return .jsonObject
        case "json_schema":
            guard let schema = format["schema"], schema != .null else {
                throw .member(
                    "text.format.schema", "is missing", remedy: "send a JSON Schema",
                    code: "missing_required_parameter")
            }
            return .jsonSchema(schema)
        default: return nil
        }
    }

    /// A schema as a value, or as text that holds one.
    private static func schema(_ value: JSONValue?, at path: String) throws(ZondaError) -> OutputConstraint? {
        guard let value, value != .null else { return nil }
        guard let text = value.string else { return .jsonSchema(value) }
        do throws(ZondaError) {
            return .jsonSchema(try JSONValue(parsing: text, name: path, maxDepth: 64))
        } catch {
            throw .member(path, "is no JSON: \(error.message)", remedy: "send a JSON Schema")
        }
    }

    private static func grammar(_ value: JSONValue?) throws(ZondaError) -> OutputConstraint? {
        if let text = value?.string { return .grammar(text) }
        guard let value, let type = value["type"]?.string else { return nil }
        if type == "json_schema" { return try schema(value["value"], at: "grammar.value") }
        guard let text = value["value"]?.string else {
            throw .member("grammar.value", "is no string", remedy: "a \(type) is written as text")
        }
        return type == "regex" ? .regex(text) : .grammar(text)
    }

    /// One of these texts and no other, as an expression.
    private static func choice(_ texts: [JSONValue]) -> OutputConstraint {
        let special = Set("\\^$.|?*+()[]{}")
        let escaped = texts.compactMap(\.string).map { text in
            text.reduce(into: "") { $0 += special.contains($1) ? "\\\($1)" : String($1) }
        }
        return .regex("(" + escaped.joined(separator: "|") + ")")
    }
}
