import Hummingbird
import Zonda
import ZondaWire

/// `POST /v1/chat/completions`.
struct ChatRoute: Sendable {
    let services: Services

    func answer(_ request: Request, _ context: ServerContext) async throws -> Response {
        var body = try ChatCompletionBody(try await services.body(of: request, context))
        let answering = try await Answering.begin(
            services, context, model: body.request.model, streams: body.streaming.streams)
        body.request.model = answering.model
        return try await body.streaming.streams ? stream(body, answering) : whole(body, answering)
    }

    private func whole(_ body: ChatCompletionBody, _ answering: Answering) async throws -> Response {
        try await answering.whole {
            let response = try await answering.runner.sendChatCompletionRequest(body.request)
            answering.note(response.usage, response.choices.map(\.finishReason))
            return response.json(fingerprint: answering.fingerprint, logprobs: body.request.logprobs != nil)
        }
    }

    private func stream(_ body: ChatCompletionBody, _ answering: Answering) async throws -> Response {
        try await answering.stream { sink in
            var writer = ChatChunkWriter(
                fingerprint: answering.fingerprint, logprobs: body.request.logprobs != nil,
                includesUsage: body.streaming.includesUsage)
            var notes = StreamNotes()
            for try await chunk in answering.runner.streamChatCompletionRequest(body.request) {
                for json in writer.write(chunk) { try sink.send(ServerSentEvent.data(json)) }
                notes.add(chunk.choices.map(\.finishReason), chunk.usage, answering)
            }
            try Task.checkCancellation()
            try sink.send(ServerSentEvent.done)
        } failed: { error in
            [ServerSentEvent.data(error.json), ServerSentEvent.done]
        }
    }
}
