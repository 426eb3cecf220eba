import ZondaCore

/// The tokens of a model by id, and their ids by bytes.
///
/// Tokens are kept as the file spells them: a byte-level vocabulary in its printable alphabet.
struct Vocabulary: Sendable {
    /// The largest vocabularies in use have about 260,000 tokens; an id of 2 billion must not allocate as many.
    static let maxCount = 4_194_304

    /// By id; an empty string is an id that no token has.
    let tokens: ByteStrings
    /// Open addressing: upper half of the hash, then id + 1; 0 is a free slot.
    private let slots: [UInt64]
    private let mask: Int
    /// In bytes.
    let longestToken: Int

    /// Of two equal tokens the one with the lower id is found.
    init(_ tokens: ByteStrings) throws(ZondaError) {
        guard tokens.count <= Self.maxCount else {
            throw ZondaError(
                .badFile, "a vocabulary of \(tokens.count) tokens is above the cap of \(Self.maxCount)",
                remedy: "the file is damaged; fetch it again")
        }
        var slotCount = 16
        while slotCount < tokens.count * 2 { slotCount *= 2 }
        let mask = slotCount - 1
        var slots = [UInt64](repeating: 0, count: slotCount)
        var longest = 0
        tokens.bytes.withUnsafeBufferPointer { bytes in
            for id in 0..<tokens.count {
                let range = tokens.range(of: id)
                guard !range.isEmpty else { continue }
                longest = max(longest, range.count)
                let token = UnsafeBufferPointer(rebasing: bytes[range])
                let hash = byteHash(token)
                var slot = Int(truncatingIfNeeded: hash) & mask
                while slots[slot] != 0 {
                    let taken = Int(truncatingIfNeeded: slots[slot] & 0xFFFF_FFFF) - 1
                    if slots[slot] >> 32 == hash >> 32, bytes[tokens.range(of: taken)].elementsEqual(token) { break }
                    slot = (slot + 1) & mask
                }
                if slots[slot] == 0 { slots[slot] = hash & ~0xFFFF_FFFF | UInt64(id + 1) }
            }
        }
        self.tokens = tokens
        self.slots = slots
        self.mask = mask
        self.longestToken = longest
    }

    var count: Int { tokens.count }

    /// The id of the token spelled `bytes`; nil when there is none.
    @inline(__always)
    func id(of bytes: UnsafeBufferPointer<UInt8>) -> TokenID? {
        guard !bytes.isEmpty, bytes.count <= longestToken else { return nil }
        let hash = byteHash(bytes)
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 {
            if slots[slot] >> 32 == hash >> 32 {
                let id = Int(truncatingIfNeeded: slots[slot] & 0xFFFF_FFFF) - 1
                if isToken(id, spelled: bytes) { return TokenID(truncatingIfNeeded: id) }
            }
            slot = (slot + 1) & mask
        }
        return nil
    }

    private func isToken(_ id: Int, spelled bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let range = tokens.range(of: id)
        guard range.count == bytes.count else { return false }
        return tokens.bytes.withUnsafeBufferPointer { all in
            for offset in 0..<range.count where all[range.lowerBound + offset] != bytes[offset] { return false }
            return true
        }
    }

    func id(of token: some Collection<UInt8>) -> TokenID? {
        Array(token).withUnsafeBufferPointer { id(of: $0) }
    }

    func id(of token: String) -> TokenID? { id(of: Array(token.utf8)) }

    /// The bytes of token `id`; nil when no token has that id.
    func bytes(of id: TokenID) -> ArraySlice<UInt8>? {
        guard id >= 0, Int(id) < count else { return nil }
        let token = tokens[Int(id)]
        return token.isEmpty ? nil : token
    }

    /// The ids of `<0x00>` to `<0xFF>`, the tokens for single bytes; -1 where there is none.
    func byteTokenIDs() -> [TokenID] {
        (0...255).map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return id(of: "<0x\(byte < 16 ? "0" : "")\(digits)>") ?? -1
        }
    }
}
