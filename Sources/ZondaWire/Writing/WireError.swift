import OrderedCollections
public import ZondaCore
public import ZondaFormats

/// How an error is told over HTTP.
public struct WireError: Error, Sendable {
    /// The HTTP status.
    public var status: Int
    /// OpenAI's kind of error: `invalid_request_error`.
    public var type: String
    public var message: String
    /// The member of the request that is wrong.
    public var param: String?
    public var code: String?
    /// Seconds after which another try makes sense.
    public var retryAfter: Int?

    public init(
        status: Int, type: String, message: String, param: String? = nil, code: String? = nil, retryAfter: Int? = nil
    ) {
        self.status = status
        self.type = type
        self.message = message
        self.param = param
        self.code = code
        self.retryAfter = retryAfter
    }

    public init(_ error: ZondaError) {
        let message = error.description
        let param = error.facts["param"]
        let code = error.facts["code"]
        switch error.code {
        case .badRequest, .badTemplate, .unsupported:
            self.init(status: 400, type: "invalid_request_error", message: message, param: param, code: code)
        case .contextExceeded:
            self.init(
                status: 400, type: "invalid_request_error", message: message, param: param,
                code: "context_length_exceeded")
        case .notFound:
            self.init(
                status: 404, type: "not_found_error", message: message, param: param, code: code ?? "not_found")
        case .cancelled, .outOfMemory:
            self.init(
                status: 503, type: "server_error", message: message, code: code ?? error.code.rawValue, retryAfter: 5)
        default: self.init(status: 500, type: "server_error", message: message, code: code ?? error.code.rawValue)
        }
    }

    /// OpenAI's form.
    public var json: JSONValue {
        .object([
            "error": .object([
                "message": .string(message), "type": .string(type), "param": .optional(param),
                "code": .optional(code),
            ])
        ])
    }

    /// Anthropic's form.
    public var anthropicJSON: JSONValue {
        let type =
            switch status {
            case 401: "authentication_error"
            case 403: "permission_error"
            case 404: "not_found_error"
            case 413: "request_too_large"
            case 429: "rate_limit_error"
            case 503: "overloaded_error"
            case 400..<500: "invalid_request_error"
            default: "api_error"
            }
        return .object([
            "type": "error", "error": .object(["type": .string(type), "message": .string(message)]),
        ])
    }
}
