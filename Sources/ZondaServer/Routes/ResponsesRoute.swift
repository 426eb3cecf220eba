import Hummingbird
import Zonda
import ZondaWire

/// `POST /v1/responses`.
struct ResponsesRoute: Sendable {
    let services: Services

    func answer(_ request: Request, _ context: ServerContext) async throws -> Response {
        var body = try ResponsesBody(try await services.body(of: request, context))
        let answering = try await Answering.begin(services, context, model: body.request.model, streams: body.streams)
        body.request.model = answering.model
        let writer = ResponsesWriter(body, model: answering.model, created: Answering.now)
        return try await body.streams ? stream(body, writer, answering) : whole(body, writer, answering)
    }

    private func whole(
        _ body: ResponsesBody, _ writer: ResponsesWriter, _ answering: Answering
    ) async throws -> Response {
        try await answering.whole {
            let response = try await answering.runner.sendChatCompletionRequest(body.request)
            answering.note(response.usage, response.choices.map(\.finishReason))
            return writer.write(response)
        }
    }

    private func stream(
        _ body: ResponsesBody, _ first: ResponsesWriter, _ answering: Answering
    ) async throws -> Response {
        try await answering.stream { sink in
            var writer = first
            var notes = StreamNotes()
            var hasBegun = false
            for try await chunk in answering.runner.streamChatCompletionRequest(body.request) {
                // An error before the first token is told by the status.
                if !hasBegun { for event in writer.start() { try sink.send(ServerSentEvent.named(event)) } }
                hasBegun = true
                for event in writer.write(chunk) { try sink.send(ServerSentEvent.named(event)) }
                notes.add(chunk.choices.map(\.finishReason), chunk.usage, answering)
            }
            try Task.checkCancellation()
        } failed: { error in
            var writer = first
            return writer.fail(error).map(ServerSentEvent.named)
        }
    }
}
