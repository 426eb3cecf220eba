import OrderedCollections
import ZondaCore
import ZondaFormats

/// Which keywords a schema may have. Whatever is not listed is an error: a constraint that is passed over would be broken
/// silently.
enum SchemaKeyword {
    /// These say nothing of which values are valid (JSON Schema 2020-12, Core 8.3 and Validation 9, 8; OpenAPI).
    private static let annotations: Set<String> = [
        "title", "description", "default", "examples", "example", "deprecated", "readOnly", "writeOnly", "$comment",
        "contentEncoding", "contentMediaType", "contentSchema", "discriminator",
    ]

    private static let structure: Set<String> = [
        "$schema", "$id", "$anchor", "$dynamicAnchor", "$defs", "definitions", "$ref", "allOf", "anyOf", "oneOf", "not",
        "if", "then", "else", "dependentRequired", "dependentSchemas",
    ]

    private static let assertions: Set<String> = [
        "type", "enum", "const", "properties", "required", "additionalProperties", "patternProperties", "propertyNames",
        "minProperties", "maxProperties", "items", "prefixItems", "minItems", "maxItems", "uniqueItems", "minLength",
        "maxLength", "pattern", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    ]

    /// Whether it restricts values by itself.
    static func isAssertion(_ keyword: String) -> Bool { assertions.contains(keyword) || keyword == "not" }

    /// Dialects in which the keywords above mean what 2020-12 says, or are told apart by their values' kinds.
    private static let dialects = ["draft/2020-12/", "draft/2019-09/", "draft-07/", "draft-06/"]

    /// - Throws: `ZondaError` of code `badRequest` with the first keyword that is not supported.
    static func check(_ schema: JSONValue, at pointer: String) throws(ZondaError) {
        guard case .object(let members) = schema else {
            if case .bool = schema { return }
            throw SchemaDocument.failure("\(schema.kind) where a schema should be", at: pointer, remedy: nil)
        }
        for (key, value) in members {
            guard !annotations.contains(key), !key.hasPrefix("x-") else { continue }
            let place = pointer + "/" + SchemaDocument.escaping(key)
            guard structure.contains(key) || assertions.contains(key) else {
                throw SchemaDocument.failure(
                    "the keyword \"\(key)\" is not supported", at: place,
                    remedy: "leave it out, and check what it says after the answer")
            }
            switch key {
            case "$schema":
                guard let text = value.string, dialects.contains(where: { text.contains("json-schema.org/" + $0) })
                else {
                    throw SchemaDocument.failure(
                        "$schema \(value.text) is not supported", at: place, remedy: "write it for draft 2020-12")
                }
            case "$id" where !pointer.isEmpty:
                throw SchemaDocument.failure("$id below the root is not supported", at: place, remedy: nil)
            case "then" where members["if"] != nil, "else" where members["if"] != nil:
                throw SchemaDocument.failure(
                    "\"if\" with \"\(key)\" is not supported", at: place, remedy: "write the cases as anyOf")
            case "uniqueItems" where value != false:
                guard let limit = members["maxItems"]?.integer, limit <= 1 else {
                    throw SchemaDocument.failure(
                        "uniqueItems is not supported", at: place, remedy: "leave it out, and check after the answer")
                }
            default: break
            }
        }
    }
}
