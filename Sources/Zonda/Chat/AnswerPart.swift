/// What an answer's text turns out to be, in order. The texts of all parts, put together, are the answer's.
enum AnswerPart: Equatable, Sendable {
    case content(String)
    case reasoning(String)
    /// Markers, and white space around them, which nobody is to see.
    case markup(String)
    /// The function of call `index` is known; its text comes with its end.
    case callBegan(index: Int, name: String)
    /// JSON text to append to the arguments of call `index`.
    case callArguments(index: Int, String)
    /// Call `index` is over, and what stood in the answer for it.
    case callEnded(index: Int, CallEnd, source: String)

    enum CallEnd: Sendable {
        case complete
        /// The answer ended first.
        case cut
        /// It went on as no call does: it was text after all.
        case broken
    }

    /// What stood in the answer.
    var source: String {
        switch self {
        case .content(let text), .reasoning(let text), .markup(let text), .callEnded(_, _, let text): text
        case .callBegan, .callArguments: ""
        }
    }
}

extension [AnswerPart] {
    /// Adds a part to what its neighbour says, if that is of its kind; leaves out empty texts.
    mutating func add(_ part: AnswerPart) {
        switch (last, part) {
        case (_, .content("")), (_, .reasoning("")), (_, .markup("")): break
        case (.content(let text)?, .content(let more)): self[count - 1] = .content(text + more)
        case (.reasoning(let text)?, .reasoning(let more)): self[count - 1] = .reasoning(text + more)
        case (.markup(let text)?, .markup(let more)): self[count - 1] = .markup(text + more)
        // One call after another: neighbours are of the same one.
        case (.callArguments(let index, let text)?, .callArguments(_, let more)):
            self[count - 1] = .callArguments(index: index, text + more)
        default: append(part)
        }
    }
}
