/// A route that takes a JSON body, with the table of its members: what documents are made from.
public struct WireRoute: Sendable {
    public var path: String
    public var summary: String
    public var fields: [WireField]
    /// Whether `stream` makes the answer server-sent events.
    public var streams: Bool

    public static let all: [WireRoute] = [
        WireRoute(
            path: "/v1/chat/completions", summary: "Answers a conversation.", fields: WireField.chatCompletions,
            streams: true),
        WireRoute(path: "/v1/completions", summary: "Continues a text.", fields: WireField.completions, streams: true),
        WireRoute(path: "/v1/embeddings", summary: "Vectors of texts.", fields: WireField.embeddings, streams: false),
        WireRoute(
            path: "/v1/responses", summary: "Answers a conversation of items.", fields: WireField.responses,
            streams: true),
        WireRoute(
            path: "/v1/messages", summary: "Answers a conversation, by Anthropic's API.", fields: WireField.messages,
            streams: true),
        WireRoute(
            path: "/v1/messages/count_tokens", summary: "Counts a conversation's tokens, by Anthropic's API.",
            fields: WireField.messagesCount, streams: false),
        WireRoute(path: "/tokenize", summary: "The tokens of a text.", fields: WireField.tokenize, streams: false),
        WireRoute(path: "/detokenize", summary: "The text of tokens.", fields: WireField.detokenize, streams: false),
    ]
}
