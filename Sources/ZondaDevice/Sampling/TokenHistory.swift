public import ZondaCore

/// The tokens of one sequence, with how often each occurs in the window of the penalties, kept up to date token by token.
///
/// The repetition penalty counts prompt and answer, as in transformers; the frequency and presence penalties count the
/// answer only, as in OpenAI's API and vLLM. A request whose parameters do not need a history can do without one.
public struct TokenHistory: Sendable {
    /// The prompt, then the answer.
    public private(set) var tokens: [TokenID]
    public let promptCount: Int
    /// The penalties see this many of the newest tokens; nil is all.
    let window: Int?
    package private(set) var counts: [TokenID: Counts] = [:]

    package struct Counts: Hashable, Sendable {
        package var prompt = 0
        package var generated = 0

        package init() {}
    }

    public init(prompt: [TokenID], parameters: SamplingParameters) {
        tokens = prompt
        promptCount = prompt.count
        window = parameters.penaltyWindow.map { max($0, 1) }
        for position in windowStart..<prompt.count { count(position, by: 1) }
    }

    /// Adds a token to the answer.
    public mutating func append(_ token: TokenID) {
        let left = windowStart
        tokens.append(token)
        count(tokens.count - 1, by: 1)
        if windowStart > left { count(left, by: -1) }
    }

    /// Takes tokens of the answer back, down to `answerCount` of them: for a step that ran ahead and was dropped.
    public mutating func truncate(answerCount: Int) {
        let target = promptCount + max(answerCount, 0)
        while tokens.count > target {
            let left = windowStart
            count(tokens.count - 1, by: -1)
            tokens.removeLast()
            if windowStart < left { count(windowStart, by: 1) }
        }
    }

    private var windowStart: Int { window.map { max(tokens.count - $0, 0) } ?? 0 }

    private mutating func count(_ position: Int, by change: Int) {
        var entry = counts[tokens[position]] ?? Counts()
        if position < promptCount { entry.prompt += change } else { entry.generated += change }
        counts[tokens[position]] = entry == Counts() ? nil : entry
    }
}
