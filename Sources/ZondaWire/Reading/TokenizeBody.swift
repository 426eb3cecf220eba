import OrderedCollections
public import Zonda
public import ZondaCore
public import ZondaFormats

/// The body of `POST /tokenize`, in vLLM's or llama.cpp's form.
public struct TokenizeBody: Sendable {
    public var model: String
    public var input: Input
    public var addsSpecialTokens: Bool
    /// Whether the text of each token is wanted too.
    public var wantsPieces: Bool
    /// Whether the answer is llama.cpp's.
    public var isLlamaForm: Bool

    public enum Input: Sendable {
        case text(String)
        case chat(ChatCompletionRequest)
    }

    /// - Throws: `badRequest` whose fact `param` names the member that is wrong.
    public init(_ body: JSONValue) throws(ZondaError) {
        try WireField.check(body, against: WireField.tokenize)
        let given = ["prompt", "content", "messages"].filter { body[$0, default: .null] != .null }
        guard given.count == 1, let name = given.first else {
            throw .member(
                given.last ?? "prompt", given.isEmpty ? "is missing" : "stands beside \(given[0])",
                remedy: "send one of prompt, content and messages")
        }
        model = body["model"]?.string ?? "default"
        isLlamaForm = name == "content"
        wantsPieces = body["return_token_strs"]?.bool ?? body["with_pieces"]?.bool ?? false
        // vLLM adds them to a prompt, llama.cpp does not add them to a content; a template writes its own.
        addsSpecialTokens = body["add_special_tokens"]?.bool ?? body["add_special"]?.bool ?? (name == "prompt")
        if name == "messages" {
            // The table of chats checks what is within.
            var chat = body.object ?? [:]
            for key in chat.keys where !Self.chatMembers.contains(key) { chat[key] = nil }
            input = .chat(try ChatCompletionBody(.object(chat)).request)
        } else {
            input = .text(body[name]?.string ?? "")
        }
    }

    private static let chatMembers: Set = [
        "model", "messages", "tools", "add_generation_prompt", "continue_final_message", "chat_template_kwargs",
    ]
}

/// The body of `POST /detokenize`.
public struct DetokenizeBody: Sendable {
    public var model: String
    public var tokens: [TokenID]

    /// - Throws: `badRequest` whose fact `param` names the member that is wrong.
    public init(_ body: JSONValue) throws(ZondaError) {
        try WireField.check(body, against: WireField.detokenize)
        model = body["model"]?.string ?? "default"
        tokens = body["tokens"]?.tokens ?? []
    }
}

extension JSONValue {
    fileprivate subscript(key: String, default value: JSONValue) -> JSONValue { self[key] ?? value }
}
