import Testing
import ZondaCPU
import ZondaCore
import ZondaDevice
import ZondaFormats

/// The oracle itself, against values worked out by hand.
@Suite struct ReferenceTests {
    private func weight(_ bench: Workbench, _ values: [Float], columns: Int) throws -> PackedWeight {
        let bytes = values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
        let spec = WeightSpec(name: "w", dtype: .f32, rows: values.count / columns, columns: columns)
        return try bench.device.pack(spec, from: ByteSource(bytes: bytes, rowByteCount: columns * 4))
    }

    @Test func linearWithBiasAndScale() throws {
        let bench = try Workbench(ReferenceDevice())
        let input = try bench.tensor([1, 2, 3, 4], columns: 2)
        let w = try weight(bench, [1, 0, 0, 1, 1, 1], columns: 2)
        let bias = try bench.tensor([0.5, 0, -1], columns: 3)
        let output = try bench.tensor(rows: 2, columns: 3)
        let op = LinearOp(input: input, parts: [.init(w, bias: bias)], scale: 2, output: output)
        try bench.run([.linear(op)], rows: 2)
        #expect(try bench.values(output) == [3, 4, 4, 7, 8, 12])
    }

    @Test func norms() throws {
        let bench = try Workbench(ReferenceDevice())
        let input = try bench.tensor([3, 4, 0, 2], columns: 4)
        let weight = try bench.tensor([1, 2], columns: 2)
        let output = try bench.tensor(rows: 1, columns: 4)
        let rms = NormSpec(kind: .rms, weight: weight, epsilon: 0)
        try bench.run([.norm(NormOp(input: input, spec: rms, output: output))], rows: 1)
        let expected: [Float] = [0.848528, 2.262742, 0, 2.828427]
        #expect(zip(try bench.values(output), expected).allSatisfy { abs($0 - $1) < 1e-6 })
        let layer = NormSpec(kind: .layer, weight: weight, epsilon: 0)
        try bench.run([.norm(NormOp(input: input, spec: layer, output: output))], rows: 1)
        #expect(try bench.values(output) == [-1, 2, -1, 2])
    }

    @Test func tokenOutOfTheVocabularyIsAnError() throws {
        let bench = try Workbench(ReferenceDevice())
        let w = try weight(bench, [1, 2, 3, 4], columns: 2)
        let output = try bench.tensor(rows: 1, columns: 2)
        var inputs = StepInputs.rows(1)
        inputs.tokens = [1]
        try bench.run([.embed(EmbedOp(weight: w, scale: 2, output: output))], inputs: inputs, rows: 1)
        #expect(try bench.values(output) == [6, 8])
        inputs.tokens = [2]
        #expect(throws: ZondaError.self) {
            try bench.run([.embed(EmbedOp(weight: w, output: output))], inputs: inputs, rows: 1)
        }
    }

    /// Two rows of one sequence: the first sees itself only, the second an even mixture, as the keys are equal.
    @Test func attentionOfTwoRows() throws {
        let bench = try Workbench(ReferenceDevice())
        let spec = KVSpec(dtype: .f32, kvHeads: 1, headSize: 2)
        let memory = try bench.device.allocate(byteCount: 3 * bench.device.pageByteCount(of: spec))
        let cache = KVCache(spec: spec, memory: memory, pageCount: 3, group: 0)
        let query = try bench.tensor([1, 0, 1, 0], columns: 2)
        let key = try bench.tensor([1, 0, 1, 0], columns: 2)
        let value = try bench.tensor([2, 4, 6, 0], columns: 2)
        let output = try bench.tensor(rows: 2, columns: 2)
        var inputs = StepInputs.rows(2)
        inputs.positions = [0, 1]
        inputs.spans = [.init(firstRow: 0, rowCount: 2, firstPosition: 0)]
        var tables = StepInputs.PageTables()
        tables.tables = [2]
        tables.offsets = [0]
        tables.writeSlots = [64, 65]
        inputs.groups = [tables]
        try bench.run(
            [
                .ropeStore(RopeStoreOp(query: query, key: key, value: value, rope: nil, cache: cache)),
                .attention(AttentionOp(query: query, cache: cache, scale: 1, output: output)),
            ], inputs: inputs, rows: 2)
        #expect(try bench.values(output) == [2, 4, 4, 2])
    }

    /// Every type of weight that files hold multiplies as its dequantized values do.
    @Test(arguments: DType.weights) func linearOfType(_ dtype: DType) throws {
        let bench = try Workbench(ReferenceDevice())
        let columns = dtype.blockSize * 2
        let spec = WeightSpec(name: "w", dtype: dtype, rows: 3, columns: columns)
        let source = try RandomTileSource(spec, deviation: 1, seed: 7)
        let weight = try bench.device.pack(spec, from: source)
        var expected: [Float] = []
        try source.withRows(0..<3) { (bytes) throws(ZondaError) in
            expected = try Dequantize.values(dtype, bytes.bytes, count: 3 * columns)
        }
        let input = try bench.tensor((0..<columns).map { $0 == 1 ? 1 : 0 }, columns: columns)
        let output = try bench.tensor(rows: 1, columns: 3)
        try bench.run([.linear(LinearOp(input: input, parts: [.init(weight)], output: output))], rows: 1)
        #expect(try bench.values(output) == [expected[1], expected[columns + 1], expected[2 * columns + 1]])
        let deviation = (expected.reduce(0) { $0 + $1 * $1 } / Float(expected.count)).squareRoot()
        #expect((0.3...3).contains(deviation), "random weights of deviation 1 have \(deviation)")
    }
}

extension DType {
    static var weights: [DType] {
        allCases.filter { ![.f64, .i64, .i32, .i16, .i8, .u8, .bool, .fp8].contains($0) }
    }
}
