import CZondaBlocks
import CZondaSIMD
import TestSupport
import Testing
import ZondaCPU
import ZondaCore
import ZondaFormats

@Suite struct LinearPackingTests {
    /// Packed rows hold the file's values: exactly, but for a last bit where a minimum is subtracted.
    @Test(arguments: weightTypes) func valuesSurvivePacking(dtype: DType) throws {
        let source = try BlockSource(dtype)
        var next = 0
        let weight = try TestWeight(dtype, rows: 37, columns: 6 * dtype.blockSize) {
            next += 1
            return source.blocks[next % source.blocks.count]
        }
        let hasMinimum = [.q4_1, .q5_1, .q2_K, .q4_K, .q5_K].contains(dtype)
        for kernels in availableKernels {
            for row in [0, 1, 15, 16, 31, 32, 36] {
                let expected = weight.values[row * weight.columns..<(row + 1) * weight.columns]
                let most = expected.reduce(0) { max($0, abs($1)) }
                for (value, exact) in zip(weight.unpackedRow(row, by: kernels), expected) {
                    #expect(hasMinimum ? abs(value - exact) <= most * 2.5e-7 : value == exact, "\(dtype) row \(row)")
                }
            }
        }
    }

    @Test(arguments: weightTypes) func sizes(dtype: DType) throws {
        let type = try #require(dtype.kernelType)
        let block = dtype.blockSize
        #expect(zonda_block_columns(type) == block)
        #expect(zonda_block_bytes(type) == dtype.blockBytes)
        let columns = 2048
        let inFile = 16 * (columns / block) * dtype.blockBytes
        let packed = zonda_packed_tile_bytes(type, Int32(columns))
        let expanded: Set<DType> = [
            .q1_0, .q2_0, .q8_1, .q8_K, .iq1_S, .iq1_M, .iq2_XXS, .iq2_XS, .iq2_S, .iq3_XXS, .iq3_S, .tq1_0, .tq2_0,
        ]
        if expanded.contains(dtype) {
            #expect(Double(packed) * 8 <= 9.2 * 16 * Double(columns))
        } else {
            #expect(packed == inFile)
        }
        #expect(zonda_packed_bytes(type, 33, Int32(columns)) == 3 * packed)
        #expect(zonda_packed_bytes(type, 0, Int32(columns)) == 0)
        #expect(zonda_packed_bytes(type, 16, -256) == 0)
        #expect(zonda_packed_bytes(type, 16, Int32.max) == 0)
        if block > 1 { #expect(zonda_packed_tile_bytes(type, Int32(block + 1)) == 0) }
    }

    /// Whatever bits a file has, packing ends and products give some number or NaN: scales that are denormal, infinite
    /// or NaN stay in their own output row.
    @Test(arguments: weightTypes) func randomBits(dtype: DType) throws {
        var random = SplitMix64(seed: 17)
        let columns = max(2 * dtype.blockSize, 64)
        let weight = try TestWeight(dtype, rows: 18, columns: columns) {
            let special = random.next() % 4
            return (0..<dtype.blockBytes).map { _ in special == 0 ? 0xFF : UInt8(truncatingIfNeeded: random.next()) }
        }
        let x = (0..<5 * columns).map { Float($0 % 13) - 6 }
        for kernels in availableKernels {
            for exact in [false, true] {
                let y = weight.product(with: x, rows: 5, by: kernels, exact: exact)
                for output in 0..<18 {
                    let row = weight.values[output * columns..<(output + 1) * columns]
                    let most = row.reduce(0) { max($0, abs($1)) }
                    guard row.allSatisfy(\.isFinite), most < 1e30 else { continue }
                    #expect((0..<5).allSatisfy { y[$0 * 18 + output].isFinite }, "\(dtype) output \(output)")
                }
            }
        }
    }

    @Test func refusesWhatItCannotPack() {
        let bytes = [UInt8](repeating: 0, count: 100_000)
        let to = CBuffer(byteCount: 100_000)
        #expect(!zonda_pack_tile(ZONDA_Q4_K, bytes, 144, 0, 256, to.start))
        #expect(!zonda_pack_tile(ZONDA_Q4_K, bytes, 144, 17, 256, to.start))
        #expect(!zonda_pack_tile(ZONDA_Q4_K, bytes, 144, 16, 255, to.start))
        #expect(!zonda_pack_tile(ZONDA_TYPE_COUNT, bytes, 144, 16, 256, to.start))
        #expect(!zonda_pack_tile(ZONDA_IQ2_S, bytes, 82, 16, 128, to.start))
    }
}
