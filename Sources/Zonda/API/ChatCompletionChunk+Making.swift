package import ZondaCore

extension ChatCompletionChunk {
    /// A chunk of one choice that no runner made, for tests of what is done with chunks.
    package static func make(
        content: String = "", reasoning: String? = nil, toolCalls: [ToolCallDelta] = [],
        logprobs: [TokenLogprob] = [], finishReason: FinishReason? = nil, stop: String? = nil,
        choice: Int = 0
    ) -> ChatCompletionChunk {
        let delta = ChatMessage(role: "assistant", content: content, reasoning: reasoning)
        let choice = Choice(
            index: choice, delta: delta, toolCalls: toolCalls, finishReason: finishReason, logprobs: logprobs,
            tokens: [], stop: stop)
        return ChatCompletionChunk(id: "chatcmpl-1", model: "m", created: 1, choices: [choice], promptTokens: 0)
    }

    /// The last chunk of an answer.
    package static func make(
        promptTokens: Int, completionTokens: Int, cachedTokens: Int = 0, reasoningTokens: Int? = 0
    ) -> ChatCompletionChunk {
        let usage = Usage(
            promptTokens: promptTokens, completionTokens: completionTokens, cachedTokens: cachedTokens,
            reasoningTokens: reasoningTokens, timeToFirstToken: 0.1, decodeTime: 0.2)
        return ChatCompletionChunk(
            id: "chatcmpl-1", model: "m", created: 1, choices: [], promptTokens: promptTokens, usage: usage)
    }
}

extension TokenLogprob {
    /// One that no model made, for tests.
    package static func make(
        _ token: TokenID, _ bytes: [UInt8], _ logprob: Float, alternatives: [(TokenID, [UInt8], Float)] = []
    ) -> TokenLogprob {
        TokenLogprob(
            token: token, bytes: bytes, logprob: logprob,
            alternatives: alternatives.map { Alternative(token: $0.0, bytes: $0.1, logprob: $0.2) })
    }
}
