import DeviceConformance
import Testing
import ZondaCPU
import ZondaCore
import ZondaDevice

/// Weights that stay in their file give the same bits as packed ones: products of few and many rows, gates, experts,
/// embeddings.
@Suite struct KeptWeightTests {
    @Test(arguments: DType.weights) func everyType(_ dtype: DType) throws {
        let columns = max(dtype.blockSize * 2, 64)
        for set in InstructionSet.supported {
            let bench = try Workbench(CPUDevice(threads: 2, instructionSet: set), compute: .fast)
            let (first, second) = (
                try TwoForms(dtype, rows: 41, columns: columns, seed: 1, bench),
                try TwoForms(dtype, rows: 41, columns: columns, seed: 2, bench)
            )
            #expect(first.kept.storage == .file && first.kept.layout.byteCount == 0)
            for rows in [1, 9, 65] {
                func product(_ weight: (TwoForms) -> PackedWeight) throws -> [Float] {
                    try bench.forgetRecordings()
                    let output = try bench.noise(rows: rows, columns: 41, seed: 4)
                    let bias = try bench.noise(rows: 1, columns: 41, seed: 5)
                    let op = LinearOp(
                        input: try bench.noise(rows: rows, columns: columns, seed: 3),
                        parts: [.init(weight(first), bias: bias), .init(weight(second), bias: bias)],
                        combine: .gated(.silu), residual: Residual(output), output: output)
                    try bench.run([.linear(op)], rows: rows)
                    return try bench.values(output)
                }
                let (kept, packed) = (try product(\.kept), try product(\.packed))
                #expect(kept.map(\.bitPattern) == packed.map(\.bitPattern), "\(rows) rows, \(set)")
            }
            #expect(try embedded(first.kept, bench) == embedded(first.packed, bench), "\(set)")
        }
    }

    private func embedded(_ weight: PackedWeight, _ bench: Workbench) throws -> [UInt32] {
        try bench.forgetRecordings()
        let output = try bench.tensor(rows: 5, columns: weight.columns)
        var inputs = StepInputs.rows(5)
        inputs.tokens = [0, 15, 16, 40, 7]
        try bench.run([.embed(EmbedOp(weight: weight, output: output))], inputs: inputs, rows: 5)
        return try bench.values(output).map(\.bitPattern)
    }

    @Test func experts() throws {
        let (hidden, inner, count, rows) = (64, 96, 4, 7)
        let bench = try Workbench(CPUDevice(threads: 2), compute: .fast)
        let router = try bench.weight(.f32, rows: count, columns: hidden, seed: 9)
        func forms(_ dtype: DType, _ rows: Int, _ columns: Int, _ seed: Int) throws -> [TwoForms] {
            try (0..<count).map { try TwoForms(dtype, rows: rows, columns: columns, seed: seed + $0, bench) }
        }
        // The second takes more room than the first while it is multiplied.
        let (gate, up, down) = (
            try forms(.q4_0, inner, hidden, 10), try forms(.f32, inner, hidden, 20),
            try forms(.q8_0, hidden, inner, 30)
        )
        // Only some are kept: what fits is packed.
        func outcome(_ isKept: (Int) -> Bool) throws -> [UInt32] {
            try bench.forgetRecordings()
            func chosen(_ forms: [TwoForms]) -> [PackedWeight] {
                forms.enumerated().map { isKept($0.offset) ? $0.element.kept : $0.element.packed }
            }
            let output = try bench.tensor(rows: rows, columns: hidden)
            let op = ExpertsOp(
                input: try bench.noise(rows: rows, columns: hidden, seed: 3), router: router, gate: chosen(gate),
                up: chosen(up), down: chosen(down), topK: 2, renormalizes: true, activation: .silu, output: output)
            try bench.run([.experts(op)], rows: rows)
            return try bench.values(output).map(\.bitPattern)
        }
        let packed = try outcome { _ in false }
        #expect(try outcome { _ in true } == packed)
        #expect(try outcome { $0 == 2 } == packed)
    }

    @Test func rowsOfAnotherSizeAreAnError() throws {
        let device = try CPUDevice(threads: 1)
        let spec = WeightSpec(name: "w", dtype: .q8_0, rows: 40, columns: 32)
        let source = try MappedSource(WeightSpec(name: "w", dtype: .q8_0, rows: 39, columns: 32), seed: 1)
        let error = #expect(throws: ZondaError.self) { try device.keep(spec, from: source) }
        #expect(error?.code == .badTensor)
    }
}

/// One weight, packed and kept.
private struct TwoForms {
    let packed: PackedWeight
    let kept: PackedWeight

    init(_ dtype: DType, rows: Int, columns: Int, seed: Int, _ bench: Workbench) throws {
        let spec = WeightSpec(name: "weight \(seed)", dtype: dtype, rows: rows, columns: columns)
        let source = try MappedSource(spec, seed: seed)
        packed = try bench.device.pack(spec, from: source)
        kept = try bench.device.keep(spec, from: source)
    }
}

/// Random rows that stay in memory, as those of a mapped file do.
private struct MappedSource: TileSource {
    private let memory: DeviceMemory
    private let rowByteCount: Int

    init(_ spec: WeightSpec, seed: Int) throws {
        rowByteCount = spec.dtype.byteCount(of: spec.columns) ?? 0
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: rowByteCount * spec.rows, alignment: 1)
        try RandomTileSource(spec, seed: UInt64(seed)).withRows(0..<spec.rows) { (rows) throws(ZondaError) in
            copy.copyMemory(from: rows)
        }
        let address = UInt(bitPattern: copy.baseAddress)
        memory = DeviceMemory(address: address, byteCount: copy.count) { address in
            UnsafeMutableRawPointer(bitPattern: address)?.deallocate()
        }
    }

    func withRows(
        _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(ZondaError) -> Void
    ) throws(ZondaError) {
        let base = UnsafeRawPointer(bitPattern: memory.address)
        try body(
            UnsafeRawBufferPointer(
                start: base.map { $0 + range.lowerBound * rowByteCount }, count: range.count * rowByteCount))
    }

    func discardRows(below row: Int) {}
    func mappedRows() throws(ZondaError) -> DeviceMemory? { memory }
}
