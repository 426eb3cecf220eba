import OrderedCollections
public import ZondaFormats

/// A route that takes a JSON body, with the tables of its members and of its answer: what documents are made from.
public struct WireRoute: Sendable {
    public var path: String
    /// What it makes, for names in documents: `ChatCompletion`.
    public var name: String
    public var summary: String
    public var fields: [WireField]
    public var answer: [WireField]
    /// Whether `stream` makes the answer server-sent events.
    public var streams = false
    /// A body that it answers.
    public var example: JSONValue

    /// Whether errors have Anthropic's form.
    public var isAnthropic: Bool { path.hasPrefix("/v1/messages") }

    public static let all: [WireRoute] = [
        WireRoute(
            path: "/v1/chat/completions", name: "ChatCompletion", summary: "Answers a conversation.",
            fields: WireField.chatCompletions, answer: WireField.chatCompletion, streams: true,
            example: .object(["model": "default", "messages": conversation, "max_tokens": 32])),
        WireRoute(
            path: "/v1/completions", name: "Completion", summary: "Continues a text.", fields: WireField.completions,
            answer: WireField.textCompletion, streams: true,
            example: .object(["model": "default", "prompt": "The sky is", "max_tokens": 8])),
        WireRoute(
            path: "/v1/embeddings", name: "EmbeddingList", summary: "Vectors of texts.", fields: WireField.embeddings,
            answer: WireField.embeddingList,
            example: .object(["model": "default", "input": .array(["The sky is blue.", "Grass is green."])])),
        WireRoute(
            path: "/v1/responses", name: "Response", summary: "Answers a conversation of items.",
            fields: WireField.responses, answer: WireField.response, streams: true,
            example: .object(["model": "default", "input": "Why is the sky blue?", "max_output_tokens": 32])),
        WireRoute(
            path: "/v1/messages", name: "Message", summary: "Answers a conversation, by Anthropic's API.",
            fields: WireField.messages, answer: WireField.anthropicAnswer, streams: true,
            example: .object(["model": "default", "messages": conversation, "max_tokens": 32])),
        WireRoute(
            path: "/v1/messages/count_tokens", name: "MessageTokens",
            summary: "Counts a conversation's tokens, by Anthropic's API.", fields: WireField.messagesCount,
            answer: WireField.messageTokens, example: .object(["model": "default", "messages": conversation])),
        WireRoute(
            path: "/tokenize", name: "Tokenization", summary: "The tokens of a text or a conversation.",
            fields: WireField.tokenize, answer: WireField.tokenization,
            example: .object(["prompt": "The sky is blue.", "return_token_strs": true])),
        WireRoute(
            path: "/detokenize", name: "Detokenization", summary: "The text of tokens.", fields: WireField.detokenize,
            answer: WireField.detokenization, example: .object(["tokens": .array([0, 1, 2])])),
    ]

    private static let conversation: JSONValue = .array([
        .object(["role": "user", "content": "Why is the sky blue?"])
    ])
}
