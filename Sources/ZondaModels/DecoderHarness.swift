package import ZondaCore
package import ZondaDevice

/// Runs a decoder on one sequence with pages of its own: what the engine does, without the engine.
///
/// Not `Sendable`: used by one thread, as its device.
package final class DecoderHarness {
    package let description: DecoderDescription
    private let decoder: Decoder
    private let stream: any Stream
    private let activations: Activations
    private let caches: [KVCache]
    private let pageCount: Int
    /// How far the sequence may go: what long rope goes by.
    private let reach: Int
    private var position = 0

    /// - Parameter reach: positions that the sequence may take.
    package convenience init(
        _ description: DecoderDescription, _ weights: some WeightSource, on device: any Device, kvType: DType,
        compute: ComputeType, reach: Int, rows: Int
    ) throws(ZondaError) {
        let decoder = try DecoderLoader.load(description, from: weights, on: device, maxSequenceLength: reach)
        try self.init(description, decoder, on: device, kvType: kvType, compute: compute, reach: reach, rows: rows)
    }

    /// - Parameter decoder: loaded on `device`.
    package init(
        _ description: DecoderDescription, _ decoder: Decoder, on device: any Device, kvType: DType,
        compute: ComputeType, reach: Int, rows: Int
    ) throws(ZondaError) {
        self.description = description
        self.reach = reach
        self.decoder = decoder
        stream = try device.makeStream(limits: StepLimits(rows: rows, slots: 1, compute: compute))
        activations = try Activations(for: description, rows: rows, logitRows: rows, on: device)
        let pageCount = reach / KVCache.pageSize + 1
        self.pageCount = pageCount
        let windows = description.windows
        caches = try description.layers.map { (layer) throws(ZondaError) in
            let part = layer.attention
            let spec = KVSpec(dtype: kvType, kvHeads: part.kvHeads, headSize: part.headSize)
            let memory = try device.allocate(byteCount: try device.pageByteCount(of: spec) * pageCount)
            return KVCache(
                spec: spec, memory: memory, pageCount: pageCount, group: windows.firstIndex(of: part.window) ?? 0)
        }
    }

    /// Logits of all rows, float32 [tokens, vocabulary], flat.
    package func logits(_ tokens: [TokenID]) throws(ZondaError) -> [Float] {
        var inputs = StepInputs()
        inputs.tokens = tokens
        inputs.slots = Array(repeating: 0, count: tokens.count)
        inputs.positions = (position..<position + tokens.count).map { Int32($0) }
        let variant = Int32(decoder.ropeVariant(reaching: reach))
        inputs.ropeVariants = Array(repeating: variant, count: tokens.count)
        inputs.spans = [
            .init(firstRow: 0, rowCount: Int32(tokens.count), firstPosition: Int32(position))
        ]
        var tables = StepInputs.PageTables()
        // Pages in reverse, so that a kernel that takes positions for pages is found out.
        tables.tables = (0..<Int32(pageCount)).reversed()
        tables.offsets = [0]
        tables.writeSlots = inputs.positions.map { position in
            tables.tables[Int(position) / KVCache.pageSize] * Int32(KVCache.pageSize)
                + position % Int32(KVCache.pageSize)
        }
        inputs.groups = description.windows.map { _ in tables }
        inputs.logitRows = (0..<Int32(tokens.count)).map { $0 }
        position += tokens.count
        try decoder.prepare(upTo: position - 1)
        try stream.update(inputs)
        let key = StepKey(.forward, rows: tokens.count, logitRows: tokens.count)
        try stream.submit(key) { (encoder) throws(ZondaError) in
            try decoder.forward(encoder, activations, caches, rows: tokens.count, logitRows: tokens.count)
        }
        return try stream.read(activations.logits.prefix(rows: tokens.count))
    }

    /// The same in chunks of `size` tokens.
    package func logits(_ tokens: [TokenID], chunk size: Int) throws(ZondaError) -> [Float] {
        var all: [Float] = []
        for start in stride(from: 0, to: tokens.count, by: size) {
            all += try logits(Array(tokens[start..<min(start + size, tokens.count)]))
        }
        return all
    }

    /// The most likely tokens one after the other, after `prompt`.
    package func greedy(_ prompt: [TokenID], count: Int) throws(ZondaError) -> [TokenID] {
        var last = try logits(prompt).suffix(description.vocabularyCount)
        var tokens: [TokenID] = []
        for _ in 0..<count {
            let best = last.indices.max { (last[$0], -$0) < (last[$1], -$1) } ?? last.startIndex
            tokens.append(TokenID(best - last.startIndex))
            last = try logits([tokens[tokens.count - 1]]).suffix(description.vocabularyCount)
        }
        return tokens
    }
}
