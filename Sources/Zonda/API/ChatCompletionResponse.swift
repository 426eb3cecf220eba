public import ZondaCore

/// A finished answer.
public struct ChatCompletionResponse: Sendable {
    public var id: String
    public var model: String
    /// Seconds since 1970.
    public var created: Int
    public var choices: [Choice]
    public var usage: Usage

    public struct Choice: Sendable {
        public var index: Int
        public var message: ChatMessage
        public var finishReason: FinishReason
        /// One per token, when asked for.
        public var logprobs: [TokenLogprob]
        public var tokens: [TokenID]
        /// Which of `stop` ended the answer; nil when none did.
        public var stop: String?
    }
}

/// A part of an answer, as it is generated: text of one choice, or its end.
public struct ChatCompletionChunk: Sendable {
    public var id: String
    public var model: String
    public var created: Int
    public var choices: [Choice]
    /// Of the prompt, in every chunk.
    public var promptTokens: Int
    /// In the last chunk only.
    public var usage: Usage?

    public struct Choice: Sendable {
        public var index: Int
        /// New text of the answer, and of what the model thinks before it.
        public var delta: ChatMessage
        /// New parts of tool calls.
        public var toolCalls: [ToolCallDelta] = []
        public var finishReason: FinishReason?
        public var logprobs: [TokenLogprob]
        public var tokens: [TokenID]
        /// Which of `stop` ended the answer; nil when none did.
        public var stop: String?
    }
}

/// A finished text.
public struct CompletionResponse: Sendable {
    public var id: String
    public var model: String
    public var created: Int
    public var choices: [Choice]
    public var usage: Usage

    public struct Choice: Sendable {
        public var index: Int
        public var text: String
        public var finishReason: FinishReason
        public var logprobs: [TokenLogprob]
        public var tokens: [TokenID]
    }
}

/// A part of a text, as it is generated.
public struct CompletionChunk: Sendable {
    public var id: String
    public var model: String
    public var created: Int
    public var choices: [Choice]
    /// In the last chunk only.
    public var usage: Usage?

    public struct Choice: Sendable {
        public var index: Int
        public var text: String
        public var finishReason: FinishReason?
        public var logprobs: [TokenLogprob]
        public var tokens: [TokenID]
        /// When each token was read from the device, which may be before this chunk is seen.
        public var times: [ContinuousClock.Instant]
    }
}

/// Why an answer ended, by the names of OpenAI's API.
public enum FinishReason: String, Sendable, Codable {
    /// An end token or a stop string.
    case stop
    /// `maxTokens` or the context were reached.
    case length
    /// The answer asks for functions to be called.
    case toolCalls = "tool_calls"
    case cancelled
}

/// What the model made of one token, in nats, before temperature and filters.
public struct TokenLogprob: Sendable, Hashable {
    public var token: TokenID
    /// The token on its own; U+FFFD for a part of a character.
    public var text: String
    /// The token in UTF-8, perhaps a part of a character; put together, those of several tokens are text.
    public var bytes: [UInt8]
    public var logprob: Float
    public var alternatives: [Alternative]

    public struct Alternative: Sendable, Hashable {
        public var token: TokenID
        public var text: String
        public var bytes: [UInt8]
        public var logprob: Float
    }
}

extension TokenLogprob {
    init(token: TokenID, bytes: [UInt8], logprob: Float, alternatives: [Alternative]) {
        self.init(
            token: token, text: String(decoding: bytes, as: UTF8.self), bytes: bytes, logprob: logprob,
            alternatives: alternatives)
    }
}

extension TokenLogprob.Alternative {
    init(token: TokenID, bytes: [UInt8], logprob: Float) {
        self.init(token: token, text: String(decoding: bytes, as: UTF8.self), bytes: bytes, logprob: logprob)
    }
}

/// What a request cost.
public struct Usage: Sendable, Hashable {
    public var promptTokens: Int
    public var completionTokens: Int
    /// Tokens of the prompt whose keys and values were still there from other requests.
    public var cachedTokens: Int
    /// Those of `completionTokens` that the model thought with before it answered; nil where thoughts are not told apart
    /// from the answer, as in completions.
    public var reasoningTokens: Int?
    /// Seconds from the request to its first token.
    public var timeToFirstToken: Double
    /// Seconds from the first token to the last.
    public var decodeTime: Double

    public var totalTokens: Int { promptTokens + completionTokens }
    public var promptTokensPerSecond: Double {
        timeToFirstToken > 0 ? Double(promptTokens - cachedTokens) / timeToFirstToken : 0
    }
    public var decodeTokensPerSecond: Double {
        decodeTime > 0 ? Double(completionTokens - 1) / decodeTime : 0
    }
}
