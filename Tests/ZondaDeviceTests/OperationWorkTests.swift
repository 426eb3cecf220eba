import Testing
import ZondaCore
import ZondaDevice

/// What steps are said to need at the least.
@Suite struct OperationWorkTests {
    @Test func visibleTokens() {
        for first in 0..<12 {
            for count in 1..<9 {
                for window in [nil, 1, 3, 7, 100] {
                    var (seen, pairs) = (Set<Int>(), 0)
                    for position in first..<first + count {
                        let visible = max(0, position + 1 - (window ?? .max))...position
                        pairs += visible.count
                        seen.formUnion(visible)
                    }
                    let found = VisibleTokens(first: first, count: count, window: window)
                    #expect(found.tokenCount == seen.count, "\(first) \(count) \(window as Int?)")
                    #expect(found.pairCount == pairs, "\(first) \(count) \(window as Int?)")
                }
            }
        }
    }

    @Test func expectedExperts() {
        #expect(ExpectedExperts.count(of: 8, chosen: 2, rows: 1) == 2)
        #expect(ExpectedExperts.count(of: 8, chosen: 2, rows: 2) == 3.5)
        #expect(ExpectedExperts.count(of: 8, chosen: 8, rows: 5) == 8)
        #expect(abs(ExpectedExperts.count(of: 128, chosen: 8, rows: 4096) - 128) < 1e-6)
        #expect(ExpectedExperts.count(of: 0, chosen: 0, rows: 3) == 0)
    }

    private func tensor(_ rows: Int, _ columns: Int) -> Tensor {
        Tensor(DeviceMemory(address: 4096, byteCount: rows * columns * 4) { _ in }, rows: rows, columns: columns)
    }

    private func weight(_ dtype: DType, _ rows: Int, _ columns: Int, byteCount: Int) -> PackedWeight {
        let layout = PackedLayout(dtype: dtype, rows: rows, columns: columns, byteCount: byteCount, rowGranule: 16)
        return PackedWeight(
            name: "w", layout: layout, memory: DeviceMemory(address: 4096, byteCount: byteCount) { _ in })
    }

    @Test func aLinearLayer() {
        let op = LinearOp(
            input: tensor(3, 64),
            parts: [.init(weight(.q4_K, 32, 64, byteCount: 1152)), .init(weight(.q6_K, 32, 64, byteCount: 1680))],
            combine: .gated(.silu), output: tensor(3, 32))
        let work = OperationWork(.linear(op)).counts(for: StepInputs())
        #expect(work.bytes == Double(1152 + 1680 + 3 * 64 * 4 + 3 * 32 * 4))
        #expect(work.operations == Double(2 * 3 * 64 * 64))
        #expect(Operation.linear(op).profileName == "linear Q4_K+Q6_K 64 -> 32 x2")
    }

    /// A span of one row and one of several, split between two kernels as a GPU does, are all of attention.
    @Test func attentionByTheStep() {
        let pages = DeviceMemory(address: 4096, byteCount: 10 * 32 * 256) { _ in }
        let cache = KVCache(
            spec: KVSpec(dtype: .f16, kvHeads: 2, headSize: 32), memory: pages, pageCount: 10, group: 0)
        let op = AttentionOp(query: tensor(6, 128), cache: cache, scale: 1, window: 50, output: tensor(6, 128))
        var inputs = StepInputs()
        inputs.spans = [
            .init(firstRow: 0, rowCount: 1, firstPosition: 99), .init(firstRow: 1, rowCount: 5, firstPosition: 0),
        ]
        let whole = OperationWork(.attention(op)).counts(for: inputs)
        #expect(whole.bytes == Double(2 * 6 * 128 * 4 + (50 + 5) * 256))
        #expect(whole.operations == Double(4 * 128 * (50 + 15)))
        var parts = (bytes: 0.0, operations: 0.0)
        for spans in [OperationWork.Attention.Spans.single, .several] {
            var attention = OperationWork.Attention(op)
            attention.spans = spans
            let part = OperationWork(attention: attention).counts(for: inputs)
            #expect(part.operations > 0)
            parts = (parts.bytes + part.bytes, parts.operations + part.operations)
        }
        #expect(parts.operations == whole.operations && parts.bytes == Double(55 * 256))
        #expect(StepProfiler.Phase(inputs) == .prompt)
        inputs.spans.removeLast()
        #expect(StepProfiler.Phase(inputs) == .decode)
    }

    @Test func aProfilerSumsByNameAndBeginsAnew() {
        let profiler = StepProfiler()
        #expect(!profiler.isOn && profiler.takeTables().isEmpty)
        var (a, b) = (StepProfiler.Line("a"), StepProfiler.Line("b"))
        (a.callCount, a.seconds, a.byteCount) = (1, 2, 10)
        (b.callCount, b.seconds, b.operationCount) = (3, 5, 7)
        profiler.add([a, b, a], to: .decode, isStep: true)
        profiler.add([a], to: .decode, isStep: false)
        profiler.add([b], to: .prompt, isStep: true)
        let tables = profiler.takeTables()
        #expect(tables.map(\.phase) == [.prompt, .decode])
        #expect(tables[1].stepCount == 1 && tables[1].seconds == 11)
        #expect(tables[1].lines.map(\.name) == ["a", "b"])
        #expect(tables[1].lines[0].callCount == 3 && tables[1].lines[0].byteCount == 30)
        #expect(profiler.takeTables().isEmpty)
    }

    @Test func limitsOfAMixture() {
        let limits = DeviceLimits(
            readBandwidth: 100, quantizedPeak: .init("int", operationsPerSecond: 50),
            floatPeak: .init("float", operationsPerSecond: 10))
        let work = StepWork(byteCount: 200, quantizedOperationCount: 100, floatOperationCount: 5)
        #expect(limits.readingTime(of: work) == 2 && limits.computingTime(of: work) == 2.5)
        #expect(limits.peak(for: work).name == "int")
    }
}
