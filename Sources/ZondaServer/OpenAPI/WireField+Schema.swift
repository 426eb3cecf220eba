import OrderedCollections
import ZondaFormats
import ZondaWire

extension WireField.Kind {
    /// The JSON Schema (2020-12) of the values that it takes.
    var schema: JSONValue {
        switch self {
        case .boolean: .object(["type": "boolean"])
        case .integer(let range): .object(Self.bounded("integer", range, Int.min, Int.max) { .integer($0) })
        case .number(let range):
            .object(Self.bounded("number", range, -.greatestFiniteMagnitude, .greatestFiniteMagnitude) { .number($0) })
        case .string: .object(["type": "string"])
        case .oneOf(let names): .object(["type": "string", "enum": .array(names.map { .string($0) })])
        case .list(let kind, let count): .object(Self.list(kind, count))
        case .object(let fields): .object(Self.members(fields))
        case .map: .object(["type": "object"])
        case .anything: .object([:])
        case .either(let kinds): .object(["anyOf": .array(kinds.map(\.schema))])
        }
    }

    private static func list(_ kind: WireField.Kind, _ count: ClosedRange<Int>) -> OpenAPIDocument.Members {
        var schema: OpenAPIDocument.Members = ["type": "array", "items": kind.schema]
        if count.lowerBound > 0 { schema["minItems"] = .integer(count.lowerBound) }
        if count.upperBound < Int.max { schema["maxItems"] = .integer(count.upperBound) }
        return schema
    }

    /// Members that are refused are no properties: `x-refused` says what to do instead.
    private static func members(_ fields: [WireField]) -> OpenAPIDocument.Members {
        var properties: OpenAPIDocument.Members = [:]
        var refused: OpenAPIDocument.Members = [:]
        for field in fields {
            if case .refused(let remedy) = field.support {
                refused[field.name] = .string(remedy)
            } else {
                properties[field.name] = .object(field.schema)
            }
        }
        let required = fields.filter(\.isRequired).map { JSONValue.string($0.name) }
        var schema: OpenAPIDocument.Members = ["type": "object", "properties": .object(properties)]
        if !required.isEmpty { schema["required"] = .array(required) }
        schema["additionalProperties"] = false
        if !refused.isEmpty { schema["x-refused"] = .object(refused) }
        return schema
    }

    private static func bounded<Bound: Comparable>(
        _ type: String, _ range: ClosedRange<Bound>, _ lowest: Bound, _ highest: Bound, _ json: (Bound) -> JSONValue
    ) -> OpenAPIDocument.Members {
        var schema: OpenAPIDocument.Members = ["type": .string(type)]
        if range.lowerBound != lowest { schema["minimum"] = json(range.lowerBound) }
        if range.upperBound != highest { schema["maximum"] = json(range.upperBound) }
        return schema
    }
}

extension WireField {
    /// The schema of its values, with null where it may be left out.
    fileprivate var schema: OpenAPIDocument.Members {
        var schema = kind.schema.object ?? [:]
        if !isRequired { schema.allowNull() }
        schema["description"] = .string(summary)
        if support == .passedOver { schema["x-without-effect"] = true }
        return schema
    }
}

extension OpenAPIDocument.Members {
    /// `null` stands for an absent member.
    fileprivate mutating func allowNull() {
        if let type = self["type"] { self["type"] = .array([type, "null"]) }
        if let names = self["enum"]?.array { self["enum"] = .array(names + [.null]) }
        if let kinds = self["anyOf"]?.array { self["anyOf"] = .array(kinds + [.object(["type": "null"])]) }
    }
}
