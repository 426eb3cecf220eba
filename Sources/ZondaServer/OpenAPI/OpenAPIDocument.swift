import OrderedCollections
import Zonda
import ZondaFormats
import ZondaWire

/// The document at `/openapi.json`, made from the tables that requests are checked against.
///
/// Source: OpenAPI Specification 3.1.0; its schemas are JSON Schema 2020-12.
enum OpenAPIDocument {
    typealias Members = OrderedDictionary<String, JSONValue>

    static let json: JSONValue = .object([
        "openapi": "3.1.0",
        "info": .object([
            "title": "Zonda", "version": .string(zondaVersion),
            "description": "OpenAI's API and Anthropic's, over models on this machine.",
        ]),
        "tags": .array([
            tag("Answers", "Chats, completions, embeddings."), tag("Tokens", "Texts as tokens."),
            tag("Server", "Models, health, metrics."),
        ]),
        // A server without keys takes none; with keys, either form.
        "security": .array([.object([:]), .object(["bearer": .array([])]), .object(["header": .array([])])]),
        "paths": .object(paths),
        "components": .object([
            "schemas": .object(schemas), "responses": .object(OpenAPIError.components),
            "securitySchemes": .object([
                "bearer": .object(["type": "http", "scheme": "bearer"]),
                "header": .object(["type": "apiKey", "in": "header", "name": "x-api-key"]),
            ]),
        ]),
    ])

    private static func tag(_ name: String, _ description: String) -> JSONValue {
        .object(["name": .string(name), "description": .string(description)])
    }

    private static var paths: Members {
        var paths: Members = [:]
        for route in WireRoute.all { paths[route.path] = .object(["post": route.operation]) }
        for route in PlainRoute.all { paths[route.path] = .object(["get": route.operation]) }
        return paths
    }

    private static var schemas: Members {
        var schemas: Members = [:]
        for route in WireRoute.all {
            schemas["\(route.name)Request"] = WireField.Kind.object(route.fields).schema
            schemas[route.name] = WireField.Kind.object(route.answer).schema
        }
        for route in PlainRoute.all { schemas[route.name] = route.answer.map { WireField.Kind.object($0).schema } }
        schemas["Error"] = WireField.Kind.object(WireField.error).schema
        schemas["AnthropicError"] = WireField.Kind.object(WireField.anthropicError).schema
        return schemas
    }

    /// A schema among the components.
    static func reference(_ name: String) -> JSONValue { .object(["$ref": .string("#/components/schemas/\(name)")]) }
}
