import Hummingbird
import Zonda
import ZondaWire

/// `POST /v1/embeddings`.
struct EmbeddingRoute: Sendable {
    let services: Services

    func answer(_ request: Request, _ context: ServerContext) async throws -> Response {
        let body = try EmbeddingBody(try await services.body(of: request, context))
        let answering = try await Answering.begin(services, context, model: body.model, streams: false)
        return try await answering.whole {
            let inputs = try body.inputs.map { try answering.runner.tokens(of: $0, in: "input") }
            let vectors = try await inputs.mapTogether {
                try await answering.runner.embedding(of: $0, pooling: answering.options.pooling)
            }
            try body.checkDimensions(vectors.first?.count ?? 0)
            let count = inputs.reduce(0) { $0 + $1.count }
            answering.services.metrics.note(answering.model, promptTokens: count, since: answering.start)
            return EmbeddingWriter(model: answering.model, format: body.format).write(vectors, promptTokens: count)
        }
    }
}
