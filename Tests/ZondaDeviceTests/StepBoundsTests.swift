import Testing
import ZondaCore
import ZondaDevice

@Suite struct StepBoundsTests {
    /// A sequence of 40 tokens of which the last 3 rows are computed, and a new one of 2 rows; 8 pages.
    private static var legal: StepInputs {
        var inputs = StepInputs()
        inputs.tokens = [1, StepInputs.lastSample, 9, 0, 4]
        inputs.slots = [0, 0, 0, 1, 1]
        inputs.positions = [37, 38, 39, 0, 1]
        inputs.ropeVariants = [0, 0, 1, 0, 1]
        inputs.spans = [
            .init(firstRow: 0, rowCount: 3, firstPosition: 37), .init(firstRow: 3, rowCount: 2, firstPosition: 0),
        ]
        var tables = StepInputs.PageTables()
        tables.tables = [7, 2, 0]
        tables.offsets = [0, 2]
        tables.writeSlots = [69, 70, 71, 0, 1]
        inputs.groups = [tables]
        inputs.logitRows = [2, 4]
        inputs.samples = [.init(slot: 0, logitRow: 0, tokenIndex: 3), .init(slot: 1, logitRow: 1, tokenIndex: 0)]
        return inputs
    }

    private func bounds(_ phase: StepKey.Phase = .forward, window: Int? = nil) -> StepBounds {
        let memory = DeviceMemory(address: 64, byteCount: 1 << 20) { _ in }
        let layout = PackedLayout(dtype: .f32, rows: 10, columns: 4, byteCount: 160, rowGranule: 1)
        let tensor = Tensor(memory, rows: 5, columns: 4)
        let cache = KVCache(
            spec: KVSpec(dtype: .f32, kvHeads: 1, headSize: 4), memory: memory, pageCount: 8, group: 0)
        let table = Tensor(memory, rows: 64, columns: 4)
        let rope = Rope(style: .halves, rotarySize: 4, tables: [table, table])
        var bounds = StepBounds(
            StepKey(phase, rows: 5, logitRows: 2), limits: StepLimits(rows: 5, slots: 2, compute: .float32))
        bounds.include(
            .embed(EmbedOp(weight: PackedWeight(name: "e", layout: layout, memory: memory), output: tensor)))
        bounds.include(.ropeStore(RopeStoreOp(query: tensor, key: tensor, value: tensor, rope: rope, cache: cache)))
        bounds.include(
            .attention(AttentionOp(query: tensor, cache: cache, scale: 1, window: window, output: tensor)))
        return bounds
    }

    @Test func legalInputsPass() throws {
        try bounds().check(Self.legal)
        try bounds(.sample).check(Self.legal)
    }

    @Test func aPageThatAWindowHasLeftMayBeGone() throws {
        var inputs = Self.legal
        inputs.groups[0].tables[0] = -1
        // Position 37 sees back to 33 with a window of 5, and to 31 with one of 7.
        try bounds(window: 5).check(inputs)
        #expect(throws: ZondaError.self) { try bounds(window: 7).check(inputs) }
        #expect(throws: ZondaError.self) { try bounds().check(inputs) }
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var phase = StepKey.Phase.forward
        var apply: @Sendable (inout StepInputs) -> Void

        init(_ name: String, _ phase: StepKey.Phase = .forward, _ apply: @escaping @Sendable (inout StepInputs) -> Void)
        {
            testDescription = name
            self.phase = phase
            self.apply = apply
        }

        static let all = [
            Fault("a token beyond the vocabulary") { $0.tokens[0] = 10 },
            Fault("a negative token") { $0.tokens[0] = -2 },
            Fault("a row too few") { $0.tokens.removeLast() },
            Fault("a slot too high") { $0.slots[0] = 2 },
            Fault("a position that skips") { $0.positions[1] = 40 },
            Fault("a position beyond the rope table") {
                $0.positions[3...4] = [64, 65]
                $0.spans[1].firstPosition = 64
            },
            Fault("a rope variant too high") { $0.ropeVariants[0] = 2 },
            Fault("spans with a gap") { $0.spans[1].firstRow = 4 },
            Fault("a span without rows") { $0.spans[1].rowCount = 0 },
            Fault("a span that is too long") { $0.spans[1].rowCount = .max },
            Fault("no page tables") { $0.groups = [] },
            Fault("a table offset too high") { $0.groups[0].offsets[1] = 3 },
            Fault("a negative table offset") { $0.groups[0].offsets[1] = -1 },
            Fault("a page too high") { $0.groups[0].tables[1] = 8 },
            Fault("a page that is gone") { $0.groups[0].tables[1] = -1 },
            Fault("a write slot too high") { $0.groups[0].writeSlots[0] = 256 },
            Fault("a write slot too few") { $0.groups[0].writeSlots.removeLast() },
            Fault("a logit row too high") { $0.logitRows[0] = 5 },
            Fault("a logit row too few") { $0.logitRows.removeLast() },
            Fault("a sampled slot too high", .sample) { $0.samples[0].slot = 2 },
            Fault("a slot sampled twice", .sample) { $0.samples[0].slot = 1 },
            Fault("a sampled row too high", .sample) { $0.samples[1].logitRow = 2 },
        ]
    }

    @Test(arguments: Fault.all) func everyFaultIsAnError(_ fault: Fault) {
        var inputs = Self.legal
        fault.apply(&inputs)
        #expect(throws: ZondaError.self) { try bounds(fault.phase).check(inputs) }
    }
}
