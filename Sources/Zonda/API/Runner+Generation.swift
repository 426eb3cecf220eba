import ZondaCore
import ZondaDevice

extension Runner {
    /// News of one choice: text, tokens, and its end.
    struct ChoiceUpdate {
        var index: Int
        var text = ""
        var finishReason = FinishReason?.none
        var stop: String?
        var logprobs: [TokenLogprob] = []
        var tokens: [TokenID] = []
        var times: [ContinuousClock.Instant] = []
    }

    /// What a stream yields: news of a choice, or what the request cost.
    struct Update {
        var choice: ChoiceUpdate?
        var usage: Usage?
    }

    /// What the engine is to be asked for, once it is known.
    struct Question: Sendable {
        var prompt: [TokenID]
        var constraint: AnswerConstraint?
        /// Special tokens that are part of the answer's text.
        var shownTokens: Set<TokenID> = []
    }

    /// A text to continue, with what its options say that the answer must be.
    func question(_ request: CompletionRequest) async throws -> Question {
        var question = Question(prompt: try tokens(of: request.prompt))
        if let constraint = request.options.constraint,
            let plan = ConstraintPlan(content: constraint, tools: ToolSet(), format: nil)
        {
            question.constraint = try await compiled(plan)
        }
        return question
    }

    /// - Parameter reasoning: how the model thinks before it answers; nil when it does not.
    func compiled(
        _ plan: ConstraintPlan, reasoning: ReasoningFormat? = nil, beginsThinking: Bool = false
    ) async throws -> AnswerConstraint {
        guard let constraints else {
            throw ZondaError(
                .badRequest, "\(model.path) has no tokenizer, so its answers can't be constrained",
                remedy: "leave the constraint out")
        }
        return try await constraints.constraint(plan, reasoning: reasoning, beginsThinking: beginsThinking)
    }

    /// Calls `body` with the news of an answer, in order.
    func forEachUpdate(
        _ question: Question, _ options: GenerationOptions, _ body: (Update) throws -> Void
    ) async throws {
        for try await event in engine.generate(try generationRequest(question, options)) {
            if let update = update(event, options) { try body(update) }
        }
        try Task.checkCancellation()
    }

    func answer(_ question: Question, _ options: GenerationOptions) async throws -> FinishedAnswer {
        var choices = (0..<(try Self.choiceCount(options))).map { FinishedAnswer.Choice(index: $0) }
        var usage: Usage?
        try await forEachUpdate(question, options) { update in
            if let news = update.choice { choices[news.index].add(news) }
            usage = update.usage ?? usage
        }
        guard let usage else { throw CancellationError() }
        return FinishedAnswer(choices: choices, usage: usage)
    }

    /// A stream of what `produce` yields until it returns or throws; leaving it early cancels `produce`.
    static func stream<Element: Sendable>(
        _ produce: @escaping @Sendable (AsyncThrowingStream<Element, any Error>.Continuation) async throws -> Void
    ) -> AsyncThrowingStream<Element, any Error> {
        AsyncThrowingStream { continuation in
            let task = Task {
                do {
                    try await produce(continuation)
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    /// A request with everything settled that its options leave open.
    private func generationRequest(
        _ question: Question, _ options: GenerationOptions
    ) throws(ZondaError) -> GenerationRequest {
        let prompt = question.prompt
        let choiceCount = try Self.choiceCount(options)
        if let maxTokens = options.maxTokens, maxTokens < 1 {
            throw ZondaError(.badRequest, "max_tokens is \(maxTokens)", remedy: "use 1 or more")
        }
        guard prompt.count < model.maxSequenceLength else {
            throw ZondaError(
                .contextExceeded,
                "the prompt has \(prompt.count) tokens, the context holds \(model.maxSequenceLength) with the answer",
                remedy: "shorten it or raise max_seq_len",
                facts: ["prompt": "\(prompt.count)", "context": "\(model.maxSequenceLength)"])
        }
        try model.check(prompt, of: "prompt")
        // Of several wrong ones the lowest, so that the same is named each time.
        try model.check(options.logitBias.keys.sorted(), of: "logit_bias")
        try model.check(options.stopTokenIDs, of: "stop_token_ids")
        let sampling = try SamplingParameters(
            options, defaults: defaults, tokenizer: textModel?.tokenizer, vocabularyCount: model.vocabularyCount)
        let room = model.maxSequenceLength - prompt.count
        return GenerationRequest(
            prompt: prompt, sampling: sampling, maxNewTokens: min(room, options.maxTokens ?? room),
            stopTokens: endTokens.union(options.stopTokenIDs), ignoresStopTokens: options.ignoreEOS,
            stopStrings: options.stop, choiceCount: choiceCount, constraint: question.constraint,
            shownTokens: question.shownTokens)
    }

    /// Choices of one request share its prompt; more than this is a mistake.
    private static let maxChoiceCount = 128

    /// How many choices are asked for.
    static func choiceCount(_ options: GenerationOptions) throws(ZondaError) -> Int {
        if (1...maxChoiceCount).contains(options.n) { return options.n }
        throw ZondaError(.badRequest, "n is \(options.n)", remedy: "use 1 to \(maxChoiceCount)")
    }

    private func update(_ event: GenerationEvent, _ options: GenerationOptions) -> Update? {
        switch event {
        case .outputs: nil
        case .token(let choice, let text, let sample, let time):
            Update(
                choice: ChoiceUpdate(
                    index: choice, text: text, logprobs: options.logprobs == nil ? [] : [logprob(sample)],
                    tokens: [sample.token], times: [time]))
        case .finished(let choice, let text, let reason, let stop):
            Update(choice: ChoiceUpdate(index: choice, text: text, finishReason: reason, stop: stop))
        case .completed(let usage): Update(usage: usage)
        }
    }

    private func logprob(_ sample: Sample) -> TokenLogprob {
        TokenLogprob(
            token: sample.token, bytes: textModel?.bytes(of: sample.token) ?? [], logprob: sample.logprob ?? 0,
            alternatives: sample.alternatives.map {
                TokenLogprob.Alternative(
                    token: $0.token, bytes: textModel?.bytes(of: $0.token) ?? [], logprob: $0.logprob)
            })
    }
}

/// An answer with all its text.
struct FinishedAnswer {
    struct Choice {
        var index: Int
        var text = ""
        var finishReason = FinishReason.length
        var logprobs: [TokenLogprob] = []
        var tokens: [TokenID] = []

        mutating func add(_ news: Runner.ChoiceUpdate) {
            text += news.text
            tokens += news.tokens
            logprobs += news.logprobs
            finishReason = news.finishReason ?? finishReason
        }
    }

    var choices: [Choice]
    var usage: Usage
}
