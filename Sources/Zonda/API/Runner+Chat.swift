import FoundationEssentials
public import ZondaCore
import ZondaTokenizer

extension Runner {
    /// Answers a conversation.
    ///
    /// What the model thinks and the tools that it calls are taken out of its text: `message.reasoning` and
    /// `message.toolCalls`.
    ///
    /// - Throws: `badRequest` for values out of range, for tools that are none and for grammars that are not understood;
    ///   `badTemplate` when the model's template refuses the conversation, `contextExceeded` with both lengths for one
    ///   that is too long.
    public func sendChatCompletionRequest(
        _ request: ChatCompletionRequest
    ) async throws -> ChatCompletionResponse {
        let text = try text
        let plan = try ChatPlan(request, text)
        let (id, created) = Self.stamp("chatcmpl")
        var choices = (0..<(try Self.choiceCount(request.options))).map {
            ChatAnswer(ChoiceReader(index: $0, plan.reading, text))
        }
        var usage: Usage?
        try await forEachUpdate(try await question(plan), request.options) { update in
            if let news = update.choice { choices[news.index].add(news) }
            usage = update.usage ?? usage
        }
        guard var usage else { throw CancellationError() }
        usage.reasoningTokens = choices.reduce(0) { $0 + $1.reader.reasoningTokens }
        return ChatCompletionResponse(
            id: id, model: request.model, created: created, choices: choices.map(\.choice), usage: usage)
    }

    /// Answers a conversation piece by piece.
    ///
    /// ```swift
    /// for try await chunk in runner.streamChatCompletionRequest(request) {
    ///     print(chunk.choices.first?.delta.content ?? "", terminator: "")
    /// }
    /// ```
    /// Calls come in parts, `choices[i].toolCalls`: the function's name, then its arguments as they are generated.
    public func streamChatCompletionRequest(
        _ request: ChatCompletionRequest
    ) -> AsyncThrowingStream<ChatCompletionChunk, any Error> {
        let (id, created) = Self.stamp("chatcmpl")
        return Self.stream { continuation in
            let text = try self.text
            let plan = try ChatPlan(request, text)
            var readers = (0..<(try Self.choiceCount(request.options))).map {
                ChoiceReader(index: $0, plan.reading, text)
            }
            try await self.forEachUpdate(try await self.question(plan), request.options) { update in
                var chunk = ChatCompletionChunk(
                    id: id, model: request.model, created: created, choices: [], promptTokens: plan.prompt.count,
                    usage: update.usage)
                if let news = update.choice {
                    chunk.choices = [ChatCompletionChunk.Choice(news, reader: &readers[news.index])]
                }
                chunk.usage?.reasoningTokens = readers.reduce(0) { $0 + $1.reasoningTokens }
                continuation.yield(chunk)
            }
        }
    }

    private func question(_ plan: ChatPlan) async throws -> Question {
        var question = Question(prompt: plan.prompt, shownTokens: plan.shownTokens)
        if let constraint = plan.constraint {
            question.constraint = try await compiled(
                constraint, reasoning: plan.thinksFirst ? plan.reading.reasoning : nil,
                beginsThinking: plan.reading.beginning == .thinking)
        }
        return question
    }

    /// Continues a text.
    public func sendCompletionRequest(_ request: CompletionRequest) async throws -> CompletionResponse {
        let answer = try await answer(try await question(request), request.options)
        let (id, created) = Self.stamp("cmpl")
        let echo = try request.echo ? text(of: request.prompt) : ""
        let choices = answer.choices.enumerated().map { index, choice in
            CompletionResponse.Choice(
                index: index, text: echo + choice.text,
                finishReason: choice.finishReason, logprobs: choice.logprobs, tokens: choice.tokens)
        }
        return CompletionResponse(
            id: id, model: request.model, created: created, choices: choices, usage: answer.usage)
    }

    /// Continues a text piece by piece; `echo` is not looked at.
    public func streamCompletionRequest(
        _ request: CompletionRequest
    ) -> AsyncThrowingStream<CompletionChunk, any Error> {
        let (id, created) = Self.stamp("cmpl")
        return Self.stream { continuation in
            try await self.forEachUpdate(try await self.question(request), request.options) { update in
                continuation.yield(
                    CompletionChunk(
                        id: id, model: request.model, created: created,
                        choices: update.choice.map { [.init($0)] } ?? [], usage: update.usage))
            }
        }
    }

    /// The tokens that a conversation becomes.
    public func chatPrompt(_ request: ChatCompletionRequest) throws(ZondaError) -> [TokenID] {
        try text.tokenizer.encode(try text.render(request), addSpecialTokens: false, parseSpecial: true)
    }

    private static func stamp(_ kind: String) -> (id: String, created: Int) {
        ("\(kind)-\(UUID().uuidString.lowercased())", Int(Date().timeIntervalSince1970))
    }
}

extension CompletionChunk.Choice {
    init(_ news: Runner.ChoiceUpdate) {
        self.init(
            index: news.index, text: news.text, finishReason: news.finishReason, logprobs: news.logprobs,
            tokens: news.tokens, times: news.times)
    }
}
