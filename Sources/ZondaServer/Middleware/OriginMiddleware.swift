import HTTPTypes
import Hummingbird
import ZondaWire

/// Keeps pages of other sites away: they could use a server on this machine through a person's browser.
///
/// A request that names another origin than the server's own is refused unless that origin is allowed, in which case the
/// answer says so (Fetch standard, "CORS protocol"). Where only this machine is listened to, the host that a request
/// names must be this machine, as a name of an attacker's can lead to it (DNS rebinding).
struct OriginMiddleware: RouterMiddleware {
    let options: ServerOptions

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        let host = request.head.authority ?? ""
        if options.isLoopback, !Self.isLocal(host, or: options.host) {
            throw Self.forbidden(
                "the host \"\(host.prefix(64))\" is not this machine (use localhost)", "host_not_allowed")
        }
        guard let origin = request.headers[.origin] else { return try await next(request, context) }
        if origin == "http://\(host)" || origin == "https://\(host)" { return try await next(request, context) }
        guard options.corsOrigins.contains("*") || options.corsOrigins.contains(origin) else {
            throw Self.forbidden(
                "pages of \(origin.prefix(64)) may not use this server (allow them with --cors-origin)",
                "origin_not_allowed")
        }
        if request.method == .options { return preflight(request, origin) }
        var response = try await next(request, context)
        allow(origin, in: &response)
        return response
    }

    private func preflight(_ request: Request, _ origin: String) -> Response {
        var response = Response(status: .noContent)
        allow(origin, in: &response)
        response.headers[.accessControlAllowMethods] = "GET, POST, OPTIONS"
        response.headers[.accessControlAllowHeaders] =
            request.headers[.accessControlRequestHeaders] ?? "authorization, content-type"
        response.headers[.accessControlMaxAge] = "600"
        return response
    }

    private func allow(_ origin: String, in response: inout Response) {
        response.headers[.accessControlAllowOrigin] = options.corsOrigins.contains("*") ? "*" : origin
        response.headers[.vary] = "Origin"
    }

    /// Whether `authority`, a host with or without a port, is this machine.
    static func isLocal(_ authority: String, or own: String) -> Bool {
        var host = authority.lowercased()[...]
        if host.hasPrefix("[") {
            host = host.dropFirst().prefix { $0 != "]" }
        } else {
            host = host.prefix { $0 != ":" }
        }
        if host == "localhost" || host == "::1" || host == own { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    private static func forbidden(_ message: String, _ code: String) -> WireError {
        WireError(status: 403, type: "invalid_request_error", message: message, code: code)
    }
}
