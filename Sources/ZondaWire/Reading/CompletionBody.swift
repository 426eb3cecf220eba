public import Zonda
public import ZondaCore
public import ZondaFormats

/// The body of `POST /v1/completions`.
///
/// Source: OpenAI's API reference, "Completions".
public struct CompletionBody: Sendable {
    /// One for each prompt; the choices of each come after those of the one before.
    public var requests: [CompletionRequest]
    public var streaming: WireStreaming

    /// - Throws: `badRequest` whose fact `param` names the member that is wrong.
    public init(_ body: JSONValue) throws(ZondaError) {
        try WireField.check(body, against: WireField.completions)
        streaming = try WireStreaming(body)
        var options = try GenerationOptions(body)
        // As the API has it: whoever wants more says so.
        options.maxTokens = body["max_tokens"]?.integer ?? body["n_predict"]?.integer ?? 16
        options.logprobs = body["logprobs"]?.integer
        if let best = body["best_of"]?.integer, best != options.n {
            throw .member(
                "best_of", "is \(best) and n is \(options.n)", remedy: "leave it out, and choose from n yourself")
        }
        let echo = body["echo"]?.bool ?? false
        if echo, options.logprobs != nil {
            throw .member(
                "echo", "is true beside logprobs", remedy: "use the Swift or Python API for logits of a prompt")
        }
        let model = body["model"]?.string ?? "default"
        requests = WirePrompt.list(body["prompt"]).map { prompt in
            var request: CompletionRequest
            switch prompt {
            case .text(let text): request = CompletionRequest(model: model, prompt: text, options: options)
            case .tokens(let tokens): request = CompletionRequest(model: model, tokens: tokens, options: options)
            }
            request.echo = echo
            return request
        }
        guard requests.count * options.n <= WireCaps.prompts else {
            throw .member(
                "n", "is \(options.n) for \(requests.count) prompts",
                remedy: "ask for at most \(WireCaps.prompts) answers in one request")
        }
    }
}

/// A text or tokens.
public typealias WirePrompt = CompletionRequest.Prompt

extension WirePrompt {
    /// The checked prompts of a request, in their four forms.
    static func list(_ value: JSONValue?) -> [WirePrompt] {
        guard let value else { return [] }
        if let text = value.string { return [.text(text)] }
        let elements = value.array ?? []
        if elements.first?.integer != nil { return [.tokens(value.tokens)] }
        return elements.map { element in element.string.map { .text($0) } ?? .tokens(element.tokens) }
    }
}
