/// Causal grouped-query attention.
public struct AttentionDescription: Sendable {
    public var heads: Int
    public var kvHeads: Int
    public var headSize: Int
    public var query: LinearDescription
    public var key: LinearDescription
    public var value: LinearDescription
    public var output: LinearDescription
    /// Over each head (size `headSize`, Qwen3) or over all of them (size `heads * headSize`, OLMo 2).
    public var queryNorm: NormDescription?
    public var keyNorm: NormDescription?
    /// Nil for a layer without positions (SmolLM3).
    public var rope: RopeDescription?
    public var scale: Float
    /// cap * tanh(score / cap) (Gemma 2).
    public var softcap: Float?
    /// Tokens that a row sees, itself included; nil for all.
    public var window: Int?

    public init(
        heads: Int, kvHeads: Int, headSize: Int, query: LinearDescription, key: LinearDescription,
        value: LinearDescription, output: LinearDescription, rope: RopeDescription?
    ) {
        self.heads = heads
        self.kvHeads = kvHeads
        self.headSize = headSize
        self.query = query
        self.key = key
        self.value = value
        self.output = output
        self.rope = rope
        self.scale = 1 / Float(headSize).squareRoot()
    }
}
