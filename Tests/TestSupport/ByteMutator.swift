import Foundation

/// Damages bytes in the ways that files and requests are damaged, the same way for the same seed.
///
/// ```swift
/// var mutator = ByteMutator(seed: 1)
/// for _ in 0..<ByteMutator.roundCount { _ = try? JSONValue(parsing: mutator.mutated(original).span, name: "fuzz") }
/// ```
public struct ByteMutator {
    private var random: SplitMix64

    /// Mutants of a fuzz test: 100,000, times `ZONDA_FUZZ` where that is set (seeds then differ too).
    public static let roundCount = 100_000 * max(1, factor)
    private static let factor = Int(ProcessInfo.processInfo.environment["ZONDA_FUZZ"] ?? "") ?? 1

    public init(seed: UInt64) { random = SplitMix64(seed: seed &+ UInt64(Self.factor - 1)) }

    /// A copy of `original` with one to four changes: flipped bits, interesting values, pieces cut, doubled, moved or
    /// overwritten.
    public mutating func mutated(_ original: [UInt8]) -> [UInt8] {
        var bytes = original
        for _ in 0...below(4) { change(&bytes) }
        return bytes
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else {
            bytes = [UInt8(truncatingIfNeeded: random.next())]
            return
        }
        let at = below(bytes.count)
        switch below(9) {
        case 0: bytes[at] ^= 1 << UInt8(below(8))
        case 1: bytes[at] = UInt8(truncatingIfNeeded: random.next())
        case 2: bytes[at] = [0, 1, 0x7F, 0x80, 0xFF, 0x22, 0x5B, 0x7B, 0x2C, 0x5C][below(10)]
        case 3: bytes.removeSubrange(at...)
        case 4: bytes.removeSubrange(at..<end(after: at, in: bytes))
        case 5: bytes.insert(contentsOf: bytes[at..<end(after: at, in: bytes)], at: below(bytes.count + 1))
        case 6: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: at)
        case 7:
            overwrite(&bytes, at, with: [0, 1, 0x7FFF_FFFF, 0x8000_0000, .max, 1 << 32, 1 << 62, 1 << 63][below(8)])
        default:
            let piece = Array(bytes[at..<end(after: at, in: bytes)])
            let target = below(bytes.count)
            for (offset, byte) in piece.enumerated() where target + offset < bytes.count {
                bytes[target + offset] = byte
            }
        }
    }

    /// A 64-bit number, little-endian: what counts, lengths and offsets are in binary headers.
    private mutating func overwrite(_ bytes: inout [UInt8], _ at: Int, with value: UInt64) {
        for offset in 0..<8 where at + offset < bytes.count {
            bytes[at + offset] = UInt8(truncatingIfNeeded: value >> UInt64(8 * offset))
        }
    }

    private mutating func end(after at: Int, in bytes: [UInt8]) -> Int {
        min(bytes.count, at + 1 + below(32))
    }

    private mutating func below(_ bound: Int) -> Int {
        Int(random.next() % UInt64(bound))
    }
}

/// A small deterministic generator for tests (Steele, Lea and Flood 2014).
public struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
