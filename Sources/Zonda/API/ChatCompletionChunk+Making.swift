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
        return ChatCompletionChunk(id: "chatcmpl-1", model: "m", created: 1, choices: [choice])
    }

    /// The last chunk of an answer.
    package static func make(promptTokens: Int, completionTokens: Int, cachedTokens: Int = 0) -> ChatCompletionChunk {
        let usage = Usage(
            promptTokens: promptTokens, completionTokens: completionTokens, cachedTokens: cachedTokens,
            timeToFirstToken: 0.1, decodeTime: 0.2)
        return ChatCompletionChunk(id: "chatcmpl-1", model: "m", created: 1, choices: [], usage: usage)
    }
}

extension TokenLogprob {
    /// One that no model made, for tests.
    package static func make(
        _ token: TokenID, _ text: String, _ logprob: Float, alternatives: [(TokenID, String, Float)] = []
    ) -> TokenLogprob {
        TokenLogprob(
            token: token, text: text, logprob: logprob,
            alternatives: alternatives.map { Alternative(token: $0.0, text: $0.1, logprob: $0.2) })
    }
}
