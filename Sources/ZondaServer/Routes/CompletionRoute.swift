import Hummingbird
import Zonda
import ZondaWire

/// `POST /v1/completions`.
struct CompletionRoute: Sendable {
    let services: Services

    func answer(_ request: Request, _ context: ServerContext) async throws -> Response {
        var body = try CompletionBody(try await services.body(of: request, context))
        let answering = try await Answering.begin(
            services, context, model: body.requests.first?.model ?? "default", streams: body.streaming.streams)
        for index in body.requests.indices { body.requests[index].model = answering.model }
        return try await body.streaming.streams ? stream(body, answering) : whole(body, answering)
    }

    private func writer(_ body: CompletionBody, _ answering: Answering) -> CompletionWriter {
        CompletionWriter(
            fingerprint: answering.fingerprint, logprobs: body.requests.first?.logprobs != nil,
            includesUsage: body.streaming.includesUsage, choicesPerPrompt: body.requests.first?.n ?? 1)
    }

    private func whole(_ body: CompletionBody, _ answering: Answering) async throws -> Response {
        let writer = writer(body, answering)
        return try await answering.whole {
            let responses = try await body.requests.mapTogether {
                try await answering.runner.sendCompletionRequest($0)
            }
            for response in responses { answering.note(response.usage, response.choices.map(\.finishReason)) }
            return writer.write(responses)
        }
    }

    private func stream(_ body: CompletionBody, _ answering: Answering) async throws -> Response {
        let first = writer(body, answering)
        return try await answering.stream { sink in
            let (id, created) = (WireID.make("cmpl-"), Answering.now)
            let usages = try await Array(body.requests.enumerated()).mapTogether { prompt, request in
                // Offsets are each choice's own, so every prompt has its writer.
                var writer = first
                var notes = StreamNotes()
                var usage: Usage?
                if request.echo { try Self.echo(request, prompt, id, created, writer, answering, sink) }
                for try await chunk in answering.runner.streamCompletionRequest(request) {
                    for json in writer.write(chunk, prompt: prompt, id: id) {
                        try sink.send(ServerSentEvent.data(json))
                    }
                    notes.add(chunk.choices.map(\.finishReason), chunk.usage, answering)
                    usage = chunk.usage ?? usage
                }
                return usage
            }
            try Task.checkCancellation()
            if let usage = Usage(summing: usages.compactMap { $0 }),
                let json = first.write(usage: usage, id: id, model: answering.model, created: created)
            {
                try sink.send(ServerSentEvent.data(json))
            }
            try sink.send(ServerSentEvent.done)
        } failed: { error in
            [ServerSentEvent.data(error.json), ServerSentEvent.done]
        }
    }

    /// Sends the prompt before each of its answers.
    private static func echo(
        _ request: CompletionRequest, _ prompt: Int, _ id: String, _ created: Int, _ writer: CompletionWriter,
        _ answering: Answering, _ sink: EventStream.Sink
    ) throws {
        let text = try answering.runner.text(of: request.prompt)
        for choice in 0..<request.n {
            let json = writer.write(
                echo: text, index: prompt * request.n + choice, id: id, model: answering.model, created: created)
            try sink.send(ServerSentEvent.data(json))
        }
    }
}
