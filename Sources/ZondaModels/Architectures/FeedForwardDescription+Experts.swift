import ZondaCore
import ZondaDevice

extension FeedForwardDescription.Experts {
    /// Experts `path.experts.0` and up with a router `path.gate`.
    ///
    /// - Parameters:
    ///   - shape: with the width of one expert as its intermediate size.
    ///   - names: an expert's gate, up and down.
    init(
        _ facts: ModelFacts, _ shape: DecoderShape, path: String,
        names: (gate: String, up: String, down: String), renormalizes: Bool, activation: Activation
    ) throws(ZondaError) {
        guard let count = try facts.expertCount() else { throw facts.missing("num_experts", "expert_count") }
        let topK = try facts.size("num_experts_per_tok", "expert_used_count")
        guard topK <= count else {
            throw facts.bad(
                "num_experts_per_tok", "expert_used_count", value: "\(topK)",
                supported: "at most the \(count) experts")
        }
        self.init(
            router: LinearDescription("\(path).gate", rows: count, columns: shape.hiddenSize),
            experts: (0..<count).map {
                .init(shape, path: "\(path).experts.\($0)", names: names, activation: activation)
            },
            topK: topK, renormalizes: renormalizes, activation: activation)
    }
}

extension ModelFacts {
    /// Checkpoints name it `num_experts` or `num_local_experts`; nil for a model without experts.
    func expertCount() throws(ZondaError) -> Int? {
        let key = try optionalInt("num_experts", nil) == nil ? "num_local_experts" : "num_experts"
        guard let count = try optionalInt(key, "expert_count"), count != 0 else { return nil }
        guard (1...Self.maxExpertCount).contains(count) else {
            throw bad(key, "expert_count", value: "\(count)", supported: "1 to \(Self.maxExpertCount)")
        }
        return count
    }

    /// All experts of all layers are listed before any tensor is looked for; the largest models have a few hundred.
    private static let maxExpertCount = 1_024
}
