import Foundation
import HTTPTypes
import Hummingbird
import OrderedCollections
import Zonda
import ZondaFormats
import ZondaWire

/// What a server says of itself: `/health`, `/metrics`, `/v1/models`, `/openapi.json`.
struct StatusRoutes: Sendable {
    let services: Services

    /// 200 once the first model is loaded, or at once where models are loaded when they are asked for.
    func health(_ request: Request, _ context: ServerContext) -> Response {
        let isReady = services.options.isLazy || services.pool.statuses.contains { $0.runner != nil }
        let status = services.admission.isDraining ? "shutting_down" : isReady ? "ok" : "loading"
        var response = Response.json(
            .object(["status": .string(status)]), status: status == "ok" ? .ok : .serviceUnavailable)
        if status != "ok" { response.headers[.retryAfter] = "5" }
        return response
    }

    func metrics(_ request: Request, _ context: ServerContext) -> Response {
        .text(services.metrics.text(services.pool.statuses), type: "text/plain; version=0.0.4; charset=utf-8")
    }

    func openAPI(_ request: Request, _ context: ServerContext) -> Response { .json(OpenAPIDocument.json) }

    func models(_ request: Request, _ context: ServerContext) -> Response {
        .json(.object(["object": "list", "data": .array(services.pool.statuses.map(json))]))
    }

    /// `GET /v1/models/{name}`: names may have slashes.
    func model(_ request: Request, _ context: ServerContext) throws -> Response {
        let path = request.uri.path.dropFirst("/v1/models/".count)
        let name = try services.pool.name(of: path.removingPercentEncoding ?? String(path))
        guard let status = services.pool.statuses.first(where: { $0.name == name }) else {
            throw HTTPError(.notFound)
        }
        return .json(json(status))
    }

    private func json(_ status: ModelPool.Status) -> JSONValue {
        var members: OrderedDictionary<String, JSONValue> = [
            "id": .string(status.name), "object": "model", "created": .integer(services.pool.created),
            "owned_by": "zonda", "loaded": .bool(status.runner != nil),
        ]
        if let model = status.runner?.model {
            members["max_model_len"] = .integer(model.maxSequenceLength)
            members["architecture"] = .string(model.architecture)
        }
        return .object(members)
    }
}
