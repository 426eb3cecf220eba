import ZondaCore

/// Which two tokens join to which third, and how early: the learned part of byte-pair encoding.
struct MergeTable: Sendable {
    struct Merge: Sendable {
        /// Lower joins first.
        var rank: UInt32
        var token: TokenID
    }

    private struct Slot {
        var pair: UInt64
        var merge: Merge
    }

    private static let free = UInt64.max
    private var slots: [Slot]
    private let mask: Int

    init(capacity: Int) {
        var count = 16
        while count < capacity * 2 { count *= 2 }
        slots = Array(repeating: Slot(pair: Self.free, merge: Merge(rank: 0, token: 0)), count: count)
        mask = count - 1
    }

    /// At most `capacity` different pairs. The later of two equal pairs counts.
    mutating func insert(_ left: TokenID, _ right: TokenID, _ merge: Merge) {
        let pair = Self.pair(left, right)
        var slot = Int(truncatingIfNeeded: fold(pair ^ hashSeed)) & mask
        while slots[slot].pair != Self.free, slots[slot].pair != pair { slot = (slot + 1) & mask }
        slots[slot] = Slot(pair: pair, merge: merge)
    }

    @inline(__always)
    func merge(_ left: TokenID, _ right: TokenID) -> Merge? {
        let pair = Self.pair(left, right)
        var slot = Int(truncatingIfNeeded: fold(pair ^ hashSeed)) & mask
        while slots[slot].pair != pair {
            if slots[slot].pair == Self.free { return nil }
            slot = (slot + 1) & mask
        }
        return slots[slot].merge
    }

    private static func pair(_ left: TokenID, _ right: TokenID) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }
}
