/// The counter-based generator Philox4x32-10: 128 random bits as a pure function of a counter and a key.
///
/// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
public enum Philox {
    public static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
        var counter = counter
        var key = key
        for _ in 0..<10 {
            let first = UInt64(counter[0]) * 0xD251_1F53
            let second = UInt64(counter[2]) * 0xCD9E_8D57
            counter = SIMD4(
                UInt32(second >> 32) ^ counter[1] ^ key[0], UInt32(truncatingIfNeeded: second),
                UInt32(first >> 32) ^ counter[3] ^ key[1], UInt32(truncatingIfNeeded: first))
            key &+= SIMD2(0x9E37_79B9, 0xBB67_AE85)
        }
        return counter
    }

    /// 64 random bits for token number `index` of an answer.
    // Never the batch slot or the step: a request's tokens must not depend on what runs beside it.
    public static func bits(seed: UInt64, choice: UInt32, index: Int) -> UInt64 {
        let index = UInt64(bitPattern: Int64(index))
        let words = block(
            counter: SIMD4(UInt32(truncatingIfNeeded: index), UInt32(index >> 32), choice, 0),
            key: SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(seed >> 32)))
        return UInt64(words[1]) << 32 | UInt64(words[0])
    }
}
