import OrderedCollections
import Zonda
import ZondaCore
import ZondaFormats
import ZondaWire

extension Runner {
    /// Starts answering a conversation, `/v1/chat/completions`' body. Events: the response, or with `stream` its chunks.
    func chat(_ body: JSONValue?) throws(ZondaError) -> Request {
        let body = try ChatCompletionBody(body ?? .null)
        let request = body.request
        guard body.streaming.streams else {
            return Request { events in
                let response = try await self.sendChatCompletionRequest(request)
                events.post(
                    .json(
                        response.json().settingChoices(response.choices) { json, choice in
                            json["logprobs"] = choice.logprobs.python
                            json["tokens"] = .tokens(choice.tokens)
                        }.setting("usage", response.usage.python)))
            }
        }
        return Request { events in
            var writer = ChatChunkWriter(logprobs: true)
            var last = LastChunk(choiceCount: request.n, events)
            for try await chunk in self.streamChatCompletionRequest(request) {
                for json in writer.write(chunk) {
                    last.post(
                        json.settingChoices(chunk.choices) { json, choice in
                            json["logprobs"] = choice.logprobs.python
                        })
                }
                if let usage = chunk.usage { last.finish(usage) }
            }
        }
    }

    /// Starts continuing a text, `/v1/completions`' body with one prompt. Without `max_tokens` it goes on as far as the
    /// context reaches. Events: as of `chat`.
    func completion(_ value: JSONValue?) throws(ZondaError) -> Request {
        let body = try CompletionBody(value ?? .null)
        guard var request = body.requests.first, body.requests.count == 1 else {
            throw ZondaError(
                .badRequest, "there are \(body.requests.count) prompts", remedy: "send one request for each of them")
        }
        if (value?["max_tokens"] ?? .null) == .null { request.maxTokens = nil }
        guard body.streaming.streams else {
            return Request { [request] events in
                let response = try await self.sendCompletionRequest(request)
                events.post(
                    .json(
                        CompletionWriter().write([response]).settingChoices(response.choices) { json, choice in
                            json["logprobs"] = choice.logprobs.python
                            json["tokens"] = .tokens(choice.tokens)
                        }.setting("usage", response.usage.python)))
            }
        }
        return Request { [request] events in
            var writer = CompletionWriter(logprobs: true)
            var last = LastChunk(choiceCount: request.n, events)
            for try await chunk in self.streamCompletionRequest(request) {
                for json in writer.write(chunk) {
                    last.post(
                        json.settingChoices(chunk.choices) { json, choice in
                            json["logprobs"] = choice.logprobs.python
                        })
                }
                if let usage = chunk.usage { last.finish(usage) }
            }
        }
    }
}

/// Holds the chunk that ends the last choice until the usage is there, and puts it in: scripts look at `choices[0]` of every
/// chunk, so that none may be without choices.
private struct LastChunk {
    private let events: EventQueue
    private var unfinishedCount: Int
    private var held: JSONValue?

    init(choiceCount: Int, _ events: EventQueue) {
        unfinishedCount = choiceCount
        self.events = events
    }

    mutating func post(_ chunk: JSONValue) {
        for choice in chunk["choices"]?.array ?? [] where choice["finish_reason"]?.string != nil {
            unfinishedCount -= 1
        }
        guard unfinishedCount <= 0, held == nil else { return events.post(.json(chunk)) }
        held = chunk
    }

    mutating func finish(_ usage: Usage) {
        guard let chunk = held else { return }
        events.post(.json(chunk.setting("usage", usage.python)))
        held = nil
    }
}

/// A choice of an answer or a chunk, by its number.
private protocol IndexedChoice {
    var index: Int { get }
}

extension ChatCompletionResponse.Choice: IndexedChoice {}
extension ChatCompletionChunk.Choice: IndexedChoice {}
extension CompletionResponse.Choice: IndexedChoice {}
extension CompletionChunk.Choice: IndexedChoice {}

extension JSONValue {
    fileprivate static func tokens(_ tokens: [TokenID]) -> JSONValue { .array(tokens.map { .integer(Int($0)) }) }

    fileprivate func setting(_ key: String, _ value: JSONValue) -> JSONValue {
        var members = object ?? [:]
        members[key] = value
        return .object(members)
    }

    /// Changes each of the object's `choices` by what it was written from.
    fileprivate func settingChoices<Choice: IndexedChoice>(
        _ choices: [Choice], _ change: (inout OrderedDictionary<String, JSONValue>, Choice) -> Void
    ) -> JSONValue {
        let written = (self["choices"]?.array ?? []).map { json in
            guard var members = json.object, let choice = choices.first(where: { $0.index == json["index"]?.integer })
            else { return json }
            change(&members, choice)
            return .object(members)
        }
        return setting("choices", .array(written))
    }
}

extension Usage {
    /// OpenAI's usage, with the times that Python's `Usage` makes speeds of.
    fileprivate var python: JSONValue {
        json.setting("time_to_first_token", .number(timeToFirstToken)).setting("decode_time", .number(decodeTime))
    }
}

extension [TokenLogprob] {
    /// OpenAI's `logprobs`, with the tokens' ids; null for none.
    fileprivate var python: JSONValue {
        guard !isEmpty else { return .null }
        let content = map { token in
            JSONValue.object([
                "token": .string(token.text), "id": .integer(Int(token.token)),
                "logprob": .logprob(token.logprob),
                "top_logprobs": .array(
                    token.alternatives.map {
                        .object([
                            "token": .string($0.text), "id": .integer(Int($0.token)), "logprob": .logprob($0.logprob),
                        ])
                    }),
            ])
        }
        return .object(["content": .array(content)])
    }
}
