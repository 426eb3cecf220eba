/// A fast hash of short byte strings for tables that live in memory only.
///
/// Multiply-and-fold over eight bytes at a time, keyed by `hashSeed`: a file cannot choose strings that collide. Nothing
/// that is seen outside depends on it.
@inline(__always)
func byteHash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var state = hashSeed ^ 0x9E37_79B9_7F4A_7C15 ^ UInt64(truncatingIfNeeded: bytes.count)
    var at = 0
    let raw = UnsafeRawBufferPointer(bytes)
    while at + 8 <= bytes.count {
        state = fold(state ^ raw.loadUnaligned(fromByteOffset: at, as: UInt64.self))
        at += 8
    }
    if at < bytes.count {
        var tail: UInt64 = 0
        while at < bytes.count {
            tail = tail << 8 | UInt64(bytes[at])
            at += 1
        }
        state = fold(state ^ tail)
    }
    return fold(state)
}

/// Differs from run to run.
let hashSeed = UInt64.random(in: .min ... .max)

/// Mixes 64 bits: the two halves of a 128-bit product, folded together.
@inline(__always)
func fold(_ value: UInt64) -> UInt64 {
    let product = value.multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
    return product.high ^ product.low
}
