import OrderedCollections
import ZondaFormats
import ZondaWire

extension WireRoute {
    /// The operation of `POST`.
    var operation: JSONValue {
        var content: OpenAPIDocument.Members = [
            "application/json": .object(["schema": OpenAPIDocument.reference(name)])
        ]
        if streams { content["text/event-stream"] = .object(["schema": .object(["type": "string"])]) }
        var responses: OpenAPIDocument.Members = [
            "200": .object(["description": .string(summary), "content": .object(content)])
        ]
        for error in OpenAPIError.ofBodies { responses["\(error.status)"] = error.reference(isAnthropic) }
        return .object([
            "operationId": .string("create\(name)"), "summary": .string(summary),
            "tags": .array([path.hasSuffix("tokenize") ? "Tokens" : "Answers"]),
            "requestBody": .object([
                "required": true,
                "content": .object([
                    "application/json": .object([
                        "schema": OpenAPIDocument.reference("\(name)Request"), "example": example,
                    ])
                ]),
            ]),
            "responses": .object(responses),
        ])
    }
}

/// A route that takes no body.
struct PlainRoute: Sendable {
    var path: String
    /// What it shows, for names in the document.
    var name: String
    var summary: String
    /// Nil for what is not JSON.
    var answer: [WireField]?
    var type = "application/json"
    /// Whether it answers without a key.
    var isOpen = false
    var errors = OpenAPIError.ofAll

    static let all = [
        PlainRoute(
            path: "/v1/models", name: "ModelList", summary: "The models of this server.", answer: WireField.modelList),
        PlainRoute(
            path: "/v1/models/{model}", name: "Model", summary: "A model of this server.", answer: WireField.modelInfo,
            errors: OpenAPIError.ofAll + [.notFound]),
        PlainRoute(
            path: "/health", name: "Health", summary: "Whether requests are answered.", answer: WireField.health,
            isOpen: true),
        PlainRoute(
            path: "/metrics", name: "Metrics", summary: "What was done so far, for Prometheus.", type: "text/plain"),
        PlainRoute(path: "/", name: "Page", summary: "A page to chat on.", type: "text/html", isOpen: true),
        PlainRoute(path: "/openapi.json", name: "Document", summary: "This document."),
    ]

    /// The operation of `GET`.
    var operation: JSONValue {
        let isJSON = type == "application/json"
        let plain = JSONValue.object(["type": isJSON ? "object" : "string"])
        let content = JSONValue.object([
            type: .object(["schema": answer == nil ? plain : OpenAPIDocument.reference(name)])
        ])
        var responses: OpenAPIDocument.Members = [
            "200": .object(["description": .string(summary), "content": content])
        ]
        for error in errors where !(isOpen && error == .unauthorized) {
            responses["\(error.status)"] = error.reference(false)
        }
        // Not ready is told in the same form, beside a time to come again.
        if name == "Health" { responses["503"] = OpenAPIError.unavailable.response(content) }
        var members: OpenAPIDocument.Members = [
            "operationId": .string("get\(name)"), "summary": .string(summary), "tags": .array(["Server"]),
            "responses": .object(responses),
        ]
        if isOpen { members["security"] = .array([]) }
        if path.hasSuffix("{model}") { members["parameters"] = .array([Self.modelParameter]) }
        return .object(members)
    }

    private static let modelParameter: JSONValue = .object([
        "name": "model", "in": "path", "required": true, "description": "Its name; `default` for the first one.",
        "schema": .object(["type": "string", "minLength": 1]), "example": "default",
    ])
}
