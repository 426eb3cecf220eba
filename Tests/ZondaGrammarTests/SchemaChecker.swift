import OrderedCollections
import ZondaFormats

/// A few keywords of JSON Schema, checked as the specification reads: nothing of the compiler is in it.
enum SchemaChecker {
    static func accepts(_ schema: JSONValue, _ value: JSONValue, root: JSONValue) -> Bool {
        guard let keywords = schema.object else { return schema.bool ?? false }
        for (keyword, argument) in keywords {
            switch keyword {
            case "type":
                guard (argument.array ?? [argument]).contains(where: { isOf($0.string ?? "", value) }) else {
                    return false
                }
            case "enum": guard argument.array?.contains(value) ?? false else { return false }
            case "const": guard argument == value else { return false }
            case "minimum": if let number = value.double, number < argument.double ?? 0 { return false }
            case "maximum": if let number = value.double, number > argument.double ?? 0 { return false }
            case "minLength":
                if let text = value.string, text.unicodeScalars.count < argument.integer ?? 0 { return false }
            case "maxLength":
                if let text = value.string, text.unicodeScalars.count > argument.integer ?? 0 { return false }
            case "minItems": if let list = value.array, list.count < argument.integer ?? 0 { return false }
            case "maxItems": if let list = value.array, list.count > argument.integer ?? 0 { return false }
            case "items":
                for element in value.array ?? [] where !accepts(argument, element, root: root) { return false }
            case "required":
                guard let members = value.object else { break }
                for name in argument.array ?? [] where members[name.string ?? ""] == nil { return false }
            case "properties", "additionalProperties":
                for (name, member) in value.object ?? [:] {
                    let property = keywords["properties"]?[name]
                    guard let found = keyword == "properties" ? property : property ?? argument else { continue }
                    if !accepts(found, member, root: root) { return false }
                }
            case "anyOf":
                guard (argument.array ?? []).contains(where: { accepts($0, value, root: root) }) else { return false }
            case "$ref": guard accepts(root, value, root: root) else { return false }
            default: return false
            }
        }
        return true
    }

    private static func isOf(_ type: String, _ value: JSONValue) -> Bool {
        switch (type, value) {
        case ("null", .null), ("boolean", .bool), ("string", .string), ("array", .array), ("object", .object),
            ("integer", .integer), ("number", .integer), ("number", .number):
            true
        default: false
        }
    }
}
