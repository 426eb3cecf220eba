import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import ZondaWire

/// Lets in requests with one of the server's keys, as `Authorization: Bearer KEY` or, as Anthropic's clients send it,
/// `x-api-key: KEY`.
///
/// Only hashes of keys are kept. All of them are compared, each in the same time whether it is equal or not, so that the
/// time tells nothing about a key. The page and `/health` are open: they tell nothing.
struct KeyMiddleware: RouterMiddleware {
    private let digests: [SHA256Digest]
    private static let openPaths: Set = ["/", "/health"]

    init(_ keys: [String]) { digests = keys.map(Self.digest) }

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        guard digests.isEmpty || Self.openPaths.contains(request.uri.path) || isAllowed(request.headers) else {
            throw WireError(
                status: 401, type: "invalid_request_error",
                message: "the request has no key of this server (send Authorization: Bearer KEY)",
                code: "invalid_api_key")
        }
        return try await next(request, context)
    }

    private func isAllowed(_ headers: HTTPFields) -> Bool {
        let prefix = "bearer "
        let authorization = headers[.authorization] ?? ""
        let isBearer = authorization.lowercased().hasPrefix(prefix)
        let key = isBearer ? String(authorization.dropFirst(prefix.count)) : headers[Self.apiKey] ?? ""
        let digest = Self.digest(key)
        // Digests compare in constant time, and the comparison stands first: none is left out after a match.
        return digests.reduce(false) { ($1 == digest) || $0 }
    }

    private static func digest(_ key: String) -> SHA256Digest { SHA256.hash(data: Data(key.utf8)) }
    private static let apiKey = HTTPField.Name("x-api-key")!
}
