import ZondaCore

/// SentencePiece's `precompiled_charsmap`: replacements of character sequences, found in a double-array trie.
///
/// Little-endian: 4 bytes, the size of the trie in bytes; its 32-bit units; the replacements, each ended by a zero.
/// Source: the normalizer of SentencePiece; the unit's layout is that of Darts-clone.
struct CharacterMap: Sendable {
    /// The maps in use have 60,000 units.
    static let maxByteCount = 1 << 24

    private let units: [UInt32]
    private let replacements: [UInt8]

    init(parsing bytes: Span<UInt8>, name: String) throws(ZondaError) {
        guard bytes.count <= Self.maxByteCount else {
            throw Self.failure(name, "is \(bytes.count) bytes, above the cap of \(Self.maxByteCount)")
        }
        func word(_ offset: Int) -> UInt32 {
            (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << UInt32(8 * $1) }
        }
        guard bytes.count >= 4 else { throw Self.failure(name, "is \(bytes.count) bytes, too short for its header") }
        let size = Int(word(0))
        guard size >= 4, size % 4 == 0, size <= bytes.count - 4 else {
            throw Self.failure(name, "has a trie of \(size) bytes in \(bytes.count - 4)")
        }
        var units: [UInt32] = []
        units.reserveCapacity(size / 4)
        for offset in stride(from: 4, to: 4 + size, by: 4) { units.append(word(offset)) }
        self.units = units
        replacements = bytes.extracting((4 + size)...).withUnsafeBufferPointer { Array($0) }
    }

    private static func failure(_ name: String, _ problem: String) -> ZondaError {
        ZondaError(.badFile, "\(name): the precompiled map \(problem)", remedy: "the file is damaged; fetch it again")
    }

    /// The replacement of the longest sequence that `text` begins with, and how many bytes it replaces.
    func longestMatch(_ text: UnsafeBufferPointer<UInt8>) -> (replacement: ArraySlice<UInt8>, length: Int)? {
        var found: (value: Int, length: Int)?
        forEachMatch(text) { value, length in
            found = (value, length)
            return true
        }
        return found.flatMap { found in replacement(found.value).map { ($0, found.length) } }
    }

    /// The replacement of the shortest sequence that `text` begins with.
    func shortestMatch(_ text: UnsafeBufferPointer<UInt8>) -> ArraySlice<UInt8>? {
        var found: Int?
        forEachMatch(text) { value, _ in
            found = value
            return false
        }
        return found.flatMap(replacement)
    }

    private func forEachMatch(_ text: UnsafeBufferPointer<UInt8>, _ body: (_ value: Int, _ length: Int) -> Bool) {
        var node = Self.offset(units[0])
        for (index, byte) in text.enumerated() {
            guard byte != 0 else { return }
            node ^= Int(byte)
            guard node < units.count else { return }
            let unit = units[node]
            // Bit 31 marks a value; a node's label is its low byte.
            guard unit & 0x8000_00FF == UInt32(byte) else { return }
            node ^= Self.offset(unit)
            guard node < units.count else { return }
            if unit >> 8 & 1 != 0, !body(Int(units[node] & 0x7FFF_FFFF), index + 1) { return }
        }
    }

    private static func offset(_ unit: UInt32) -> Int { Int(unit >> 10) << Int((unit & 1 << 9) >> 6) }

    /// The zero-ended text at `start`; nil for a place outside.
    private func replacement(_ start: Int) -> ArraySlice<UInt8>? {
        guard start < replacements.count else { return nil }
        let end = replacements[start...].firstIndex(of: 0) ?? replacements.count
        return replacements[start..<end]
    }
}

extension CharacterMap {
    /// `text` with each longest sequence replaced, as SentencePiece does.
    func normalize(_ text: [UInt8]) -> [UInt8] {
        var normalized: [UInt8] = []
        normalized.reserveCapacity(text.count)
        text.withUnsafeBufferPointer { bytes in
            var at = 0
            while at < bytes.count {
                let rest = UnsafeBufferPointer(rebasing: bytes[at...])
                if let (replacement, length) = longestMatch(rest) {
                    normalized.append(contentsOf: replacement)
                    at += length
                } else {
                    let width = decodeScalar(bytes, at: at).width
                    normalized.append(contentsOf: rest[..<width])
                    at += width
                }
            }
        }
        return normalized
    }

    /// `text` with short grapheme clusters replaced by what they begin with, else scalar by scalar, as Hugging Face's
    /// `tokenizers` does. It differs from SentencePiece where a cluster has more than the map knows.
    func normalizeByGrapheme(_ text: [UInt8]) -> [UInt8] {
        var normalized: [UInt8] = []
        normalized.reserveCapacity(text.count)
        for cluster in String(decoding: text, as: UTF8.self) {
            let bytes = Array(cluster.utf8)
            bytes.withUnsafeBufferPointer { bytes in
                if bytes.count < 6, let replacement = shortestMatch(bytes) {
                    normalized.append(contentsOf: replacement)
                    return
                }
                var at = 0
                while at < bytes.count {
                    let width = decodeScalar(bytes, at: at).width
                    let scalar = UnsafeBufferPointer(rebasing: bytes[at..<at + width])
                    normalized.append(contentsOf: shortestMatch(scalar) ?? Array(scalar)[...])
                    at += width
                }
            }
        }
        return normalized
    }
}
