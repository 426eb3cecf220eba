public import ZondaCore

/// What one operation, or one kernel of it, must read or write and multiply at the least: from shapes and types alone,
/// but for attention, which depends on how long the sequences are.
///
/// Bytes are those of weights, of the rows that come in and go out, and of the keys and values that are visible, each
/// once; a multiplication with its addition is two operations.
public struct OperationWork: Sendable, Hashable {
    public var byteCount: Double
    public var operationCount: Double
    public var attention: Attention?

    public init(byteCount: Double = 0, operationCount: Double = 0, attention: Attention? = nil) {
        self.byteCount = byteCount
        self.operationCount = operationCount
        self.attention = attention
    }

    /// The part of attention that grows with the context.
    public struct Attention: Sendable, Hashable {
        public enum Spans: Sendable { case all, single, several }
        /// Keys and values of one token of one layer.
        public var byteCountPerToken: Double
        /// For one row that sees one token, all heads: scores and values.
        public var operationCountPerPair: Double
        public var window: Int?
        /// Which spans a kernel takes: all, those of one row, those of several.
        public var spans = Spans.all

        public init(_ op: AttentionOp) {
            byteCountPerToken = op.cache.tokenByteCount
            operationCountPerPair = 4 * Double(op.heads * op.cache.spec.headSize)
            window = op.window
        }
    }

    /// Bytes and operations with these inputs.
    public func counts(for inputs: StepInputs) -> (bytes: Double, operations: Double) {
        guard let attention else { return (byteCount, operationCount) }
        var (tokens, pairs) = (0, 0)
        for span in inputs.spans {
            switch attention.spans {
            case .single where span.rowCount > 1, .several where span.rowCount == 1: continue
            default: break
            }
            let visible = VisibleTokens(
                first: Int(span.firstPosition), count: Int(span.rowCount), window: attention.window)
            tokens += visible.tokenCount
            pairs += visible.pairCount
        }
        return (
            byteCount + attention.byteCountPerToken * Double(tokens),
            operationCount + attention.operationCountPerPair * Double(pairs)
        )
    }
}

/// What the rows of a span see of their sequence: positions first ... first + count - 1, each row itself and what is
/// before it, at most `window` tokens.
public struct VisibleTokens: Sendable {
    /// Tokens that any of the rows sees.
    public let tokenCount: Int
    /// Rows times what each sees.
    public let pairCount: Int

    public init(first: Int, count: Int, window: Int?) {
        let window = window ?? .max
        let end = first + count
        tokenCount = end - max(0, first - (window - 1))
        // Rows before the window is full see position + 1 tokens, the others the window.
        let growing = max(0, min(end, window) - first)
        let full = count - growing
        pairCount = growing * first + growing * (growing + 1) / 2 + (full > 0 ? full * window : 0)
    }
}

extension KVCache {
    /// Bytes that keys and values of one token take, with their share of what a page has beside them.
    var tokenByteCount: Double {
        pageCount > 0 ? Double(memory.byteCount) / Double(pageCount * Self.pageSize) : 0
    }
}

extension OperationWork {
    /// Of a whole operation that is already lowered.
    public init(_ operation: Operation) {
        switch operation {
        case .embed(let op):
            let rowByteCount = Double(op.weight.layout.byteCount) / Double(op.weight.rows)
            self.init(byteCount: Double(op.output.rows) * rowByteCount + op.output.valueByteCount)
        case .norm(let op): self.init(byteCount: op.input.valueByteCount + op.output.valueByteCount)
        case .linear(let op): self.init(op)
        case .ropeStore(let op):
            let moved = 2 * op.query.valueByteCount + op.key.valueByteCount + op.value.valueByteCount
            self.init(byteCount: moved + Double(op.key.rows) * op.cache.tokenByteCount)
        case .attention(let op):
            self.init(byteCount: op.query.valueByteCount + op.output.valueByteCount, attention: Attention(op))
        case .experts(let op): self.init(op)
        case .combine(let op):
            self.init(byteCount: op.a.valueByteCount + op.b.valueByteCount + op.output.valueByteCount)
        case .gather(let op): self.init(byteCount: 2 * op.output.valueByteCount)
        case .sample(let op): self.init(byteCount: op.logits.valueByteCount)
        }
    }

