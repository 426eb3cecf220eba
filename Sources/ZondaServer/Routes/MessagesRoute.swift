import Hummingbird
import OrderedCollections
import Zonda
import ZondaFormats
import ZondaWire

/// `POST /v1/messages` and `POST /v1/messages/count_tokens`, of Anthropic's API.
struct MessagesRoute: Sendable {
    let services: Services

    func answer(_ request: Request, _ context: ServerContext) async throws -> Response {
        var body = try MessagesBody(try await services.body(of: request, context))
        let answering = try await Answering.begin(services, context, model: body.request.model, streams: body.streams)
        body.request.model = answering.model
        return try await body.streams ? stream(body, answering) : whole(body, answering)
    }

    /// Counts the tokens that a conversation becomes.
    func count(_ request: Request, _ context: ServerContext) async throws -> Response {
        let body = try MessagesBody(try await services.body(of: request, context), counts: true)
        let lease = try await services.pool.lease(body.request.model, queues: false)
        return .json(.object(["input_tokens": .integer(try lease.runner.chatPrompt(body.request).count)]))
    }

    private func whole(_ body: MessagesBody, _ answering: Answering) async throws -> Response {
        try await answering.whole {
            let response = try await answering.runner.sendChatCompletionRequest(body.request)
            answering.note(response.usage, response.choices.map(\.finishReason))
            return MessagesWriter(model: answering.model).write(response)
        }
    }

    private func stream(_ body: MessagesBody, _ answering: Answering) async throws -> Response {
        try await answering.stream(keepAlive: ServerSentEvent.named(MessagesWriter.ping)) { sink in
            var writer = MessagesWriter(model: answering.model)
            var notes = StreamNotes()
            var hasBegun = false
            for try await chunk in answering.runner.streamChatCompletionRequest(body.request) {
                // An error before the first token is told by the status.
                if !hasBegun {
                    for event in writer.start(inputTokens: chunk.promptTokens) {
                        try sink.send(ServerSentEvent.named(event))
                    }
                }
                hasBegun = true
                for event in writer.write(chunk) { try sink.send(ServerSentEvent.named(event)) }
                notes.add(chunk.choices.map(\.finishReason), chunk.usage, answering)
            }
            try Task.checkCancellation()
        } failed: { error in
            [ServerSentEvent.named(MessagesWriter(model: answering.model).fail(error))]
        }
    }
}
