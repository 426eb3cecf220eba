/// How positions turn pairs of values (Su et al. 2021).
public struct Rope: Sendable {
    public enum Style: Sendable {
        /// Pairs (i, i + rotary/2), as in checkpoints of the hub.
        case halves
        /// Pairs (2i, 2i + 1), as in the original paper and in GGUF files of Llama.
        case interleaved
    }

    public var style: Style
    /// Values of a head that turn; the rest pass through.
    public var rotarySize: Int
    /// One table per variant, float32 [positions, rotary]: rotary/2 cosines, then rotary/2 sines. A row picks its
    /// variant by `StepInputs.ropeVariants`.
    public var tables: [Tensor]

    public init(style: Style, rotarySize: Int, tables: [Tensor]) {
        self.style = style
        self.rotarySize = rotarySize
        self.tables = tables
    }
}

/// Normalises and turns queries (in place) and keys, and stores keys and values into pages.
public struct RopeStoreOp: Sendable {
    /// float32 [R, heads * headSize].
    public var query: Tensor
    /// float32 [R, kvHeads * headSize]; its values are not defined afterwards.
    public var key: Tensor
    public var value: Tensor
    /// Over each head (weight of headSize values) or over the whole width.
    public var queryNorm: NormSpec?
    public var keyNorm: NormSpec?
    /// Nil for a layer without positions (SmolLM3).
    public var rope: Rope?
    public var cache: KVCache

    public init(
        query: Tensor, key: Tensor, value: Tensor, queryNorm: NormSpec? = nil, keyNorm: NormSpec? = nil, rope: Rope?,
        cache: KVCache
    ) {
        self.query = query
        self.key = key
        self.value = value
        self.queryNorm = queryNorm
        self.keyNorm = keyNorm
        self.rope = rope
        self.cache = cache
    }
}

/// Causal attention of every row over the pages of its sequence: softmax(scale · q kᵀ) v, heads grouped (Ainslie et al. 2023).
public struct AttentionOp: Sendable {
    /// float32 [R, heads * headSize].
    public var query: Tensor
    public var cache: KVCache
    public var scale: Float
    /// cap * tanh(score / cap); nil for none.
    public var softcap: Float?
    /// A row at position p sees positions p - window + 1 ... p; nil for all.
    public var window: Int?
    /// float32 [R, heads * headSize].
    public var output: Tensor

    public init(
        query: Tensor, cache: KVCache, scale: Float, softcap: Float? = nil, window: Int? = nil, output: Tensor
    ) {
        self.query = query
        self.cache = cache
        self.scale = scale
        self.softcap = softcap
        self.window = window
        self.output = output
    }

    public var heads: Int { query.columns / cache.spec.headSize }
}

/// A mixture of gated experts: each row goes to the `topK` experts that the router scores highest (ties to the lower id).
///
/// output = residual + scale * Σ_e weight_e · down_e(activation(gate_e(x)) * up_e(x)), x = norm(input).
public struct ExpertsOp: Sendable {
    public var input: Tensor
    public var norm: NormSpec?
    public var router: PackedWeight
    /// One weight per expert: [intermediate, hidden], [intermediate, hidden], [hidden, intermediate].
    public var gate: [PackedWeight]
    public var up: [PackedWeight]
    public var down: [PackedWeight]
    public var topK: Int
    /// Softmax over all experts; then the chosen weights are divided by their sum, or not.
    public var renormalizes: Bool
    public var activation: Activation
    public var residual: Residual?
    public var output: Tensor
    public var workspace: Workspace

    public init(
        input: Tensor, norm: NormSpec? = nil, router: PackedWeight, gate: [PackedWeight], up: [PackedWeight],
        down: [PackedWeight], topK: Int, renormalizes: Bool, activation: Activation, residual: Residual? = nil,
        output: Tensor, workspace: Workspace = Workspace()
    ) {
        self.input = input
        self.norm = norm
        self.router = router
        self.gate = gate
        self.up = up
        self.down = down
        self.topK = topK
        self.renormalizes = renormalizes
        self.activation = activation
        self.residual = residual
        self.output = output
        self.workspace = workspace
    }
}

/// Row by row: output = `kind` of `a` and `b`, where `norm` (if any) is applied to `b` first.
public struct CombineOp: Sendable {
    public enum Kind: Sendable {
        /// a + scale * b.
        case add(scale: Float)
        /// activation(a) * b.
        case gated(Activation)
        /// activation(a); b is not read.
        case activation(Activation)
    }

    public var kind: Kind
    public var a: Tensor
    public var b: Tensor
    public var norm: NormSpec?
    public var output: Tensor
    public var workspace: Workspace

    public init(
        _ kind: Kind, a: Tensor, b: Tensor, norm: NormSpec? = nil, output: Tensor, workspace: Workspace = Workspace()
    ) {
        self.kind = kind
        self.a = a
        self.b = b
        self.norm = norm
        self.output = output
        self.workspace = workspace
    }
}

/// output[i] = input[logitRows[i]].
public struct GatherOp: Sendable {
    public var input: Tensor
    public var output: Tensor

    public init(input: Tensor, output: Tensor) {
        self.input = input
        self.output = output
    }
}

/// Samples `StepInputs.samples` from the gathered logits, each with the sampler of its slot, and keeps each token as its
/// slot's last sample.
public struct SampleOp: Sendable {
    /// float32 [L, vocabulary].
    public var logits: Tensor

    public init(logits: Tensor) { self.logits = logits }
}
