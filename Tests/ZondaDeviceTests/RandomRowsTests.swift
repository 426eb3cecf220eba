import Testing
import ZondaCore
import ZondaDevice

/// The recipe by which a device makes random rows gives the bytes that the host makes.
@Suite struct RandomRowsTests {
    static let types = DType.allCases.filter(\.isPacked)

    @Test(arguments: types) func recipe(_ dtype: DType) throws {
        let spec = WeightSpec(name: "w", dtype: dtype, rows: 3, columns: 3 * dtype.blockSize)
        let source = try RandomTileSource(spec, seed: 77)
        let rows = try #require(source.randomRows)
        #expect(rows.patches.count <= 8, "what a kernel takes")
        let rowByteCount = try #require(dtype.byteCount(of: spec.columns))
        try source.withRows(1..<3) { bytes in
            for (index, byte) in bytes.enumerated() {
                let (row, offset) = (1 + index / rowByteCount, index % rowByteCount)
                let word = Self.word(rows.seed &+ UInt64(row) &* RandomRows.rowStride, offset / 8)
                var expected = UInt8(truncatingIfNeeded: word >> UInt64(offset % 8 * 8))
                for patch in rows.patches where patch.offset == offset % dtype.blockBytes {
                    expected = expected & patch.keep | patch.value
                }
                #expect(byte == expected, "\(dtype) row \(row) byte \(offset)")
            }
        }
    }

    @Test func onlyRandomRowsHaveARecipe() throws {
        let spec = WeightSpec(name: "w", dtype: .f16, rows: 1, columns: 5)
        #expect(try RandomTileSource(spec, seed: 1).randomRows?.patches.isEmpty == true)
    }

    /// Output `index` of SplitMix64.
    private static func word(_ state: UInt64, _ index: Int) -> UInt64 {
        var z = state &+ UInt64(index + 1) &* 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
