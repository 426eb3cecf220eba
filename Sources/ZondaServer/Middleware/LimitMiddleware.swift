import HTTPTypes
import Hummingbird
import ZondaWire

/// Refuses requests with too many or too large headers. The parser has caps of its own far above these.
struct LimitMiddleware: RouterMiddleware {
    let options: ServerOptions

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        let headers = request.headers
        guard headers.count <= options.maxHeaderCount else {
            throw Self.tooLarge("\(headers.count) headers", "\(options.maxHeaderCount)", "--max-headers")
        }
        let size = headers.reduce(0) { $0 + $1.name.rawName.utf8.count + $1.value.utf8.count }
        guard size + request.uri.string.utf8.count <= options.maxHeaderByteCount else {
            throw Self.tooLarge("headers of \(size) bytes", "\(options.maxHeaderByteCount)", "--max-header-bytes")
        }
        return try await next(request, context)
    }

    private static func tooLarge(_ what: String, _ limit: String, _ flag: String) -> WireError {
        WireError(
            status: 431, type: "invalid_request_error",
            message: "the request has \(what) (use at most \(limit), or raise \(flag))", code: "headers_too_large")
    }
}
