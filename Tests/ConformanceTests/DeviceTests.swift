import DeviceConformance
import Synchronization
import Testing
import ZondaCPU
import ZondaCore
import ZondaDevice

/// What a CPU device promises beyond its operations.
@Suite struct DeviceTests {
    @Test func describesItself() throws {
        let set = try #require(InstructionSet.supported.last)
        let device = try CPUDevice(threads: 2)
        #expect(device.instructionSet == set)
        #expect(device.info.description.hasSuffix("(\(set.title), 2 threads)"))
        #expect(device.info.memoryByteCount > 0)
    }

    @Test func aMissingInstructionSetIsAnErrorThatListsWhatThereIs() throws {
        let missing = try #require(InstructionSet.allCases.first { !InstructionSet.supported.contains($0) })
        let error = #expect(throws: ZondaError.self) { try CPUDevice(instructionSet: missing) }
        #expect(error?.code == .noDevice)
        #expect(error?.facts["supported"]?.contains("portable") == true)
    }

    @Test(arguments: [0, -1, 100_000]) func illegalThreadCounts(_ count: Int) {
        #expect(throws: ZondaError.self) { try CPUDevice(threads: count) }
    }

    @Test(arguments: HostDevice.allCases) func tooMuchMemoryIsAnErrorWithNumbers(_ device: HostDevice) throws {
        let device = try device.make()
        for byteCount in [1 << 50, -1] {
            let error = #expect(throws: ZondaError.self) { try device.allocate(byteCount: byteCount) }
            #expect(error?.code == .outOfMemory)
            #expect(error?.facts["needed"] == "\(byteCount)")
            #expect(Int(error?.facts["available"] ?? "") != nil)
        }
    }

    @Test(arguments: HostDevice.allCases) func shapesThatDoNotFillBlocks(_ device: HostDevice) throws {
        let device = try device.make()
        for (dtype, rows, columns) in [
            (DType.q4_K, 1, 128), (.q8_0, 0, 32), (.q8_0, 4, 0), (.q8_0, -1, 32), (.q8_0, 1 << 40, 1 << 40),
            (.i32, 1, 1),
        ] {
            #expect(throws: ZondaError.self, "\(dtype) [\(rows), \(columns)]") {
                try device.layout(of: WeightSpec(name: "w", dtype: dtype, rows: rows, columns: columns))
            }
        }
    }

    /// Rows arrive once each, and every row below a discarded one has arrived.
    @Test(arguments: HostDevice.allCases) func packingAsksForEveryRowOnce(_ device: HostDevice) throws {
        let spec = WeightSpec(name: "w", dtype: .q8_0, rows: 20_011, columns: 2048)
        let source = CountingSource(spec)
        _ = try device.make().pack(spec, from: source)
        let state = source.state.withLock { $0 }
        #expect(state.asked == spec.rows)
        #expect(state.discarded == spec.rows)
        #expect(!state.isTorn)
    }

    @Test(arguments: HostDevice.allCases) func aShortSourceIsAnError(_ device: HostDevice) throws {
        let device = try device.make()
        let spec = WeightSpec(name: "w", dtype: .q8_0, rows: 40, columns: 32)
        let source = ByteSource(bytes: [UInt8](repeating: 0, count: 40 * 17), rowByteCount: 17)
        let error = #expect(throws: ZondaError.self) { try device.pack(spec, from: source) }
        #expect(error?.code == .badTensor)
    }

    /// Replays read the inputs of their own step, and keys may come back after others.
    @Test func recordingsAreReplayed() throws {
        let bench = try Workbench(CPUDevice(threads: 2))
        let weight = try bench.weight(.f32, rows: 8, columns: 4, seed: 1)
        let output = try bench.tensor(rows: 4, columns: 4)
        var recordings = 0
        for (step, rows) in [1, 2, 1, 3, 2, 1].enumerated() {
            var inputs = StepInputs.rows(rows)
            inputs.tokens = (0..<Int32(rows)).map { ($0 + Int32(step)) % 8 }
            try bench.stream.update(inputs)
            try bench.stream.submit(StepKey(.forward, rows: rows, logitRows: 0)) { (encoder) throws(ZondaError) in
                recordings += 1
                try encoder.encode(.embed(EmbedOp(weight: weight, output: output.prefix(rows: rows))))
            }
            let values = try bench.values(output.prefix(rows: rows))
            let expected = try outcome(Workbench(ReferenceDevice()), rows: rows, fusions: [], inputs: inputs) { bench in
                let output = try bench.tensor(rows: rows, columns: 4)
                let weight = try bench.weight(.f32, rows: 8, columns: 4, seed: 1)
                return Program(.embed(EmbedOp(weight: weight, output: output)), results: output)
            }
            #expect(values == expected)
        }
        #expect(recordings == 3)
    }
}

/// Zeros, with a record of what was asked for.
private final class CountingSource: TileSource {
    struct State {
        var asked = 0
        var discarded = 0
        var isTorn = false
    }

    let state = Mutex(State())
    private let rowByteCount: Int

    init(_ spec: WeightSpec) { rowByteCount = spec.dtype.byteCount(of: spec.columns) ?? 0 }

    func withRows(
        _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(ZondaError) -> Void
    ) throws(ZondaError) {
        state.withLock {
            $0.asked += range.count
            $0.isTorn = $0.isTorn || range.lowerBound < $0.discarded
        }
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: range.count * rowByteCount, alignment: 16)
        defer { bytes.deallocate() }
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
        try body(UnsafeRawBufferPointer(bytes))
    }

    func discardRows(below row: Int) {
        state.withLock {
            $0.isTorn = $0.isTorn || $0.asked < row
            $0.discarded = row
        }
    }
}
