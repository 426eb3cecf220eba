public import ZondaCore
import ZondaDevice
import ZondaTokenizer

extension Runner {
    /// The tokens of a text.
    ///
    /// - Parameter addSpecialTokens: puts the special tokens of a whole text around it, as the model was trained with.
    public func tokenize(_ text: String, addSpecialTokens: Bool = true) throws(ZondaError) -> [TokenID] {
        try self.text.tokenizer.encode(text, addSpecialTokens: addSpecialTokens, parseSpecial: true)
    }

    /// Raw logits for every position of `tokens`: float32 [tokens, vocabulary].
    ///
    /// Computed in chunks through the paged cache, as in serving.
    public func logits(of tokens: [TokenID]) async throws -> [[Float]] {
        var rows: [[Float]] = []
        rows.reserveCapacity(tokens.count)
        try await forEachLogits(of: tokens) { rows.append($1) }
        return rows
    }

    /// Like `logits(of:)`, a row at a time, for texts whose logits would not fit in memory.
    ///
    /// - Parameter greedyCount: how many of the most likely tokens to go on with afterwards.
    /// - Returns: those tokens.
    @discardableResult
    public func forEachLogits(
        of tokens: [TokenID], greedyCount: Int = 0, _ body: (_ position: Int, _ logits: [Float]) throws -> Void
    ) async throws -> [TokenID] {
        try await forEachOutput(.logits, of: tokens, greedyCount: greedyCount, body)
    }

    /// The final hidden states of `tokens`, after the last norm: float32 [tokens, hidden].
    public func hiddenStates(of tokens: [TokenID]) async throws -> [[Float]] {
        var rows: [[Float]] = []
        try await forEachOutput(.hiddenStates, of: tokens) { rows.append($1) }
        return rows
    }

    /// One vector for a text, float32 [hidden].
    ///
    /// - Parameter normalizes: whether it is scaled to length 1.
    public func embedding(
        of text: String, pooling: Pooling = .mean, normalizes: Bool = true
    ) async throws -> [Float] {
        try await embedding(of: try tokenize(text), pooling: pooling, normalizes: normalizes)
    }

    /// One vector for a text that is tokens already, float32 [hidden].
    public func embedding(
        of tokens: [TokenID], pooling: Pooling = .mean, normalizes: Bool = true
    ) async throws -> [Float] {
        var pool = PooledVector(pooling)
        try await forEachOutput(.hiddenStates, of: tokens) { pool.add($1) }
        return pool.finish(normalizes: normalizes)
    }

    @discardableResult
    private func forEachOutput(
        _ outputs: GenerationRequest.PromptOutputs, of tokens: [TokenID], greedyCount: Int = 0,
        _ body: (Int, [Float]) throws -> Void
    ) async throws -> [TokenID] {
        try model.check(tokens, of: "tokens")
        let request = GenerationRequest(
            prompt: tokens, sampling: .greedy, maxNewTokens: greedyCount, stopTokens: [], ignoresStopTokens: true,
            stopStrings: [], choiceCount: 1, outputs: outputs)
        var generated: [TokenID] = []
        for try await event in engine.generate(request) {
            switch event {
            case .outputs(let first, let rows):
                for (offset, row) in rows.enumerated() { try body(first + offset, row) }
            case .token(_, _, let sample, _): generated.append(sample.token)
            case .finished, .completed: break
            }
        }
        try Task.checkCancellation()
        return generated
    }
}

/// How the hidden states of a text become one vector.
public enum Pooling: String, Sendable, CaseIterable {
    case mean
    case last
    case first
}

/// Pools rows as they come.
struct PooledVector {
    private let pooling: Pooling
    private var sum: [Double] = []
    private var count = 0

    init(_ pooling: Pooling) { self.pooling = pooling }

    mutating func add(_ row: [Float]) {
        count += 1
        switch pooling {
        case .first where count > 1: break
        case .first, .last: sum = row.map { Double($0) }
        case .mean where sum.isEmpty: sum = row.map { Double($0) }
        case .mean: for index in row.indices { sum[index] += Double(row[index]) }
        }
    }

    func finish(normalizes: Bool) -> [Float] {
        let divisor = pooling == .mean ? Double(max(count, 1)) : 1
        let vector = sum.map { $0 / divisor }
        let length = normalizes ? vector.reduce(0) { $0 + $1 * $1 }.squareRoot() : 1
        return vector.map { Float($0 / (length > 0 ? length : 1)) }
    }
}
