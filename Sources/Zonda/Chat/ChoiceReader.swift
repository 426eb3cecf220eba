import ZondaCore

/// Reads one choice of a chat's answer as it is generated: its text becomes parts of a message, its tokens are counted.
struct ChoiceReader {
    let index: Int
    private var reader: AnswerReader
    private var thoughts: ThoughtCounter?
    private let text: TextModel
    /// How the choice ended; nil while it goes on.
    private(set) var end: End?

    struct End {
        var reason: FinishReason
        /// Which of the request's stop strings it was.
        var stop: String?
    }

    init(index: Int, _ format: AnswerReader.Format, _ text: TextModel) {
        self.index = index
        self.text = text
        reader = AnswerReader(format)
        thoughts = format.reasoning.map { ThoughtCounter($0, format.beginning) }
    }

    /// Tokens of thoughts so far.
    var reasoningTokens: Int { thoughts?.count ?? 0 }

    /// The parts that news of this choice complete.
    mutating func read(_ news: Runner.ChoiceUpdate) -> [AnswerPart] {
        if var counter = thoughts {
            for token in news.tokens { counter.add(text.bytes(of: token)) }
            thoughts = counter
        }
        var parts = reader.append(news.text)
        guard let reason = news.finishReason else { return parts }
        parts += reader.finish()
        let isCalling = reason != .cancelled && reader.completeCallCount > 0 && !reader.isCut
        end = isCalling ? End(reason: .toolCalls) : End(reason: reason, stop: news.stop)
        return parts
    }

    /// A name for a call: `call_` and 24 hexadecimal digits, whatever the request's seed.
    static func makeCallID() -> String {
        let digits = (0..<24).map { _ in String(Int.random(in: 0..<16), radix: 16) }
        return "call_\(digits.joined())"
    }
}

extension ChatCompletionChunk.Choice {
    /// What news of a choice bring, for those who read the stream.
    init(_ news: Runner.ChoiceUpdate, reader: inout ChoiceReader) {
        self.init(
            index: reader.index, delta: .assistant(""), finishReason: nil, logprobs: news.logprobs, tokens: news.tokens)
        for part in reader.read(news) { add(part) }
        finishReason = reader.end?.reason
        stop = reader.end?.stop
    }

    private mutating func add(_ part: AnswerPart) {
        switch part {
        case .content(let text): delta.content += text
        case .reasoning(let text): delta.reasoning = (delta.reasoning ?? "") + text
        case .callBegan(let index, let name):
            toolCalls.append(ToolCallDelta(index: index, id: ChoiceReader.makeCallID(), name: name))
        case .callArguments(let index, let text):
            if let last = toolCalls.indices.last, toolCalls[last].index == index {
                toolCalls[last].arguments += text
            } else {
                toolCalls.append(ToolCallDelta(index: index, arguments: text))
            }
        case .markup, .callEnded: break
        }
    }
}
