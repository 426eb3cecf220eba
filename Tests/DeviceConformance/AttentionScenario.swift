import Glibc
import ZondaCore
import ZondaDevice

/// Sequences whose tokens arrive over several steps: keys, values and queries of a token depend on its sequence and
/// position only, so any way to cut the same sequences into steps must give the same results.
public struct AttentionScenario: Sendable {
    var heads = 4
    var kvHeads = 4
    var headSize = 64
    var dtype = DType.f16
    var window: Int?
    var softcap: Float?
    var style = Rope.Style.halves
    /// Values of a head that turn; nil for no rope at all.
    var rotarySize: Int? = 64
    var queryNorm: NormSpec.Kind?
    /// Norms run over the whole width instead of each head.
    var wideNorm = false

    /// Rows that a step computes of one sequence.
    struct Chunk: Sendable {
        var sequence: Int
        var rows: Int
    }

    /// The outputs of every sequence, [positions, heads * headSize].
    func run(_ bench: Workbench, steps: [[Chunk]], fusions: Fusions) throws -> [Int: [Float]] {
        try bench.forgetRecordings()
        let spec = KVSpec(dtype: dtype, kvHeads: kvHeads, headSize: headSize)
        let pageCount = 128
        let memory = try bench.device.allocate(byteCount: pageCount * bench.device.pageByteCount(of: spec))
        let cache = KVCache(spec: spec, memory: memory, pageCount: pageCount, group: 0)
        let rope = try rotarySize.map { try self.rope(bench, rotarySize: $0) }
        var lengths: [Int: Int] = [:]
        var pages: [Int: [Int32]] = [:]
        // Neighbouring pages of a sequence are not neighbours in memory.
        var free = (0..<Int32(pageCount)).map { ($0 * 37 + 11) % Int32(pageCount) }
        var results: [Int: [Float]] = [:]
        for step in steps {
            var inputs = StepInputs()
            var tables = StepInputs.PageTables()
            for chunk in step {
                let start = lengths[chunk.sequence] ?? 0
                lengths[chunk.sequence] = start + chunk.rows
                var table = pages[chunk.sequence] ?? []
                while table.count * KVCache.pageSize < start + chunk.rows { table.append(free.removeLast()) }
                if let window {
                    for page in 0..<max(0, start - window + 1) / KVCache.pageSize { table[page] = -1 }
                }
                pages[chunk.sequence] = table
                append(chunk, start, table, to: &inputs, &tables)
            }
            inputs.groups = [tables]
            let output = try run(bench, inputs, step, lengths, cache, rope, fusions)
            var row = 0
            for chunk in step {
                let range = row * heads * headSize..<(row + chunk.rows) * heads * headSize
                results[chunk.sequence, default: []] += output[range]
                row += chunk.rows
            }
        }
        return results
    }

    private func append(
        _ chunk: Chunk, _ start: Int, _ table: [Int32], to inputs: inout StepInputs,
        _ tables: inout StepInputs.PageTables
    ) {
        inputs.spans.append(
            .init(
                firstRow: Int32(inputs.rowCount), rowCount: Int32(chunk.rows), firstPosition: Int32(start)))
        tables.offsets.append(Int32(tables.tables.count))
        tables.tables += table
        for position in start..<start + chunk.rows {
            inputs.tokens.append(0)
            inputs.slots.append(0)
            inputs.positions.append(Int32(position))
            inputs.ropeVariants.append(Int32(chunk.sequence % 2))
            let page = Int(table[position / KVCache.pageSize])
            tables.writeSlots.append(Int32(page * KVCache.pageSize + position % KVCache.pageSize))
        }
    }

    private func run(
        _ bench: Workbench, _ inputs: StepInputs, _ step: [Chunk], _ lengths: [Int: Int], _ cache: KVCache,
        _ rope: Rope?, _ fusions: Fusions
    ) throws -> [Float] {
        func rows(_ width: Int, _ kind: Int) throws -> Tensor {
            var values: [Float] = []
            for chunk in step {
                let end = lengths[chunk.sequence] ?? 0
                for position in end - chunk.rows..<end {
                    values += Noise.values(width, seed: (chunk.sequence * 4 + kind) * 100_000 + position)
                }
            }
            return try bench.tensor(values, columns: width, stride: width + 16)
        }
        let (query, key, value) = (
            try rows(heads * headSize, 0), try rows(kvHeads * headSize, 1), try rows(kvHeads * headSize, 2)
        )
        let output = try bench.tensor(rows: query.rows, columns: query.columns)
        var store = RopeStoreOp(query: query, key: key, value: value, rope: rope, cache: cache)
        if let queryNorm {
            store.queryNorm = try bench.norm(queryNorm, size: wideNorm ? query.columns : headSize)
            store.keyNorm = try bench.norm(queryNorm, size: wideNorm ? key.columns : headSize)
        }
        let attention = AttentionOp(
            query: query, cache: cache, scale: 1 / Float(headSize).squareRoot(), softcap: softcap, window: window,
            output: output)
        try bench.forgetRecordings()
        let lowered = try lower(.ropeStore(store), for: fusions) + [.attention(attention)]
        try bench.run(lowered, inputs: inputs, rows: query.rows)
        return try bench.values(output)
    }

    /// Two variants, one with frequencies half as high.
    private func rope(_ bench: Workbench, rotarySize: Int) throws -> Rope {
        let half = rotarySize / 2
        let tables = try [1.0, 0.5].map { factor in
            var values: [Float] = []
            for position in 0..<1024 {
                let angles = (0..<half).map { pair in
                    Double(position) * factor / pow(10_000, Double(2 * pair) / Double(rotarySize))
                }
                values += angles.map { Float(cos($0)) } + angles.map { Float(sin($0)) }
            }
            return try bench.tensor(values, columns: rotarySize)
        }
        return Rope(style: style, rotarySize: rotarySize, tables: tables)
    }
}
