import ZondaCore

/// One choice of a chat's answer, as it comes: news of text become parts of a message, and those the whole.
struct ChatAnswer {
    /// The message so far; its end once there is one.
    private(set) var choice: ChatCompletionResponse.Choice
    private var reader: AnswerReader

    init(index: Int, _ reading: AnswerReader.Format) {
        reader = AnswerReader(reading)
        choice = ChatCompletionResponse.Choice(
            index: index, message: .assistant(""), finishReason: .length, logprobs: [], tokens: [])
    }

    /// Takes the news of this choice, and says what is new in its message.
    @discardableResult
    mutating func add(_ news: Runner.ChoiceUpdate) -> ChatCompletionChunk.Choice {
        var chunk = ChatCompletionChunk.Choice(
            index: choice.index, delta: .assistant(""), finishReason: nil, logprobs: news.logprobs,
            tokens: news.tokens)
        choice.tokens += news.tokens
        choice.logprobs += news.logprobs
        for part in reader.append(news.text) { add(part, to: &chunk) }
        guard let reason = news.finishReason else { return chunk }
        for part in reader.finish() { add(part, to: &chunk) }
        let isCalling = reason != .cancelled && reader.completeCallCount > 0 && !reader.isCut
        choice.finishReason = isCalling ? .toolCalls : reason
        chunk.finishReason = choice.finishReason
        choice.stop = isCalling ? nil : news.stop
        chunk.stop = choice.stop
        // Calls that turned out to be text have left gaps.
        choice.message.toolCalls = choice.message.toolCalls.filter { !$0.id.isEmpty }
        return chunk
    }

    private mutating func add(_ part: AnswerPart, to chunk: inout ChatCompletionChunk.Choice) {
        switch part {
        case .content(let text):
            chunk.delta.content += text
            choice.message.content += text
        case .reasoning(let text):
            chunk.delta.reasoning = (chunk.delta.reasoning ?? "") + text
            choice.message.reasoning = (choice.message.reasoning ?? "") + text
        case .markup: break
        case .callBegan(let index, let name):
            let id = Self.makeID()
            chunk.toolCalls.append(ToolCallDelta(index: index, id: id, name: name))
            choice.message.toolCalls.append(ToolCall(id: id, name: name, arguments: ""))
        case .callArguments(let index, let text):
            choice.message.toolCalls[index].arguments += text
            if let last = chunk.toolCalls.indices.last, chunk.toolCalls[last].index == index {
                chunk.toolCalls[last].arguments += text
            } else {
                chunk.toolCalls.append(ToolCallDelta(index: index, arguments: text))
            }
        case .callEnded(let index, .broken, let source):
            // Who reads the stream has begun to see it as a call; the whole message has it as the text that it is.
            choice.message.toolCalls[index].id = ""
            choice.message.content += source
        case .callEnded: break
        }
    }

    /// A name for a call: `call_` and 24 hexadecimal digits, whatever the request's seed.
    private static func makeID() -> String {
        let digits = (0..<24).map { _ in String(Int.random(in: 0..<16), radix: 16) }
        return "call_\(digits.joined())"
    }
}
