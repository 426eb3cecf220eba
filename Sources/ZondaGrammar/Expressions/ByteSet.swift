/// A set of bytes, one bit each.
struct ByteSet: Hashable, Sendable {
    private var bits = SIMD4<UInt64>(repeating: 0)

    init() {}

    init(_ bytes: some Swift.Sequence<UInt8>) {
        for byte in bytes { insert(byte) }
    }

    init(_ byte: UInt8) { insert(byte) }

    var isEmpty: Bool { bits == SIMD4(repeating: 0) }

    mutating func insert(_ byte: UInt8) { bits[Int(byte >> 6)] |= 1 << UInt64(byte & 63) }

    func contains(_ byte: UInt8) -> Bool { bits[Int(byte >> 6)] >> UInt64(byte & 63) & 1 != 0 }

    func isDisjoint(with other: ByteSet) -> Bool { bits & other.bits == SIMD4(repeating: 0) }

    mutating func formUnion(_ other: ByteSet) { bits |= other.bits }
}
