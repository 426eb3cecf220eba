public import ZondaDevice

/// The part of a block that looks at one token alone.
public enum FeedForwardDescription: Sendable {
    /// down(activation(gate(x)) * up(x)) (Shazeer 2020).
    case gated(Gated)
    /// down(activation(up(x))).
    case plain(Plain)
    /// A routed mixture of gated parts (Shazeer et al. 2017, Jiang et al. 2024).
    case experts(Experts)

    public struct Gated: Sendable {
        public var gate: LinearDescription
        public var up: LinearDescription
        public var down: LinearDescription
        public var activation: Activation

        public init(
            gate: LinearDescription, up: LinearDescription, down: LinearDescription, activation: Activation
        ) {
            self.gate = gate
            self.up = up
            self.down = down
            self.activation = activation
        }
    }

    public struct Plain: Sendable {
        public var up: LinearDescription
        public var down: LinearDescription
        public var activation: Activation

        public init(up: LinearDescription, down: LinearDescription, activation: Activation) {
            self.up = up
            self.down = down
            self.activation = activation
        }
    }

    public struct Experts: Sendable {
        public var router: LinearDescription
        public var experts: [Gated]
        public var topK: Int
        /// Whether the chosen experts' weights are divided by their sum.
        public var renormalizes: Bool
        public var activation: Activation

        public init(
            router: LinearDescription, experts: [Gated], topK: Int, renormalizes: Bool, activation: Activation
        ) {
            self.router = router
            self.experts = experts
            self.topK = topK
            self.renormalizes = renormalizes
            self.activation = activation
        }
    }

    /// The widest intermediate result of one row.
    public var intermediateSize: Int {
        switch self {
        case .gated(let part): part.up.rows
        case .plain(let part): part.up.rows
        case .experts(let part): part.experts.first?.up.rows ?? 0
        }
    }
}

extension FeedForwardDescription {
    /// All its matrices.
    var matrices: [LinearDescription] {
        switch self {
        case .gated(let part): [part.gate, part.up, part.down]
        case .plain(let part): [part.up, part.down]
        case .experts(let part): [part.router] + part.experts.flatMap { [$0.gate, $0.up, $0.down] }
        }
    }
}
