import CZondaBlocks
import TestSupport
import Testing
import ZondaCPU
import ZondaCore
import ZondaFormats

/// What the CPU and the GPU pack of IQ1, IQ2, IQ3, TQ and Q8_K, against the reference.
@Suite struct BlockExpansionTests {
    static let types = weightTypes.filter { zonda_is_expanded($0.kernelType!) }

    private func expanded(_ dtype: DType, _ blocks: [UInt8]) throws -> [Float] {
        let count = blocks.count / dtype.blockBytes
        var bytes = [UInt8](repeating: 0xAB, count: count * Int(ZONDA_EXPANDED_BYTES))
        #expect(zonda_expand_blocks(try #require(dtype.kernelType), blocks, count, &bytes))
        return bytes.withUnsafeBytes { bytes in
            (0..<count * 256).map { index in
                let start = index / 256 * Int(ZONDA_EXPANDED_BYTES)
                let unit = bytes.loadUnaligned(fromByteOffset: start, as: Float.self)
                let scale = bytes[start + 4 + index % 256 / 16]
                return unit * Float(scale) * Float(Int8(bitPattern: bytes[start + 20 + index % 256]))
            }
        }
    }

    @Test func theseTypesAndNoOthers() {
        #expect(
            Set(Self.types) == [
                .q8_K, .iq1_S, .iq1_M, .iq2_XXS, .iq2_XS, .iq2_S, .iq3_XXS, .iq3_S, .tq1_0, .tq2_0,
            ])
        var to = [UInt8](repeating: 7, count: 276)
        #expect(!zonda_expand_blocks(ZONDA_Q4_K, [UInt8](repeating: 0, count: 144), 1, &to))
        #expect(!zonda_expand_blocks(ZONDA_TYPE_COUNT, [UInt8](repeating: 0, count: 144), 1, &to))
        #expect(to.allSatisfy { $0 == 7 })
        #expect(zonda_grid_rows(ZONDA_GRID_COUNT) == nil)
        #expect(zonda_grid_row_count(ZONDA_GRID_COUNT) == 0)
    }

    /// Every code of every codebook comes up in 2,048 random blocks.
    @Test(arguments: types) func everyValueIsExact(_ dtype: DType) throws {
        var random = SplitMix64(seed: 23)
        let blocks = try BlockSource(dtype).blocks.flatMap { $0 }
        let noise = (0..<2048 * dtype.blockBytes).map { _ in UInt8(truncatingIfNeeded: random.next() >> 9) }
        for bytes in [blocks, noise] {
            let count = bytes.count / dtype.blockBytes * 256
            let expected = try Dequantize.values(dtype, bytes.span.bytes, count: count)
            let actual = try expanded(dtype, bytes)
            let different = zip(actual, expected).filter { $0 != $1 && $1.isFinite }
            #expect(different.isEmpty, "\(different.count) of \(count), first \(different.first.map { "\($0)" } ?? "")")
            // What is no number in the file is none here.
            #expect(zip(actual, expected).allSatisfy { $1.isFinite || !$0.isFinite })
        }
    }
}
