import ZondaCore

/// One choice of a chat's answer that is wanted as a whole.
struct ChatAnswer {
    /// The message so far; its end once there is one.
    private(set) var choice: ChatCompletionResponse.Choice
    private(set) var reader: ChoiceReader

    init(_ reader: ChoiceReader) {
        self.reader = reader
        choice = ChatCompletionResponse.Choice(
            index: reader.index, message: .assistant(""), finishReason: .length, logprobs: [], tokens: [])
    }

    /// Takes the news of this choice.
    mutating func add(_ news: Runner.ChoiceUpdate) {
        choice.tokens += news.tokens
        choice.logprobs += news.logprobs
        for part in reader.read(news) { add(part) }
        guard let end = reader.end else { return }
        (choice.finishReason, choice.stop) = (end.reason, end.stop)
        // Calls that turned out to be text have left gaps.
        choice.message.toolCalls = choice.message.toolCalls.filter { !$0.id.isEmpty }
    }

    private mutating func add(_ part: AnswerPart) {
        switch part {
        case .content(let text): choice.message.content += text
        case .reasoning(let text): choice.message.reasoning = (choice.message.reasoning ?? "") + text
        case .callBegan(_, let name):
            choice.message.toolCalls.append(ToolCall(id: ChoiceReader.makeCallID(), name: name, arguments: ""))
        case .callArguments(let index, let text): choice.message.toolCalls[index].arguments += text
        case .callEnded(let index, .broken, let source):
            // Who reads a stream has begun to see it as a call; the whole message has it as the text that it is.
            choice.message.toolCalls[index].id = ""
            choice.message.content += source
        case .markup, .callEnded: break
        }
    }
}