    private init(_ op: LinearOp) {
        self.init(byteCount: op.input.valueByteCount + op.output.valueByteCount)
        byteCount += op.residual?.tensor.prefix(rows: op.output.rows).valueByteCount ?? 0
        for part in op.parts {
            byteCount += Double(part.weight.storedByteCount)
            operationCount += 2 * Double(op.input.rows * part.weight.rows) * Double(part.weight.columns)
        }
    }

    private init(_ op: ExpertsOp) {
        let rows = op.input.rows
        let touched = ExpectedExperts.count(of: op.gate.count, chosen: op.topK, rows: rows)
        let all = op.gate + op.up + op.down
        let bytes = all.reduce(0) { $0 + $1.storedByteCount }
        let values = all.reduce(0) { $0 + $1.rows * $1.columns }
        let share = 1 / Double(max(op.gate.count, 1))
        self.init(
            byteCount: op.input.valueByteCount + op.output.valueByteCount + Double(bytes) * share * touched
                + Double(op.router.storedByteCount),
            operationCount: 2 * Double(rows)
                * (Double(op.topK) * Double(values) * share + Double(op.router.rows * op.router.columns)))
    }
}

/// How many of a layer's experts some rows choose, when all are equally likely and rows choose on their own:
/// E (1 - (1 - k / E) ^ rows).
public enum ExpectedExperts {
    public static func count(of experts: Int, chosen: Int, rows: Int) -> Double {
        guard experts > 0 else { return 0 }
        var missed = 1.0
        let chance = 1 - Double(chosen) / Double(experts)
        for _ in 0..<min(rows, 4096) where missed > 1e-9 { missed *= chance }
        return Double(experts) * (1 - missed)
    }
}

extension Tensor {
    /// Of its values, without gaps.
    var valueByteCount: Double { Double(rows * columns * dtype.blockBytes) }
}

extension PackedWeight {
    /// What is read of it: its packed bytes, or the file's where it stays there.
    fileprivate var storedByteCount: Int {
        switch storage {
        case .packed: layout.byteCount
        case .file: memory.byteCount
        }
    }
}

extension Operation {
    /// What a profile calls it: `linear Q4_K 1536 -> 8960 x2`, `attention`.
    public var profileName: String {
        switch self {
        case .embed: "embed"
        case .norm: "norm"
        case .linear(let op): op.profileName
        case .ropeStore: "rope, store"
        case .attention(let op): op.window.map { "attention, window \($0)" } ?? "attention"
        case .experts(let op):
            "experts \(Self.types(op.gate + op.up + op.down)) \(op.input.columns) -> \(op.gate.first?.rows ?? 0), "
                + "\(op.topK) of \(op.gate.count)"
        case .combine(let op):
            switch op.kind {
            case .add: "add"
            case .gated: "gate"
            case .activation: "activate"
            }
        case .gather: "gather"
        case .sample: "sample"
        }
    }

    /// The types of some weights, each once, in their order.
    fileprivate static func types(_ weights: [PackedWeight]) -> String {
        var names: [String] = []
        for weight in weights where !names.contains(weight.layout.dtype.rawValue) {
            names.append(weight.layout.dtype.rawValue)
        }
        return names.joined(separator: "+")
    }
}

extension LinearOp {
    fileprivate var profileName: String {
        let outputs = parts.reduce(0) { $0 + $1.weight.rows }
        let isGated = if case .gated = combine { true } else { false }
        let shape = isGated ? "\(input.columns) -> \(outputs / 2) x2" : "\(input.columns) -> \(outputs)"
        return "linear \(Operation.types(parts.map(\.weight))) \(shape)"
    }
}
