import ZondaCore
import ZondaDevice
import ZondaScheduling
import ZondaTokenizer

/// Names a request for the life of an engine.
typealias RequestID = Int

/// A request that the engine works on: its choices, and where their text goes.
struct ActiveRequest {
    typealias Sink = @Sendable (Result<GenerationEvent, ZondaError>) -> Void

    enum Progress { case goesOn, reachedStop }

    let request: GenerationRequest
    let sink: Sink
    /// The sequences that are not over, with the choice that each one is.
    var sequences: [SequenceID: Int] = [:]
    private var choices: [Choice]
    private let started = ContinuousClock.now
    private var firstToken: ContinuousClock.Instant?
    private var lastToken: ContinuousClock.Instant?
    private var completionCount = 0
    private var cachedCount = 0

    /// What one choice has generated.
    private struct Choice {
        var tokens: [TokenID] = []
        var detokenizer: StreamingDetokenizer?
        var stops: StopStrings
        var constraint: ConstraintState?
        /// The stop string that was hit.
        var stop: String?
        var hasStarted = false
    }

    init(_ request: GenerationRequest, sink: @escaping Sink, tokenizer: Tokenizer?) throws(ZondaError) {
        self.request = request
        self.sink = sink
        // A grammar counts a space at the start as text.
        let startsText = request.constraint == nil
        let choice = Choice(
            detokenizer: tokenizer.map {
                StreamingDetokenizer(
                    $0, skipSpecialTokens: true, shownTokens: request.shownTokens, startsText: startsText)
            },
            stops: try StopStrings(request.stopStrings),
            constraint: request.constraint.map {
                ConstraintState($0, ignoresEndTokens: request.ignoresStopTokens)
            })
        choices = Array(repeating: choice, count: request.choiceCount)
    }

    /// How `sequence` goes on being sampled.
    func samplerState(of sequence: SequenceID) -> ModelRunner.SamplerState? {
        guard let index = sequences[sequence] else { return nil }
        var parameters = request.sampling
        parameters.choice = UInt32(index)
        return ModelRunner.SamplerState(
            parameters: parameters, prompt: request.prompt, generated: choices[index].tokens)
    }

    /// Notes where a sequence's first step starts: before it, the prompt was found in the cache.
    mutating func noteStart(_ position: Int, of sequence: SequenceID) {
        guard let index = sequences[sequence], !choices[index].hasStarted else { return }
        choices[index].hasStarted = true
        cachedCount = max(cachedCount, position)
    }

    /// Takes note of a token that was sampled, before its step is complete.
    mutating func foresee(_ token: TokenID, at position: Int, of sequence: SequenceID) throws(ZondaError) {
        guard let index = sequences[sequence] else { return }
        try choices[index].constraint?.accept(token, at: position)
    }

    /// Which tokens may be the one at `position` of a choice's answer; nil for all of them.
    mutating func mask(of sequence: SequenceID, at position: Int) throws(ZondaError) -> [UInt32]? {
        guard let index = sequences[sequence] else { return nil }
        return try choices[index].constraint?.mask(at: position)
    }

    /// Adds a token to its choice and gives out the text that it completes.
    mutating func append(_ sample: Sample, to sequence: SequenceID) throws(ZondaError) -> Progress {
        guard let index = sequences[sequence] else { return .goesOn }
        let now = ContinuousClock.now
        lastToken = now
        firstToken = firstToken ?? now
        completionCount += 1
        let position = choices[index].tokens.count
        choices[index].tokens.append(sample.token)
        try choices[index].constraint?.accept(sample.token, at: position)
        let isOver = choices[index].constraint?.isOver(after: position) ?? false
        // A grammar's end is one even where end tokens are passed over.
        let isEnd = request.stopTokens.contains(sample.token) && (!request.ignoresStopTokens || isOver)
        let piece = isEnd ? nil : try choices[index].detokenizer?.append(sample.token)
        let output = choices[index].stops.append(piece ?? "")
        sink(.success(.token(choice: index, text: output.text, sample, time: now)))
        guard output.stop != nil else { return isOver ? .reachedStop : .goesOn }
        choices[index].stop = output.stop
        return .reachedStop
    }

    /// Ends a choice, giving out what was held back; the last one ends the request.
    mutating func finish(_ sequence: SequenceID, _ reason: ZondaScheduling.FinishReason) throws(ZondaError) {
        guard let index = sequences.removeValue(forKey: sequence) else { return }
        var text = ""
        var reason = FinishReason(reason)
        if choices[index].stop == nil {
            let rest = choices[index].stops.append(try choices[index].detokenizer?.finish() ?? "")
            // The stop was in text that the detokenizer held back, such as bytes that never became a character.
            if rest.stop != nil { reason = .stop }
            choices[index].stop = rest.stop
            text = rest.text + choices[index].stops.finish()
        }
        sink(.success(.finished(choice: index, text: text, reason, stop: choices[index].stop)))
        if sequences.isEmpty { sink(.success(.completed(usage))) }
    }

    private var usage: Usage {
        let first = firstToken ?? .now
        return Usage(
            promptTokens: request.prompt.count, completionTokens: completionCount, cachedTokens: cachedCount,
            timeToFirstToken: (first - started).seconds, decodeTime: ((lastToken ?? first) - first).seconds)
    }
}

extension FinishReason {
    init(_ reason: ZondaScheduling.FinishReason) {
        switch reason {
        case .stopToken, .stopString: self = .stop
        case .length, .promptComputed: self = .length
        case .deadline, .cancelled, .failed: self = .cancelled
        }
    }
}
