import HTTPTypes
import Hummingbird
import Logging
import ZondaWire

/// Turns every error into a response of the API that was asked, and paths and methods that there are not into 404 and 405.
struct ErrorMiddleware: RouterMiddleware {
    /// The methods of each path, and of those that begin like one that ends in `**`.
    let methods: [String: [HTTPRequest.Method]]

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        let path = request.uri.path
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            return unknown(request, path)
        } catch let error as ClientGone {
            // Nobody reads a response any more; the connection is closed.
            context.channel.close(promise: nil)
            throw error
        } catch {
            let wire = WireError(any: error)
            // Refusals of one too many are as they should be; anything else of the kind is not.
            if wire.status == 500 { context.logger.error("\(path): \(error)") }
            let response = Response.error(wire, path: path)
            // The rest of the body is not wanted.
            return wire.status == 413 || wire.status == 408 ? response.closing(context.channel) : response
        }
    }

    private func unknown(_ request: Request, _ path: String) -> Response {
        guard let allowed = allowedMethods(path) else {
            let error = WireError(
                status: 404, type: "not_found_error",
                message: "there is nothing at \(path.prefix(128)) (/openapi.json says what there is)",
                code: "unknown_url")
            return Response.error(error, path: path)
        }
        let names = allowed.map(\.rawValue).joined(separator: ", ")
        let error = WireError(
            status: 405, type: "invalid_request_error",
            message: "\(request.method.rawValue) does not go with \(path) (use \(names))", code: "method_not_allowed")
        var response = Response.error(error, path: path)
        response.headers[.allow] = names
        return response
    }

    /// Nil for a path that there is not. Slashes at the end, and twice in a row, are one to the router too.
    private func allowedMethods(_ path: String) -> [HTTPRequest.Method]? {
        let path = "/" + path.split(separator: "/").joined(separator: "/")
        if let methods = methods[path] { return methods }
        return methods.first { $0.key.hasSuffix("/**") && path.hasPrefix($0.key.dropLast(2)) }?.value
    }
}
