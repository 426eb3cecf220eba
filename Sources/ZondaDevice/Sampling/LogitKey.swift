/// A logit and its token id in one integer: sorted ascending, keys are in order of falling logit, ties by rising id.
enum LogitKey {
    static func key(_ logit: Float, _ id: Int) -> UInt64 { UInt64(~ascendingBits(logit)) << 32 | UInt64(id) }

    static func logit(_ key: UInt64) -> Float { logit(ascendingBits: ~UInt32(key >> 32)) }

    static func id(_ key: UInt64) -> Int { Int(UInt32(truncatingIfNeeded: key)) }

    /// An integer that grows as the number does. Not for NaN.
    static func ascendingBits(_ value: Float) -> UInt32 {
        // Adding zero makes -0 into 0: as logits they are equal, so their ids decide.
        let bits = (value + 0).bitPattern
        return bits >> 31 == 1 ? ~bits : bits | 0x8000_0000
    }

    static func logit(ascendingBits bits: UInt32) -> Float {
        Float(bitPattern: bits >> 31 == 1 ? bits & 0x7FFF_FFFF : ~bits)
    }

    /// Sorts keys whose ids already rise. `spare` is scratch.
    static func sort(_ keys: inout [UInt64], spare: inout [UInt64]) {
        if keys.count < 512 { return keys.sort() }
        // Three counting passes of 11 bits over the logit: no bad case, and stable, so ids stay in order.
        for shift in [UInt64(32), 43, 54] {
            spare.removeAll(keepingCapacity: true)
            spare.append(contentsOf: keys)
            keys.withUnsafeMutableBufferPointer { sorted in
                spare.withUnsafeBufferPointer { unsorted in
                    withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2048) { next in
                        next.initialize(repeating: 0)
                        for key in unsorted { next[Int(key >> shift & 2047)] += 1 }
                        var start: Int32 = 0
                        for digit in 0..<2048 { (next[digit], start) = (start, start + next[digit]) }
                        for key in unsorted {
                            let digit = Int(key >> shift & 2047)
                            sorted[Int(next[digit])] = key
                            next[digit] += 1
                        }
                    }
                }
            }
        }
    }
}
