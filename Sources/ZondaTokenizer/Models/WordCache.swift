import ZondaCore

/// Remembers how words were tokenized during one call: text repeats its words.
///
/// Direct-mapped: a new word takes the place of an old one.
struct WordCache {
    private static let slotCount = 8192
    /// Longer words do not come back.
    private static let maxWordLength = 32
    /// Above this many bytes of words it begins anew, so that a long text costs no more than a short one.
    private static let maxByteCount = 1 << 20

    private struct Slot {
        var hash: UInt64 = 0
        var word: Int32 = 0
        var ids: Int32 = 0
        var wordLength: UInt8 = 0
        var idCount: UInt8 = 0
    }

    private var slots: [Slot] = []
    private var words: [UInt8] = []
    private var ids: [TokenID] = []

    /// Appends the ids of `word` if they are known.
    @inline(__always)
    func append(_ word: UnsafeBufferPointer<UInt8>, hash: UInt64, to output: inout [TokenID]) -> Bool {
        guard !slots.isEmpty else { return false }
        let slot = slots[Int(truncatingIfNeeded: hash) & (Self.slotCount - 1)]
        guard slot.hash == hash, Int(slot.wordLength) == word.count, slot.wordLength > 0 else { return false }
        let start = Int(slot.word)
        for offset in 0..<word.count where words[start + offset] != word[offset] { return false }
        for index in Int(slot.ids)..<Int(slot.ids) + Int(slot.idCount) { output.append(ids[index]) }
        return true
    }

    mutating func insert(_ word: UnsafeBufferPointer<UInt8>, hash: UInt64, _ found: ArraySlice<TokenID>) {
        guard word.count <= Self.maxWordLength, found.count <= Self.maxWordLength else { return }
        if slots.isEmpty || words.count > Self.maxByteCount {
            slots = Array(repeating: Slot(), count: Self.slotCount)
            words.removeAll(keepingCapacity: true)
            ids.removeAll(keepingCapacity: true)
        }
        slots[Int(truncatingIfNeeded: hash) & (Self.slotCount - 1)] = Slot(
            hash: hash, word: Int32(words.count), ids: Int32(ids.count), wordLength: UInt8(word.count),
            idCount: UInt8(found.count))
        words.append(contentsOf: word)
        ids.append(contentsOf: found)
    }
}
