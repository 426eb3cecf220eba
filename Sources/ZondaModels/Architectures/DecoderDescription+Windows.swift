import ZondaCore

extension DecoderDescription {
    /// Gives `window` to the layers that `layer_types` calls sliding; without it, to those that `isWindowed` names.
    mutating func applyWindow(
        _ window: Int?, _ facts: ModelFacts, where isWindowed: (Int) -> Bool
    ) throws(ZondaError) {
        let types = try facts.slidingLayers(count: layers.count)
        guard let window else { return }
        for index in layers.indices where types?[index] ?? isWindowed(index) {
            layers[index].attention.window = window
        }
    }

    /// Qwen's `use_sliding_window`: layers from `max_window_layers` on see `sliding_window` tokens.
    mutating func applyMaxWindowLayers(_ facts: ModelFacts) throws(ZondaError) {
        guard try facts.optionalBool("use_sliding_window") ?? false else { return }
        let first = try facts.optionalInt("max_window_layers", nil) ?? layers.count
        try applyWindow(try facts.optionalSize("sliding_window", nil), facts) { $0 >= first }
    }
}

extension ModelFacts {
    /// Which layers `layer_types` calls sliding, or nil where config.json does not have it.
    func slidingLayers(count: Int) throws(ZondaError) -> [Bool]? {
        guard let types = try optionalStrings("layer_types") else { return nil }
        guard types.count == count else {
            throw bad("layer_types", nil, value: "\(types.count) entries", supported: "one for each of \(count) layers")
        }
        var sliding: [Bool] = []
        for type in types {
            guard ["sliding_attention", "full_attention"].contains(type) else {
                throw bad("layer_types", nil, value: type, supported: "full_attention, sliding_attention")
            }
            sliding.append(type == "sliding_attention")
        }
        return sliding
    }
}
