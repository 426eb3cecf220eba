/// One node of a step. Each carries one descriptor; fields that are optional are fusions that `lower` can split off.
public enum Operation: Sendable {
    case embed(EmbedOp)
    case norm(NormOp)
    case linear(LinearOp)
    case ropeStore(RopeStoreOp)
    case attention(AttentionOp)
    case experts(ExpertsOp)
    case combine(CombineOp)
    case gather(GatherOp)
    case sample(SampleOp)
}

/// output[r] = scale * weight[tokens[r]], float32 [R, hidden].
public struct EmbedOp: Sendable {
    public var weight: PackedWeight
    public var scale: Float
    public var output: Tensor

    public init(weight: PackedWeight, scale: Float = 1, output: Tensor) {
        self.weight = weight
        self.scale = scale
        self.output = output
    }
}

/// RMSNorm: x / sqrt(mean(x²) + ε) · w (Zhang and Sennrich 2019). LayerNorm: (x - mean) / sqrt(var + ε) · w + b (Ba et al. 2016).
public struct NormSpec: Sendable {
    public enum Kind: Sendable { case rms, layer }
    public var kind: Kind
    /// float32 [1, n], with any offset (Gemma's 1 + w) already added.
    public var weight: Tensor
    public var bias: Tensor?
    public var epsilon: Float

    public init(kind: Kind, weight: Tensor, bias: Tensor? = nil, epsilon: Float) {
        self.kind = kind
        self.weight = weight
        self.bias = bias
        self.epsilon = epsilon
    }
}

/// Normalises each run of `spec.weight.columns` values of each row: whole rows, or every head of a row.
public struct NormOp: Sendable {
    public var input: Tensor
    public var spec: NormSpec
    public var output: Tensor

    public init(input: Tensor, spec: NormSpec, output: Tensor) {
        self.input = input
        self.spec = spec
        self.output = output
    }
}

public enum Activation: String, Sendable, CaseIterable {
    case silu
    /// 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))).
    case geluTanh
    /// 0.5 x (1 + erf(x / √2)).
    case gelu
    case relu
    case reluSquared
}

/// output += scale * result: the residual stream, float32.
public struct Residual: Sendable {
    public var tensor: Tensor
    public var scale: Float

    public init(_ tensor: Tensor, scale: Float = 1) {
        self.tensor = tensor
        self.scale = scale
    }
}

/// Products of one input with several weights, each of its own type and with its own bias.
///
/// `y_p = softcap(scale · (norm(input) · weight_pᵀ + bias_p))`, then `combine`, then `residual`.
public struct LinearOp: Sendable {
    public struct Part: Sendable {
        public var weight: PackedWeight
        /// float32 [1, N].
        public var bias: Tensor?

        public init(_ weight: PackedWeight, bias: Tensor? = nil) {
            self.weight = weight
            self.bias = bias
        }
    }

    public enum Combine: Sendable {
        /// output = [y_0, y_1, …] side by side.
        case concatenate
        /// output = activation(y_0) * y_1.
        case gated(Activation)
        /// output = activation(y_0).
        case activation(Activation)
    }

    /// float32 [R, K].
    public var input: Tensor
    public var norm: NormSpec?
    public var parts: [Part]
    public var combine: Combine = .concatenate
    /// Products are multiplied by this (Granite's logits).
    public var scale: Float = 1
    /// cap * tanh(y / cap) (Gemma 2's logits); nil for none.
    public var softcap: Float?
    /// output = residual.tensor + residual.scale * result; may be the output itself.
    public var residual: Residual?
    /// float32 [R, N].
    public var output: Tensor
    /// Where `lower` puts what a device does not fuse: the normed input, and the parts before `combine` or `residual`.
    public var workspace: Workspace

    public init(
        input: Tensor, norm: NormSpec? = nil, parts: [Part], combine: Combine = .concatenate, scale: Float = 1,
        softcap: Float? = nil, residual: Residual? = nil, output: Tensor, workspace: Workspace = Workspace()
    ) {
        self.input = input
        self.norm = norm
        self.parts = parts
        self.combine = combine
        self.scale = scale
        self.softcap = softcap
        self.residual = residual
        self.output = output
        self.workspace = workspace
    }
}

/// Scratch that lowered operations write to; only a device that lacks a fusion needs it.
public struct Workspace: Sendable {
    /// float32 [R, K].
    public var normed: Tensor?
    /// float32 [R, sum of N].
    public var product: Tensor?

    public init(normed: Tensor? = nil, product: Tensor? = nil) {
        self.normed = normed
        self.product = product
    }
}
