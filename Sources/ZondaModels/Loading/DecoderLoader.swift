public import ZondaCore
public import ZondaDevice

/// Puts the weights that a description names on a device.
public struct DecoderLoader {
    let description: DecoderDescription
    let device: any Device
    var weights: any WeightSource
    let ropes: RopeTables
    /// Called with the bytes packed so far, after each weight.
    let progress: (Int) -> Void
    /// Bytes that packed weights may take.
    private let memoryByteCount: Int
    private var packedByteCount = 0
    private var keptByteCount = 0

    /// - Parameters:
    ///   - maxSequenceLength: how far rope tables reach.
    ///   - memoryByteCount: what packed weights may take; those that would go beyond stay in the file.
    ///   - progress: called on the caller's thread with the bytes packed so far.
    public static func load(
        _ description: DecoderDescription, from weights: some WeightSource, on device: any Device,
        maxSequenceLength: Int, memoryByteCount: Int = .max,
        progress: @escaping (Int) -> Void = { _ in }
    ) throws(ZondaError) -> Decoder {
        var loader = DecoderLoader(
            description: description, device: device, weights: weights,
            ropes: RopeTables(positionCount: maxSequenceLength, on: device), memoryByteCount: memoryByteCount,
            progress: progress)
        return try loader.decoder()
    }

    /// The decoder as it will be, on a device that only counts what it is given; from headers alone.
    ///
    /// - Throws: `badTensor` for a matrix that is missing or has another shape, `unsupported` for a type that the device
    ///   lacks.
    public static func plan(
        _ description: DecoderDescription, from weights: some WeightSource, on device: PlanningDevice,
        maxSequenceLength: Int
    ) throws(ZondaError) -> Decoder {
        try load(description, from: WeightShapes(weights), on: device, maxSequenceLength: maxSequenceLength)
    }

    private init(
        description: DecoderDescription, device: any Device, weights: any WeightSource, ropes: RopeTables,
        memoryByteCount: Int, progress: @escaping (Int) -> Void
    ) {
        self.memoryByteCount = memoryByteCount
        self.description = description
        self.device = device
        self.weights = weights
        self.ropes = ropes
        self.progress = progress
    }

    private mutating func decoder() throws(ZondaError) -> Decoder {
        let embedding = try weight(description.embeddingMatrix)
        var layers: [DecoderLayer] = []
        for layer in description.layers { layers.append(try self.layer(layer)) }
        let finalNorm = try norm(description.finalNorm)
        let head =
            description.isTied
            ? LinearOp.Part(embedding, bias: try bias(of: description.head)) : try part(description.head)
        try checkUnused()
        return Decoder(
            description: description, embedding: embedding, layers: layers, finalNorm: finalNorm, head: head,
            ropes: ropes, keptByteCount: keptByteCount)
    }

    private mutating func layer(_ layer: LayerDescription) throws(ZondaError) -> DecoderLayer {
        DecoderLayer(
            inputNorm: try norm(layer.inputNorm), attention: try attention(layer.attention),
            postAttentionNorm: try norm(layer.postAttentionNorm), feedForwardNorm: try norm(layer.feedForwardNorm),
            feedForward: try feedForward(layer.feedForward),
            postFeedForwardNorm: try norm(layer.postFeedForwardNorm), residualScale: layer.residualScale,
            isParallel: layer.isParallel)
    }

    private mutating func attention(_ part: AttentionDescription) throws(ZondaError) -> DecoderLayer.Attention {
        DecoderLayer.Attention(
            description: part, query: try self.part(part.query), key: try self.part(part.key),
            value: try self.part(part.value), output: try self.part(part.output),
            queryNorm: try norm(part.queryNorm), keyNorm: try norm(part.keyNorm), rope: try rope(part.rope))
    }

    private mutating func feedForward(
        _ description: FeedForwardDescription
    ) throws(ZondaError) -> DecoderLayer.FeedForward {
        switch description {
        case .gated(let part):
            return .gated(
                gate: try self.part(part.gate), up: try self.part(part.up), down: try self.part(part.down),
                part.activation)
        case .plain(let part):
            return .plain(up: try self.part(part.up), down: try self.part(part.down), part.activation)
        case .experts(let part):
            var experts = DecoderLayer.Experts(
                router: try weight(part.router), gate: [], up: [], down: [], topK: part.topK,
                renormalizes: part.renormalizes, activation: part.activation)
            for expert in part.experts {
                experts.gate.append(try weight(expert.gate))
                experts.up.append(try weight(expert.up))
                experts.down.append(try weight(expert.down))
            }
            return .experts(experts)
        }
    }

    private mutating func part(_ description: LinearDescription) throws(ZondaError) -> LinearOp.Part {
        LinearOp.Part(try weight(description), bias: try bias(of: description))
    }

    private mutating func weight(_ description: LinearDescription) throws(ZondaError) -> PackedWeight {
        let (spec, rows) = try weights.matrix(description)
        let byteCount = try device.layout(of: spec).byteCount
        let weight =
            byteCount <= memoryByteCount - packedByteCount
            ? try device.pack(spec, from: rows) : try device.keep(spec, from: rows)
        switch weight.storage {
        case .packed: packedByteCount += weight.layout.byteCount
        case .file: keptByteCount += weight.memory.byteCount
        }
        progress(packedByteCount + keptByteCount)
        return weight
    }

    private mutating func bias(of description: LinearDescription) throws(ZondaError) -> Tensor? {
        guard description.hasBias else { return nil }
        return try upload(
            try weights.vector(
                description.name + ".bias", size: description.rows, from: description.firstRow,
                of: description.fusedRows))
    }

    private mutating func norm(_ description: NormDescription?) throws(ZondaError) -> NormSpec? {
        guard let description else { return nil }
        return try norm(description)
    }

    private mutating func norm(_ description: NormDescription) throws(ZondaError) -> NormSpec {
        var weight = try weights.vector(description.name + ".weight", size: description.size)
        if description.weightOffset != 0 { weight = weight.map { $0 + description.weightOffset } }
        let bias =
            description.hasBias
            ? try upload(try weights.vector(description.name + ".bias", size: description.size)) : nil
        return NormSpec(kind: description.kind, weight: try upload(weight), bias: bias, epsilon: description.epsilon)
    }

    private func rope(_ description: RopeDescription?) throws(ZondaError) -> Rope? {
        guard let description else { return nil }
        return try ropes.rope(for: description)
    }

    private func upload(_ values: [Float]) throws(ZondaError) -> Tensor {
        let tensor = Tensor(try device.allocate(byteCount: values.count * 4), rows: 1, columns: values.count)
        try device.upload(values, to: tensor)
        return tensor
    }

    private func checkUnused() throws(ZondaError) {
        let unused = weights.unusedNames(ignoring: description.ignoredSuffixes)
        guard let first = unused.first else { return }
        let shown = unused.prefix(8).joined(separator: ", ")
        throw ZondaError(
            .badTensor,
            "\(weights.path): \(unused.count) tensors are not part of the model: \(shown)\(unused.count > 8 ? ", …" : "")",
            remedy: "the weights belong to another architecture than the configuration names", facts: ["tensor": first])
    }
}
