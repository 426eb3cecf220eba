import TestSupport
import Testing
import ZondaCore
import ZondaFormats

/// Types whose values `ggml_types.safetensors` holds, computed by the `gguf` package.
private let goldenTypes: [DType] = [
    .bf16, .q4_0, .q4_1, .q5_0, .q5_1, .q8_0, .q2_K, .q3_K, .q4_K, .q5_K, .q6_K, .iq1_S, .iq1_M, .iq2_XXS, .iq2_XS,
    .iq2_S, .iq3_XXS, .iq3_S, .iq4_NL, .iq4_XS, .tq1_0, .tq2_0, .mxfp4, .nvfp4,
]

private func values(_ dtype: DType, _ bytes: [UInt8], count: Int) throws -> [Float] {
    try Dequantize.values(dtype, bytes.span.bytes, count: count)
}

@Suite struct DequantizeTests {
    @Test(arguments: goldenTypes) func equalsTheReferenceBitForBit(_ dtype: DType) throws {
        let golden = try SafetensorsModel(path: Golden.path("ggml_types.safetensors"))
        let blocks = try golden.tensor("\(dtype.rawValue).bytes")
        #expect(blocks.shape == [64, dtype.blockBytes])
        let expected = try golden.tensor("\(dtype.rawValue).values").values()
        let actual = try Dequantize.values(dtype, try blocks.bytes(), count: 64 * dtype.blockSize)
        #expect(actual.count == expected.count)
        let different = zip(actual, expected).filter { $0 != $1 && !($0.isNaN && $1.isNaN) }
        #expect(
            different.isEmpty, "\(different.count) of \(expected.count), first \(different.first.map { "\($0)" } ?? "")"
        )
        #expect(Set(actual.map(\.bitPattern)).count > 8)
    }

    @Test func halfPrecisionIsExactForEveryNumber() throws {
        let bytes = (0...UInt16.max).flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
        let actual = try values(.f16, bytes, count: 65_536)
        let wrong = actual.enumerated().filter { bits, value in
            let expected = Float(Float16(bitPattern: UInt16(bits)))
            return expected.isNaN ? !value.isNaN : value.bitPattern != expected.bitPattern
        }
        #expect(wrong.isEmpty, "\(wrong.count) wrong, first \(wrong.first.map { "\($0)" } ?? "")")
    }

    @Test func typesWithoutGoldenValues() throws {
        let half: [UInt8] = [0x00, 0x40]  // 2
        let small = (0..<32).map { UInt8(bitPattern: Int8($0 - 16)) }
        #expect(try values(.q8_1, half + [9, 9] + small, count: 32) == (0..<32).map { 2 * Float($0 - 16) })
        let large = (0..<256).map { UInt8(bitPattern: Int8($0 - 128)) }
        let d = GGUFBuilder.bytes(of: Float(0.5).bitPattern)
        let sums = [UInt8](repeating: 9, count: 32)
        #expect(try values(.q8_K, d + large + sums, count: 256) == (0..<256).map { 0.5 * Float($0 - 128) })
        let bits = try values(.q1_0, half + [UInt8](repeating: 0b0000_0101, count: 16), count: 128)
        let crumbs = try values(.q2_0, half + [UInt8](repeating: 0b1110_0100, count: 16), count: 64)
        #expect(Array(crumbs[..<8]) == [-2, 0, 2, 4, -2, 0, 2, 4])
        #expect(Array(bits[..<8]) == [2, -2, 2, -2, -2, -2, -2, -2])
        #expect(try values(.f32, GGUFBuilder.bytes(of: Float(-1.25).bitPattern), count: 1) == [-1.25])
        #expect(try values(.f64, GGUFBuilder.bytes(of: 0.1.bitPattern), count: 1) == [Float(0.1)])
    }

    @Test func everyTypeIsReadOrRefused() throws {
        for dtype in DType.allCases {
            let bytes = [UInt8](repeating: 0, count: 3 * dtype.blockBytes)
            if [.i64, .i32, .i16, .i8, .u8, .bool, .fp8].contains(dtype) {
                expectError(.unsupported, dtype.rawValue) { _ = try values(dtype, bytes, count: 3) }
            } else {
                #expect(try values(dtype, bytes, count: 3 * dtype.blockSize).allSatisfy { $0 == 0 })
                #expect(try values(dtype, [], count: 0).isEmpty)
            }
        }
    }

    @Test func refusesCountsThatDoNotFit() {
        expectError(.badTensor, "17 bytes of type Q4_0 are not 32 values") {
            _ = try values(.q4_0, [UInt8](repeating: 0, count: 17), count: 32)
        }
        expectError(.badTensor) { _ = try values(.q4_0, [UInt8](repeating: 0, count: 18), count: 31) }
        expectError(.badTensor) { _ = try values(.f32, [], count: -1) }
    }
}
