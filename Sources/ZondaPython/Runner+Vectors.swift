import OrderedCollections
import Zonda
import ZondaCore
import ZondaFormats

extension Runner {
    /// Starts computing one vector for each of `inputs`, which are texts or lists of tokens: float32 [inputs, hidden]. They run
    /// together, as other requests do.
    func embeddings(_ body: JSONValue?) throws(ZondaError) -> Request {
        let arguments = try Arguments(
            body, name: "embeddings", keys: ["inputs", "pooling", "normalize", "truncate_sequence"])
        let truncates = try arguments.optionalBool("truncate_sequence") ?? false
        let normalizes = try arguments.optionalBool("normalize") ?? true
        let pooling = try arguments.pooling()
        var inputs: [[TokenID]] = []
        for (index, input) in (try arguments.optionalArray("inputs") ?? []).enumerated() {
            inputs.append(try tokens(of: input, name: "input \(index)", truncates: truncates))
        }
        guard !inputs.isEmpty else {
            throw ZondaError(.badRequest, "there is no input to embed", remedy: "give a text, or a list of texts")
        }
        return Request { [inputs] events in
            let rows = try await withThrowingTaskGroup(of: (Int, [Float]).self) { group in
                for (index, tokens) in inputs.enumerated() {
                    group.addTask {
                        (index, try await self.embedding(of: tokens, pooling: pooling, normalizes: normalizes))
                    }
                }
                var rows = [[Float]](repeating: [], count: inputs.count)
                for try await (index, row) in group { rows[index] = row }
                return rows
            }
            let buffer = try FloatBuffer(shape: [rows.count, rows[0].count])
            for (index, row) in rows.enumerated() { buffer.setRow(index, row) }
            events.post(.floats(buffer, usage: .usage(promptTokens: inputs.reduce(0) { $0 + $1.count })))
        }
    }

    /// Starts computing the logits of `tokens`, or of the last rows of them: float32 [rows, vocabulary].
    func logits(_ body: JSONValue?) throws(ZondaError) -> Request {
        let arguments = try Arguments(body, name: "logits", keys: ["tokens", "last"])
        let tokens = try arguments.tokens("tokens")
        try check(tokens, name: "tokens")
        let count = min(try arguments.optionalInteger("last") ?? tokens.count, tokens.count)
        guard count > 0 else {
            throw ZondaError(.badRequest, "no row of logits is asked for", remedy: "use 1 or more for `last`")
        }
        let width = model.vocabularyCount
        return Request { events in
            let buffer = try FloatBuffer(shape: [count, width])
            let first = tokens.count - count
            try await self.forEachLogits(of: tokens) { position, row in
                if position >= first { buffer.setRow(position - first, row) }
            }
            events.post(.floats(buffer, usage: .usage(promptTokens: tokens.count)))
        }
    }

    private func tokens(of input: JSONValue, name: String, truncates: Bool) throws(ZondaError) -> [TokenID] {
        var tokens: [TokenID]
        switch input {
        case .string(let text): tokens = try tokenize(text)
        case .array(let elements): tokens = try elements.tokens(name: name)
        default:
            throw ZondaError(.badRequest, "\(name) is \(input.kind)", remedy: "give a text or a list of tokens")
        }
        if truncates { tokens = Array(tokens.prefix(model.maxSequenceLength - 1)) }
        try check(tokens, name: name)
        return tokens
    }

    private func check(_ tokens: [TokenID], name: String) throws(ZondaError) {
        guard !tokens.isEmpty else {
            throw ZondaError(.badRequest, "\(name) has no tokens", remedy: "give some text")
        }
        guard tokens.count < model.maxSequenceLength else {
            throw ZondaError(
                .contextExceeded,
                "\(name) has \(tokens.count) tokens, the context holds \(model.maxSequenceLength - 1)",
                remedy: "shorten it or raise max_seq_len",
                facts: ["prompt": "\(tokens.count)", "context": "\(model.maxSequenceLength)"])
        }
    }
}

extension Arguments {
    fileprivate func pooling() throws(ZondaError) -> Pooling {
        guard let name = try optionalString("pooling") else { return .mean }
        guard let pooling = Pooling(rawValue: name) else {
            throw ZondaError(
                .badRequest, "\"\(name)\" is no pooling",
                remedy: "use \(Pooling.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return pooling
    }
}

extension JSONValue {
    fileprivate static func usage(promptTokens: Int) -> JSONValue {
        .object(["prompt_tokens": .integer(promptTokens), "total_tokens": .integer(promptTokens)])
    }
}
