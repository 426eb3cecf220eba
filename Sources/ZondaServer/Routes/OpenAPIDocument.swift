import OrderedCollections
import Zonda
import ZondaFormats
import ZondaWire

/// The OpenAPI 3.1 document at `/openapi.json`, made from the tables that requests are checked against.
enum OpenAPIDocument {
    static let json: JSONValue = .object([
        "openapi": "3.1.0",
        "info": .object(["title": "Zonda", "version": .string(zondaVersion)]),
        "paths": .object(paths),
        "components": .object([
            "securitySchemes": .object(["key": .object(["type": "http", "scheme": "bearer"])])
        ]),
    ])

    private static var paths: OrderedDictionary<String, JSONValue> {
        var paths: OrderedDictionary<String, JSONValue> = [:]
        for route in WireRoute.all {
            paths[route.path] = .object([
                "post": .object([
                    "summary": .string(route.summary),
                    "requestBody": .object([
                        "required": true,
                        "content": .object(["application/json": .object(["schema": route.schema])]),
                    ]),
                    "responses": responses(streams: route.streams),
                ])
            ])
        }
        for (path, summary, type) in plain {
            let content = JSONValue.object([type: .object([:])])
            paths[path] = .object([
                "get": .object([
                    "summary": .string(summary),
                    "responses": .object([
                        "200": .object(["description": "As it says.", "content": content]),
                        "default": error,
                    ]),
                ])
            ])
        }
        return paths
    }

    private static let plain = [
        ("/v1/models", "The models of this server.", "application/json"),
        ("/health", "Whether the server is ready.", "application/json"),
        ("/metrics", "What it has done, for Prometheus.", "text/plain"),
    ]

    private static func responses(streams: Bool) -> JSONValue {
        var content: OrderedDictionary<String, JSONValue> = ["application/json": .object([:])]
        if streams { content["text/event-stream"] = .object([:]) }
        return .object([
            "200": .object(["description": "The answer.", "content": .object(content)]), "default": error,
        ])
    }

    private static let error: JSONValue = .object([
        "description": "An error, with what to do about it.",
        "content": .object(["application/json": .object([:])]),
    ])
}

extension WireRoute {
    fileprivate var schema: JSONValue { WireField.Kind.object(fields).schema }
}

extension WireField.Kind {
    /// The JSON Schema (2020-12) of the values that it takes.
    var schema: JSONValue {
        switch self {
        case .boolean: .object(["type": "boolean"])
        case .integer(let range): .object(Self.bounded("integer", range, Int.min, Int.max) { .integer($0) })
        case .number(let range):
            .object(
                Self.bounded("number", range, -.greatestFiniteMagnitude, .greatestFiniteMagnitude) { .number($0) })
        case .string: .object(["type": "string"])
        case .oneOf(let names): .object(["type": "string", "enum": .array(names.map { .string($0) })])
        case .list(let kind, let count):
            .object([
                "type": "array", "items": kind.schema, "minItems": .integer(count.lowerBound),
                "maxItems": .integer(count.upperBound),
            ])
        case .object(let fields): .object(Self.members(fields))
        case .map: .object(["type": "object"])
        case .anything: .object([:])
        case .either(let kinds): .object(["anyOf": .array(kinds.map(\.schema))])
        }
    }

    private static func members(_ fields: [WireField]) -> OrderedDictionary<String, JSONValue> {
        var properties: OrderedDictionary<String, JSONValue> = [:]
        for field in fields {
            if case .refused = field.support { continue }
            var schema = field.kind.schema.object ?? [:]
            schema["description"] = .string(field.summary)
            properties[field.name] = .object(schema)
        }
        let required = fields.filter(\.isRequired).map { JSONValue.string($0.name) }
        return [
            "type": "object", "properties": .object(properties), "required": .array(required),
            "additionalProperties": false,
        ]
    }

    private static func bounded<Bound: Comparable>(
        _ type: String, _ range: ClosedRange<Bound>, _ lowest: Bound, _ highest: Bound, _ json: (Bound) -> JSONValue
    ) -> OrderedDictionary<String, JSONValue> {
        var schema: OrderedDictionary<String, JSONValue> = ["type": .string(type)]
        if range.lowerBound != lowest { schema["minimum"] = json(range.lowerBound) }
        if range.upperBound != highest { schema["maximum"] = json(range.upperBound) }
        return schema
    }
}
