import DeviceConformance
import Testing
import ZondaCUDA
import ZondaCore
import ZondaDevice

extension Kernels {
    /// Random weights made on the device.
    @Suite struct RandomWeightTests {
        private func words(_ weight: PackedWeight, on device: CUDADevice) throws -> [Float] {
            let stream = try device.makeStream(limits: StepLimits(rows: 1, slots: 1, compute: .fast))
            return try stream.read(Tensor(weight.memory, rows: 1, columns: weight.layout.byteCount / 4))
        }

        /// The bits of the host's weights, for all types that the host does not expand.
        @Test(arguments: PackedTestWeight.kinds.filter { !$0.isExpanded }.map(\.dtype))
        func hostsBits(_ dtype: DType) throws {
            let columns = dtype.isPacked ? max(2 * dtype.blockSize, 96) : 70
            try compare(WeightSpec(name: "w", dtype: dtype, rows: 37, columns: columns), .fast(architecture: 90))
        }

        @Test(arguments: Player.checked, [DType.q4_K, .mxfp4, .bf16])
        func hostsBitsChecked(_ player: Player, _ dtype: DType) throws {
            let columns = dtype.isPacked ? 2 * dtype.blockSize : 35
            try compare(WeightSpec(name: "w", dtype: dtype, rows: 17, columns: columns), player)
        }

        private func compare(_ spec: WeightSpec, _ player: Player) throws {
            let device = try player.device()
            let source = try RandomTileSource(spec, seed: 5)
            let made = try device.pack(spec, from: source)
            let packed = try device.pack(spec, from: HostRows(source))
            #expect(made.layout == packed.layout)
            let (left, right) = (try words(made, on: device), try words(packed, on: device))
            #expect(left.map(\.bitPattern) == right.map(\.bitPattern), "\(spec.dtype)")
        }

        /// More rows than are staged at once: the first tile of the second half is where it belongs.
        @Test func severalStagings() throws {
            let spec = WeightSpec(name: "w", dtype: .q8_0, rows: 65_600, columns: 32)
            try compare(spec, .fast(architecture: 90))
        }

        /// Types whose rows the host expands: the same layout, the same bits each time, other bits for another seed.
        @Test func expandedTypes() throws {
            let device = try Player.fast(architecture: 90).device()
            let spec = WeightSpec(name: "w", dtype: .iq2_XS, rows: 20, columns: 512)
            func bits(_ seed: UInt64) throws -> [UInt32] {
                let weight = try device.pack(spec, from: RandomTileSource(spec, seed: seed))
                #expect(weight.layout == (try device.layout(of: spec)))
                return try words(weight, on: device).map(\.bitPattern)
            }
            let first = try bits(1)
            #expect(try bits(1) == first)
            #expect(try bits(2) != first)
        }
    }
}
