import Testing
import ZondaDevice

@Suite struct PhiloxTests {
    /// Rows "philox4x32 10" of `kat_vectors` in Random123 1.14.
    @Test(
        arguments: [
            ([0, 0, 0, 0], [0, 0], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            (
                [0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff], [0xffff_ffff, 0xffff_ffff],
                [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
            ),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
            ),
        ] as [([UInt32], [UInt32], [UInt32])])
    func publishedVectors(counter: [UInt32], key: [UInt32], expected: [UInt32]) {
        #expect(Philox.block(counter: SIMD4(counter), key: SIMD2(key)) == SIMD4(expected))
    }

    @Test func everyCoordinateCounts() {
        let bits = [
            Philox.bits(seed: 1, choice: 0, index: 0), Philox.bits(seed: 1 << 32, choice: 0, index: 0),
            Philox.bits(seed: 1, choice: 1, index: 0), Philox.bits(seed: 1, choice: 0, index: 1),
            Philox.bits(seed: 1, choice: 0, index: 1 << 32),
        ]
        #expect(Set(bits).count == bits.count)
        #expect(Philox.bits(seed: 0, choice: 0, index: 0) == 0xe169_c58d_6627_e8d5)
    }
}
