import OrderedCollections
import ZondaFormats

/// An error that operations have in common: a response among the document's components.
struct OpenAPIError: Equatable {
    var status: Int
    var name: String
    var description: String
    /// A header that comes with it, and what it says.
    var header: (name: String, description: String)?

    static func == (a: OpenAPIError, b: OpenAPIError) -> Bool { a.status == b.status }

    static let unauthorized = OpenAPIError(
        status: 401, name: "Unauthorized", description: "The request has no key of this server.",
        header: ("WWW-Authenticate", "How keys are sent."))
    static let notFound = OpenAPIError(status: 404, name: "NotFound", description: "There is no such model.")
    static let unavailable = OpenAPIError(
        status: 503, name: "Unavailable", description: "Too much is asked at once, or the server is about to stop.",
        header: ("Retry-After", "Seconds after which to come again."))

    /// Of every operation.
    static let ofAll = [
        unauthorized,
        OpenAPIError(
            status: 403, name: "Forbidden", description: "A page of another site, or a host name that is not allowed."),
        OpenAPIError(status: 431, name: "HeadersTooLarge", description: "The headers are too many, or too large."),
    ]

    /// Of operations that take a body.
    static let ofBodies =
        [
            OpenAPIError(
                status: 400, name: "BadRequest",
                description: "The body is no JSON, or holds what is not taken; the message says what to do."),
            notFound,
            OpenAPIError(status: 408, name: "Timeout", description: "The body did not come in time."),
            OpenAPIError(status: 413, name: "TooLarge", description: "The body is too large."), unavailable,
        ] + ofAll

    /// All, in OpenAI's form and in Anthropic's.
    static var components: OpenAPIDocument.Members {
        var components: OpenAPIDocument.Members = [:]
        for error in ofBodies {
            for isAnthropic in [false, true] {
                let schema = OpenAPIDocument.reference(isAnthropic ? "AnthropicError" : "Error")
                components[error.component(isAnthropic)] = error.response(
                    .object(["application/json": .object(["schema": schema])]))
            }
        }
        return components
    }

    func reference(_ isAnthropic: Bool) -> JSONValue {
        .object(["$ref": .string("#/components/responses/\(component(isAnthropic))")])
    }

    func response(_ content: JSONValue) -> JSONValue {
        var members: OpenAPIDocument.Members = ["description": .string(description), "content": content]
        if let header {
            members["headers"] = .object([
                header.name: .object([
                    "description": .string(header.description), "schema": .object(["type": "string"]), "required": true,
                ])
            ])
        }
        return .object(members)
    }

    private func component(_ isAnthropic: Bool) -> String { isAnthropic ? "Anthropic\(name)" : name }
}
