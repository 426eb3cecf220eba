public import ZondaDevice

/// A decoder-only model, fully described: what its forward pass computes and the checkpoint's name of each tensor.
///
/// A value without weights, devices or formats: an architecture makes one from a configuration, and everything else
/// (loading, placement, the forward pass) reads it.
public struct DecoderDescription: Sendable {
    public var vocabularyCount: Int
    public var hiddenSize: Int
    /// The longest sequence that the model was made for.
    public var maxSequenceLength: Int
    public var embedding: String
    public var embeddingScale: Float = 1
    public var layers: [LayerDescription]
    public var finalNorm: NormDescription
    /// The output projection; the embedding's own matrix when its name is `embedding`.
    public var head: LinearDescription
    public var logitScale: Float = 1
    public var logitSoftcap: Float?
    /// Tensors that a checkpoint may hold and that are not weights: rope frequencies, which the description has already.
    public var ignoredSuffixes: [String] = [
        "rotary_emb.inv_freq", "rope_freqs.weight", "rope_factors_short.weight", "rope_factors_long.weight",
    ]

    public init(
        vocabularyCount: Int, hiddenSize: Int, maxSequenceLength: Int, embedding: String, layers: [LayerDescription],
        finalNorm: NormDescription, head: LinearDescription
    ) {
        self.vocabularyCount = vocabularyCount
        self.hiddenSize = hiddenSize
        self.maxSequenceLength = maxSequenceLength
        self.embedding = embedding
        self.layers = layers
        self.finalNorm = finalNorm
        self.head = head
    }

    /// Whether the head is the embedding's own matrix.
    public var isTied: Bool { head.name == embedding }

    /// The distinct attention windows, full attention (nil) first when it is there: one page group for each.
    public var windows: [Int?] {
        var seen: [Int?] = []
        for layer in layers where !seen.contains(layer.attention.window) { seen.append(layer.attention.window) }
        return seen.sorted { ($0 ?? .max) > ($1 ?? .max) }
    }
}

/// One block: attention and a feed-forward part, each added to the residual stream.
public struct LayerDescription: Sendable {
    /// Before attention; nil when only the branch's result is normed (OLMo 2).
    public var inputNorm: NormDescription?
    public var attention: AttentionDescription
    /// On the attention branch before it is added (Gemma 2).
    public var postAttentionNorm: NormDescription?
    /// Before the feed-forward part.
    public var feedForwardNorm: NormDescription?
    public var feedForward: FeedForwardDescription
    /// On the feed-forward branch before it is added.
    public var postFeedForwardNorm: NormDescription?
    /// What both branches are multiplied by when added (Granite).
    public var residualScale: Float = 1
    /// Both branches read the same normed input (Phi-2); `feedForwardNorm` is then the same as `inputNorm`.
    public var isParallel = false

    public init(
        inputNorm: NormDescription?, attention: AttentionDescription, feedForwardNorm: NormDescription?,
        feedForward: FeedForwardDescription
    ) {
        self.inputNorm = inputNorm
        self.attention = attention
        self.feedForwardNorm = feedForwardNorm
        self.feedForward = feedForward
    }
}

/// A norm by the name of its tensors (`name.weight`, and `name.bias` for LayerNorm).
public struct NormDescription: Sendable, Hashable {
    public var name: String
    public var kind: NormSpec.Kind = .rms
    public var size: Int
    public var epsilon: Float
    /// Added to the stored weight (1 in Gemma's checkpoints).
    public var weightOffset: Float = 0
    public var hasBias = false

    public init(_ name: String, size: Int, epsilon: Float) {
        self.name = name
        self.size = size
        self.epsilon = epsilon
    }
}

/// A matrix by the name of its tensors, or rows of one that several parts share.
public struct LinearDescription: Sendable, Hashable {
    /// `name.weight` and, with `hasBias`, `name.bias`.
    public var name: String
    public var rows: Int
    public var columns: Int
    /// The first row in a fused tensor of `fusedRows` rows (Phi-3's `qkv_proj`).
    public var firstRow = 0
    public var fusedRows: Int?
    public var hasBias = false

    public init(_ name: String, rows: Int, columns: Int, hasBias: Bool = false) {
        self.name = name
        self.rows = rows
        self.columns = columns
        self.hasBias = hasBias
    }

    /// Rows `firstRow ..< firstRow + rows` of the tensor `name`, which has `total` rows.
    public static func slice(_ name: String, rows: Int, columns: Int, from firstRow: Int, of total: Int) -> Self {
        var slice = LinearDescription(name, rows: rows, columns: columns)
        slice.firstRow = firstRow
        slice.fusedRows = total
        return slice
    }
}
