import Hummingbird
import Zonda
import ZondaCore
import ZondaWire

/// `POST /v1/embeddings`.
struct EmbeddingRoute: Sendable {
    let services: Services

    func answer(_ request: Request, _ context: ServerContext) async throws -> Response {
        let body = try EmbeddingBody(try await services.body(of: request, context))
        let answering = try await Answering.begin(services, context, model: body.model, streams: false)
        return try await answering.whole {
            let inputs = try body.inputs.map { try Self.tokens(of: $0, answering.runner) }
            let vectors = try await withThrowingTaskGroup(of: (Int, [Float]).self) { group in
                for (index, tokens) in inputs.enumerated() {
                    group.addTask {
                        (index, try await answering.runner.embedding(of: tokens, pooling: answering.options.pooling))
                    }
                }
                var vectors: [Int: [Float]] = [:]
                for try await (index, vector) in group { vectors[index] = vector }
                return inputs.indices.compactMap { vectors[$0] }
            }
            try body.checkDimensions(vectors.first?.count ?? 0)
            let count = inputs.reduce(0) { $0 + $1.count }
            answering.services.metrics.note(answering.model, promptTokens: count, since: answering.start)
            return EmbeddingWriter(model: answering.model, format: body.format).write(vectors, promptTokens: count)
        }
    }

    private static func tokens(of input: WirePrompt, _ runner: Runner) throws(ZondaError) -> [TokenID] {
        switch input {
        case .text(let text): try runner.tokenize(text)
        case .tokens(let tokens): tokens
        }
    }
}
