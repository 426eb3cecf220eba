import CZondaUnicode

/// A normalization form (Unicode Standard Annex 15).
enum UnicodeForm: String, Sendable, CaseIterable {
    case nfc = "NFC"
    case nfd = "NFD"
    case nfkc = "NFKC"
    case nfkd = "NFKD"

    private var isCompatible: Bool { self == .nfkc || self == .nfkd }
    private var composes: Bool { self == .nfc || self == .nfkc }

    /// Scalars below this stay as they are in this form, whatever their neighbours, as long as those are below too.
    private var firstAffected: UInt32 {
        switch self {
        case .nfc: 0x300
        case .nfd: 0xC0
        case .nfkc, .nfkd: 0xA0
        }
    }

    /// `text`, valid UTF-8, in this form.
    func normalize(_ text: [UInt8]) -> [UInt8] {
        let first = firstAffected
        let isUnaffected = text.withUnsafeBufferPointer { bytes in
            var at = 0
            while at < bytes.count {
                let (scalar, width) = decodeScalar(bytes, at: at)
                if scalar >= first { return false }
                at += width
            }
            return true
        }
        if isUnaffected { return text }
        var scalars = decomposed(text)
        if composes { Self.compose(&scalars) }
        var normalized: [UInt8] = []
        normalized.reserveCapacity(text.count)
        for scalar in scalars { appendUTF8(scalar, to: &normalized) }
        return normalized
    }

    private func decomposed(_ text: [UInt8]) -> [UInt32] {
        let tables = NormalizationTables.shared
        var scalars: [UInt32] = []
        scalars.reserveCapacity(text.count)
        text.withUnsafeBufferPointer { bytes in
            var at = 0
            while at < bytes.count {
                let (scalar, width) = decodeScalar(bytes, at: at)
                at += width
                tables.appendDecomposition(of: scalar, isCompatible: isCompatible, to: &scalars)
            }
        }
        tables.orderMarks(&scalars)
        return scalars
    }

    /// Joins what has a composed form; blocked marks stay (UAX 15, D115 to D117).
    private static func compose(_ scalars: inout [UInt32]) {
        let tables = NormalizationTables.shared
        var starter: Int?
        var lastClass: UInt8 = 0
        var count = 0
        for scalar in scalars {
            let markClass = tables.combiningClass(of: scalar)
            let isAdjacent = starter.map { $0 == count - 1 } ?? false
            if let index = starter, isAdjacent || (lastClass != 0 && lastClass < markClass),
                let composed = tables.composition(of: scalars[index], scalar)
            {
                scalars[index] = composed
                continue
            }
            if markClass == 0 { starter = count }
            lastClass = markClass
            scalars[count] = scalar
            count += 1
        }
        scalars.removeSubrange(count...)
    }
}

func appendUTF8(_ scalar: UInt32, to bytes: inout [UInt8]) {
    if scalar < 0x80 {
        bytes.append(UInt8(truncatingIfNeeded: scalar))
    } else {
        bytes.append(contentsOf: UTF8.encode(Unicode.Scalar(scalar) ?? "\u{FFFD}") ?? UTF8.encodedReplacementCharacter)
    }
}

/// The data of normalization, from the table in `CZondaUnicode`.
private struct NormalizationTables: Sendable {
    static let shared = NormalizationTables()

    private let decompositions: ArraySlice<UInt32>
    /// Where the scalars of each decomposition begin.
    private let starts: [Int32]
    private let scalars: ArraySlice<UInt32>
    private let classes: [UInt32: UInt8]
    private let compositions: [UInt64: UInt32]

    private init() {
        let bytes = UnsafeRawBufferPointer(
            start: zonda_normalization_table_start(), count: zonda_normalization_table_size)
        let words = stride(from: 0, to: bytes.count, by: 4).map {
            UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self))
        }
        let counts = words[..<4].map(Int.init)
        var at = 4
        func take(_ count: Int) -> ArraySlice<UInt32> {
            defer { at += count }
            return words[at..<at + count]
        }
        decompositions = take(counts[0])
        scalars = take(counts[1])
        var start: Int32 = 0
        starts = decompositions.map { record in
            defer { start += Int32(record >> 21 & 0x3FF) }
            return start
        }
        var classes: [UInt32: UInt8] = [:]
        for record in take(counts[2]) { classes[record & 0x1F_FFFF] = UInt8(truncatingIfNeeded: record >> 21) }
        self.classes = classes
        var compositions: [UInt64: UInt32] = [:]
        var triples = take(counts[3] * 3)
        while let first = triples.popFirst(), let second = triples.popFirst(), let composed = triples.popFirst() {
            compositions[Self.pair(first, second)] = composed
        }
        self.compositions = compositions
    }

    func combiningClass(of scalar: UInt32) -> UInt8 { scalar < 0x300 ? 0 : classes[scalar] ?? 0 }

    func appendDecomposition(of scalar: UInt32, isCompatible: Bool, to output: inout [UInt32]) {
        if scalar < 0xA0 { return output.append(scalar) }
        if 0xAC00..<0xD7A4 ~= scalar { return appendSyllable(scalar, to: &output) }
        var low = decompositions.startIndex
        var high = decompositions.endIndex
        while low < high {
            let middle = (low + high) / 2
            if decompositions[middle] & 0x1F_FFFF < scalar { low = middle + 1 } else { high = middle }
        }
        var found: Int?
        // Of a canonical and a compatibility record the latter is second.
        while low < decompositions.endIndex, decompositions[low] & 0x1F_FFFF == scalar {
            if isCompatible || decompositions[low] >> 31 == 0 { found = low }
            low += 1
        }
        guard let found else { return output.append(scalar) }
        let start = scalars.startIndex + Int(starts[found - decompositions.startIndex])
        output += scalars[start..<start + Int(decompositions[found] >> 21 & 0x3FF)]
    }

    private func appendSyllable(_ scalar: UInt32, to output: inout [UInt32]) {
        let index = scalar - 0xAC00
        output += [0x1100 + index / 588, 0x1161 + index % 588 / 28]
        if index % 28 != 0 { output.append(0x11A7 + index % 28) }
    }

    func composition(of first: UInt32, _ second: UInt32) -> UInt32? {
        if 0x1100..<0x1113 ~= first, 0x1161..<0x1176 ~= second {
            return 0xAC00 + ((first - 0x1100) * 21 + (second - 0x1161)) * 28
        }
        if 0xAC00..<0xD7A4 ~= first, (first - 0xAC00) % 28 == 0, 0x11A8..<0x11C3 ~= second {
            return first + (second - 0x11A7)
        }
        return compositions[Self.pair(first, second)]
    }

    private static func pair(_ first: UInt32, _ second: UInt32) -> UInt64 { UInt64(first) << 32 | UInt64(second) }

    /// Sorts each run of marks by combining class, equal classes in their order.
    func orderMarks(_ scalars: inout [UInt32]) {
        var start = 0
        while start < scalars.count {
            guard combiningClass(of: scalars[start]) != 0 else {
                start += 1
                continue
            }
            var end = start + 1
            while end < scalars.count, combiningClass(of: scalars[end]) != 0 { end += 1 }
            if end - start > 1 {
                let run = scalars[start..<end].enumerated().sorted {
                    let left = (combiningClass(of: $0.element), $0.offset)
                    let right = (combiningClass(of: $1.element), $1.offset)
                    return left < right
                }
                scalars.replaceSubrange(start..<end, with: run.map(\.element))
            }
            start = end
        }
    }
}
