/// How characters are written.
enum CharacterEncoding: Hashable, Sendable {
    /// As UTF-8.
    case utf8
    /// As the inside of a JSON string (RFC 8259, section 7): as they are where JSON allows it, or as escapes. Characters
    /// beyond the basic plane are escaped as a pair of surrogates; half a pair is never written.
    case jsonString

    /// Above so many ranges, `\uXXXX` is left out: letters of all scripts would become tens of thousands of states.
    private static let maxEscapedRanges = 64

    /// The spellings of the characters of `scalars`: byte sets one after another, alternatives disjoint.
    func paths(of scalars: ScalarSet) -> [[ByteSet]] {
        switch self {
        case .utf8: return scalars.ranges.flatMap(Self.utf8)
        case .jsonString:
            var paths = scalars.subtracting(Self.mustEscape).ranges.flatMap(Self.utf8)
            let backslash = ByteSet(UInt8(ascii: "\\"))
            var letters = ByteSet()
            for (scalar, letter) in Self.shortEscapes where scalars.contains(scalar) { letters.insert(letter) }
            if !letters.isEmpty { paths.append([backslash, letters]) }
            let escaped =
                scalars.ranges.count <= Self.maxEscapedRanges ? scalars : scalars.intersection(Self.mustEscape)
            let u = [backslash, ByteSet(UInt8(ascii: "u"))]
            for range in escaped.ranges {
                if range.lowerBound <= 0xFFFF {
                    paths += Self.hexQuads(range.lowerBound...min(range.upperBound, 0xFFFF)).map { u + $0 }
                }
                if range.upperBound > 0xFFFF {
                    for (high, low) in Self.surrogates(max(range.lowerBound, 0x10000)...range.upperBound) {
                        for first in Self.hexQuads(high) {
                            for second in Self.hexQuads(low) { paths.append(u + first + u + second) }
                        }
                    }
                }
            }
            return paths
        }
    }

    private static let mustEscape = ScalarSet([0...0x1F, 0x22...0x22, 0x5C...0x5C])

    private static let shortEscapes: [(UInt32, UInt8)] = [
        (0x22, UInt8(ascii: "\"")), (0x5C, UInt8(ascii: "\\")), (0x2F, UInt8(ascii: "/")), (0x08, UInt8(ascii: "b")),
        (0x0C, UInt8(ascii: "f")), (0x0A, UInt8(ascii: "n")), (0x0D, UInt8(ascii: "r")), (0x09, UInt8(ascii: "t")),
    ]

    private static func utf8(_ range: ClosedRange<UInt32>) -> [[ByteSet]] {
        var paths: [[ByteSet]] = []
        for (length, limits) in [(1, 0...0x7F), (2, 0x80...0x7FF), (3, 0x800...0xFFFF), (4, 0x10000...0x10FFFF)] {
            let limits = UInt32(limits.lowerBound)...UInt32(limits.upperBound)
            guard range.overlaps(limits) else { continue }
            for part in digitRanges(range.clamped(to: limits), bitsPerDigit: 6, digits: length - 1) {
                let low = encode(part.lowerBound, length)
                let high = encode(part.upperBound, length)
                paths.append(zip(low, high).map { ByteSet($0...$1) })
            }
        }
        return paths
    }

    private static func encode(_ scalar: UInt32, _ length: Int) -> [UInt8] {
        guard length > 1 else { return [UInt8(scalar)] }
        var bytes: [UInt8] = []
        for index in (0..<length).reversed() {
            let bits = UInt8(truncatingIfNeeded: scalar >> UInt32(6 * index))
            bytes.append(bytes.isEmpty ? UInt8(truncatingIfNeeded: 0xF00 >> length) | bits : 0x80 | bits & 0x3F)
        }
        return bytes
    }

    /// Four hexadecimal digits in either case.
    private static func hexQuads(_ range: ClosedRange<UInt32>) -> [[ByteSet]] {
        digitRanges(range, bitsPerDigit: 4, digits: 3).map { part in
            [12, 8, 4, 0].map { shift in
                var digits = ByteSet()
                for digit in (part.lowerBound >> UInt32(shift) & 15)...(part.upperBound >> UInt32(shift) & 15) {
                    for byte in String(digit, radix: 16).utf8 { digits.insert(byte) }
                    for byte in String(digit, radix: 16, uppercase: true).utf8 { digits.insert(byte) }
                }
                return digits
            }
        }
    }

    private static func surrogates(
        _ range: ClosedRange<UInt32>
    ) -> [(ClosedRange<UInt32>, ClosedRange<UInt32>)] {
        let first = range.lowerBound - 0x10000
        let last = range.upperBound - 0x10000
        let highs: ClosedRange<UInt32> = 0xD800 + first >> 10...0xD800 + last >> 10
        let low = 0xDC00 + first & 0x3FF
        let high = 0xDC00 + last & 0x3FF
        if highs.count == 1 { return [(highs, low...high)] }
        var parts: [(ClosedRange<UInt32>, ClosedRange<UInt32>)] = [
            (highs.lowerBound...highs.lowerBound, low...0xDFFF), (highs.upperBound...highs.upperBound, 0xDC00...high),
        ]
        if highs.count > 2 { parts.append((highs.lowerBound + 1...highs.upperBound - 1, 0xDC00...0xDFFF)) }
        return parts
    }

    /// Parts of a range in which every digit runs through a range of its own, whatever the other digits are.
    private static func digitRanges(
        _ range: ClosedRange<UInt32>, bitsPerDigit: Int, digits: Int
    ) -> [ClosedRange<UInt32>] {
        for digit in stride(from: 1, through: digits, by: 1) {
            let mask = (UInt32(1) << UInt32(bitsPerDigit * digit)) - 1
            guard range.lowerBound & ~mask != range.upperBound & ~mask else { continue }
            func split(after end: UInt32) -> [ClosedRange<UInt32>] {
                digitRanges(range.lowerBound...end, bitsPerDigit: bitsPerDigit, digits: digits)
                    + digitRanges(end + 1...range.upperBound, bitsPerDigit: bitsPerDigit, digits: digits)
            }
            if range.lowerBound & mask != 0 { return split(after: range.lowerBound | mask) }
            if range.upperBound & mask != mask { return split(after: (range.upperBound & ~mask) - 1) }
        }
        return [range]
    }
}
