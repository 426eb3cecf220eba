import OrderedCollections
public import Zonda
public import ZondaFormats

/// A `text_completion` of OpenAI's API, from the answers to each prompt of a request.
public struct CompletionWriter: Sendable {
    private let fingerprint: String?
    private let logprobs: Bool
    private let includesUsage: Bool
    private let choicesPerPrompt: Int
    /// Characters that each choice has written, by its index on the wire.
    private var offsets: [Int: Int] = [:]

    public init(
        fingerprint: String? = nil, logprobs: Bool = false, includesUsage: Bool = false, choicesPerPrompt: Int = 1
    ) {
        self.fingerprint = fingerprint
        self.logprobs = logprobs
        self.includesUsage = includesUsage
        self.choicesPerPrompt = choicesPerPrompt
    }

    /// One answer with the choices of all prompts, in the prompts' order.
    public func write(_ responses: [CompletionResponse]) -> JSONValue {
        let choices = responses.enumerated().flatMap { prompt, response in
            response.choices.map { choice in
                json(
                    index: prompt * choicesPerPrompt + choice.index, choice.text, choice.logprobs, choice.finishReason,
                    offset: 0)
            }
        }
        let usage = Usage(summing: responses.map(\.usage))
        return envelope(
            responses.first?.id ?? WireID.make("cmpl-"), responses.first?.model ?? "",
            responses.first?.created ?? 0, choices, usage: usage?.json ?? .null)
    }

    /// The chunks that one of a stream becomes.
    ///
    /// - Parameter id: names the whole answer, of several prompts too.
    public mutating func write(_ chunk: CompletionChunk, prompt: Int = 0, id: String? = nil) -> [JSONValue] {
        var written: [JSONValue] = []
        for choice in chunk.choices {
            let index = prompt * choicesPerPrompt + choice.index
            let offset = offsets[index, default: 0]
            offsets[index] = offset + choice.text.unicodeScalars.count
            guard !choice.text.isEmpty || choice.finishReason != nil || (logprobs && !choice.logprobs.isEmpty) else {
                continue
            }
            let json = json(index: index, choice.text, choice.logprobs, choice.finishReason, offset: offset)
            written.append(envelope(id ?? chunk.id, chunk.model, chunk.created, [json], usage: .null))
        }
        return written
    }

    /// The chunk that gives a prompt back before its answer.
    public func write(echo text: String, index: Int, id: String, model: String, created: Int) -> JSONValue {
        envelope(id, model, created, [json(index: index, text, [], nil, offset: 0)], usage: .null)
    }

    /// The last chunk, where it was asked for.
    public func write(usage: Usage, id: String, model: String, created: Int) -> JSONValue? {
        includesUsage ? envelope(id, model, created, [], usage: usage.json) : nil
    }

    private func envelope(
        _ id: String, _ model: String, _ created: Int, _ choices: [JSONValue], usage: JSONValue
    ) -> JSONValue {
        var members: JSONObject = [
            "id": .string(id), "object": "text_completion", "created": .integer(created), "model": .string(model),
            "choices": .array(choices), "system_fingerprint": .optional(fingerprint),
        ]
        if includesUsage || usage != .null { members["usage"] = usage }
        return .object(members)
    }

    private func json(
        index: Int, _ text: String, _ tokens: [TokenLogprob], _ reason: FinishReason?, offset: Int
    ) -> JSONValue {
        .object([
            "index": .integer(index), "text": .string(text),
            "logprobs": logprobs ? tokens.completionJSON(from: offset) : .null,
            "finish_reason": .optional(reason?.rawValue),
        ])
    }
}

extension Usage {
    /// What several requests cost together; the time is that of the first token of all. Nil for none.
    public init?(summing usages: [Usage]) {
        guard var sum = usages.first else { return nil }
        for usage in usages.dropFirst() {
            sum.promptTokens += usage.promptTokens
            sum.completionTokens += usage.completionTokens
            sum.cachedTokens += usage.cachedTokens
            if let count = usage.reasoningTokens { sum.reasoningTokens = (sum.reasoningTokens ?? 0) + count }
            sum.timeToFirstToken = min(sum.timeToFirstToken, usage.timeToFirstToken)
            sum.decodeTime = max(sum.decodeTime, usage.decodeTime)
        }
        self = sum
    }
}
