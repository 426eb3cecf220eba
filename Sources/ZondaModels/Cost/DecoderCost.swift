public import ZondaCore
public import ZondaDevice

/// What a decoder's steps must read and multiply at the least, from its description and the packed sizes of its weights:
/// what measured speeds are held against. `docs/benchmarks.md` states the formula.
public struct DecoderCost: Sendable, Hashable {
    /// Matrices that each row is multiplied by.
    private struct Weights: Hashable {
        var byteCount = 0
        /// Values of matrices of quantized types, and of plain numbers.
        var quantizedCount = 0
        var floatCount = 0

        mutating func add(_ layout: PackedLayout) {
            byteCount += layout.byteCount
            if layout.dtype.isPacked {
                quantizedCount += layout.rows * layout.columns
            } else {
                floatCount += layout.rows * layout.columns
            }
        }

        /// - Parameter share: of the bytes that are read, and of the values that a row is multiplied by.
        func work(rows: Int, read: Double = 1, used: Double = 1) -> StepWork {
            let perValue = 2 * Double(rows) * used
            return StepWork(
                byteCount: Double(byteCount) * read, quantizedOperationCount: perValue * Double(quantizedCount),
                floatOperationCount: perValue * Double(floatCount))
        }
    }

    private struct Experts: Hashable {
        var weights = Weights()
        var count = 0
        var topK = 0
    }

    /// Layers whose attention is alike.
    private struct Attention: Hashable {
        var layerCount = 0
        var tokenByteCount: Double
        var operationCountPerPair: Double
        var window: Int?
    }

    private var dense = Weights()
    private var head = Weights()
    private var experts: [Experts] = []
    private var attention: [Attention] = []

    /// Bytes of all weights as the device packs them.
    public private(set) var weightByteCount = 0

    /// Reads headers only.
    public init(
        _ model: DecoderDescription, from weights: some WeightSource, on device: any Device, kvType: DType
    ) throws(ZondaError) {
        var source = weights
        func layout(_ matrix: LinearDescription) throws(ZondaError) -> PackedLayout {
            try device.layout(of: source.matrix(matrix).0)
        }
        for layer in model.layers {
            let part = layer.attention
            for matrix in [part.query, part.key, part.value, part.output] { dense.add(try layout(matrix)) }
            let spec = KVSpec(dtype: kvType, kvHeads: part.kvHeads, headSize: part.headSize)
            add(part, tokenByteCount: Double(try device.pageByteCount(of: spec)) / Double(KVCache.pageSize))
            switch layer.feedForward {
            case .gated, .plain: for matrix in layer.feedForward.matrices { dense.add(try layout(matrix)) }
            case .experts(let part):
                dense.add(try layout(part.router))
                var experts = Experts(count: part.experts.count, topK: part.topK)
                for expert in part.experts {
                    for matrix in [expert.gate, expert.up, expert.down] { experts.weights.add(try layout(matrix)) }
                }
                self.experts.append(experts)
            }
        }
        let embedding = try layout(model.embeddingMatrix)
        head.add(model.isTied ? embedding : try layout(model.head))
        weightByteCount =
            dense.byteCount + experts.reduce(0) { $0 + $1.weights.byteCount } + head.byteCount
            + (model.isTied ? 0 : embedding.byteCount)
    }

    private mutating func add(_ part: AttentionDescription, tokenByteCount: Double) {
        var entry = Attention(
            tokenByteCount: tokenByteCount, operationCountPerPair: 4 * Double(part.heads * part.headSize),
            window: part.window)
        let index = attention.firstIndex { known in
            entry.layerCount = known.layerCount
            return known == entry
        }
        if let index {
            attention[index].layerCount += 1
        } else {
            entry.layerCount = 1
            attention.append(entry)
        }
    }

    /// Rows of one sequence in a step: positions first ... first + count - 1.
    public struct Span: Sendable, Hashable {
        public var first: Int
        public var count: Int

        public init(first: Int, count: Int) {
            self.first = first
            self.count = count
        }
    }

    /// One step: each weight is read once, the keys and values that a span sees are read once, and its own are written.
    ///
    /// - Parameter logitRows: rows that the head is computed for.
    public func step(_ spans: [Span], logitRows: Int) -> StepWork {
        let rows = spans.reduce(0) { $0 + $1.count }
        var work = dense.work(rows: rows)
        if logitRows > 0 { work += head.work(rows: logitRows) }
        for layer in experts {
            let touched = ExpectedExperts.count(of: layer.count, chosen: layer.topK, rows: rows)
            let count = Double(max(layer.count, 1))
            work += layer.weights.work(rows: rows, read: touched / count, used: Double(layer.topK) / count)
        }
        for part in attention {
            var (tokens, pairs) = (0, 0)
            for span in spans {
                let visible = VisibleTokens(first: span.first, count: span.count, window: part.window)
                tokens += visible.tokenCount + span.count
                pairs += visible.pairCount
            }
            work += StepWork(
                byteCount: Double(part.layerCount * tokens) * part.tokenByteCount,
                floatOperationCount: Double(part.layerCount * pairs) * part.operationCountPerPair)
        }
        return work
    }
}
