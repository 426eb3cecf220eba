import Foundation
public import ZondaCore
import ZondaTokenizer

extension Runner {
    /// Answers a conversation.
    ///
    /// - Throws: `badRequest` for values out of range, `badTemplate` when the model's template refuses the
    ///   conversation, `contextExceeded` with both lengths for one that is too long.
    public func sendChatCompletionRequest(
        _ request: ChatCompletionRequest
    ) async throws -> ChatCompletionResponse {
        let prompt = try chatPrompt(request)
        let answer = try await answer(prompt, request.options)
        let (id, created) = Self.stamp("chatcmpl")
        let choices = answer.choices.enumerated().map { index, choice in
            ChatCompletionResponse.Choice(
                index: index, message: .assistant(choice.text), finishReason: choice.finishReason,
                logprobs: choice.logprobs, tokens: choice.tokens)
        }
        return ChatCompletionResponse(
            id: id, model: request.model, created: created, choices: choices, usage: answer.usage)
    }

    /// Answers a conversation piece by piece.
    ///
    /// ```swift
    /// for try await chunk in runner.streamChatCompletionRequest(request) {
    ///     print(chunk.choices.first?.delta.content ?? "", terminator: "")
    /// }
    /// ```
    public func streamChatCompletionRequest(
        _ request: ChatCompletionRequest
    ) -> AsyncThrowingStream<ChatCompletionChunk, any Error> {
        let (id, created) = Self.stamp("chatcmpl")
        let element: @Sendable (Update) -> ChatCompletionChunk = { update in
            ChatCompletionChunk(
                id: id, model: request.model, created: created, choices: update.choice.map { [.init($0)] } ?? [],
                usage: update.usage)
        }
        return stream(request.options, element) { () throws(ZondaError) in try self.chatPrompt(request) }
    }

    /// Continues a text.
    public func sendCompletionRequest(_ request: CompletionRequest) async throws -> CompletionResponse {
        let answer = try await answer(try tokens(of: request.prompt), request.options)
        let (id, created) = Self.stamp("cmpl")
        let choices = try answer.choices.enumerated().map { index, choice in
            CompletionResponse.Choice(
                index: index, text: try echo(request) + choice.text,
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
        let element: @Sendable (Update) -> CompletionChunk = { update in
            CompletionChunk(
                id: id, model: request.model, created: created, choices: update.choice.map { [.init($0)] } ?? [],
                usage: update.usage)
        }
        return stream(request.options, element) { () throws(ZondaError) in try self.tokens(of: request.prompt) }
    }

    /// The tokens that a conversation becomes.
    public func chatPrompt(_ request: ChatCompletionRequest) throws(ZondaError) -> [TokenID] {
        try text.tokenizer.encode(try text.render(request), addSpecialTokens: false, parseSpecial: true)
    }

    private func tokens(of prompt: CompletionRequest.Prompt) throws(ZondaError) -> [TokenID] {
        switch prompt {
        case .text(let text): return try tokenize(text)
        case .tokens(let tokens):
            if let bad = tokens.first(where: { !(0..<model.vocabularyCount).contains(Int($0)) }) {
                throw ZondaError(
                    .badRequest, "token \(bad) is not in the vocabulary",
                    remedy: "use ids from 0 to \(model.vocabularyCount - 1)")
            }
            return tokens
        }
    }

    private func echo(_ request: CompletionRequest) throws(ZondaError) -> String {
        guard request.echo else { return "" }
        switch request.prompt {
        case .text(let text): return text
        case .tokens(let tokens): return try detokenize(tokens)
        }
    }

    private static func stamp(_ kind: String) -> (id: String, created: Int) {
        ("\(kind)-\(UUID().uuidString.lowercased())", Int(Date().timeIntervalSince1970))
    }
}

extension ChatCompletionChunk.Choice {
    init(_ news: Runner.ChoiceUpdate) {
        self.init(
            index: news.index, delta: .assistant(news.text), finishReason: news.finishReason, logprobs: news.logprobs,
            tokens: news.tokens)
    }
}

extension CompletionChunk.Choice {
    init(_ news: Runner.ChoiceUpdate) {
        self.init(
            index: news.index, text: news.text, finishReason: news.finishReason, logprobs: news.logprobs,
            tokens: news.tokens, times: news.times)
    }
}
