import ZondaCore

/// One symbol of a word that is being merged: a token, or a stretch of text that is none (`token` -1).
struct WordSymbol {
    var token: TokenID
    /// Where it lies in the word, in bytes.
    var start: Int32
    var end: Int32
}

/// Tells whether two neighbours join, and how early.
protocol PairJoiner {
    func merge(_ left: WordSymbol, _ right: WordSymbol, in word: UnsafeBufferPointer<UInt8>) -> MergeTable.Merge?
}

/// Joins the neighbours of lowest rank, the leftmost first, until none join.
///
/// Words up to a few dozen symbols scan for the lowest rank; longer ones keep a heap, O(n log n). Both give the same.
struct SymbolMerger {
    /// Where a scan of ranks stops paying; found by timing English.
    private static let scanLimit = 48

    var symbols: [WordSymbol] = []
    private var ranks: [UInt32] = []
    private var tokens: [TokenID] = []
    private var previous: [Int32] = []
    private var next: [Int32] = []
    private var heap = MinimumHeap()

    mutating func merge(_ word: UnsafeBufferPointer<UInt8>, _ joiner: some PairJoiner) {
        guard symbols.count > 1 else { return }
        ranks.removeAll(keepingCapacity: true)
        tokens.removeAll(keepingCapacity: true)
        for index in 0..<symbols.count - 1 {
            let merge = joiner.merge(symbols[index], symbols[index + 1], in: word)
            ranks.append(merge?.rank ?? .max)
            tokens.append(merge?.token ?? 0)
        }
        if symbols.count <= Self.scanLimit { mergeByScan(word, joiner) } else { mergeByHeap(word, joiner) }
    }

    private mutating func mergeByScan(_ word: UnsafeBufferPointer<UInt8>, _ joiner: some PairJoiner) {
        while true {
            var best = UInt32.max
            var at = 0
            for index in 0..<ranks.count where ranks[index] < best {
                best = ranks[index]
                at = index
            }
            guard best != .max else { return }
            symbols[at].token = tokens[at]
            symbols[at].end = symbols[at + 1].end
            symbols.remove(at: at + 1)
            ranks.remove(at: at)
            tokens.remove(at: at)
            if at > 0 { rank(at - 1, symbols[at - 1], symbols[at], word, joiner) }
            if at < ranks.count { rank(at, symbols[at], symbols[at + 1], word, joiner) }
        }
    }

    @inline(__always)
    private mutating func rank(
        _ index: Int, _ left: WordSymbol, _ right: WordSymbol, _ word: UnsafeBufferPointer<UInt8>,
        _ joiner: some PairJoiner
    ) {
        let merge = joiner.merge(left, right, in: word)
        ranks[index] = merge?.rank ?? .max
        tokens[index] = merge?.token ?? 0
    }

    private mutating func mergeByHeap(_ word: UnsafeBufferPointer<UInt8>, _ joiner: some PairJoiner) {
        let count = symbols.count
        ranks.append(.max)
        tokens.append(0)
        previous.removeAll(keepingCapacity: true)
        next.removeAll(keepingCapacity: true)
        heap.removeAll()
        for index in 0..<count {
            previous.append(Int32(index - 1))
            next.append(index + 1 < count ? Int32(index + 1) : -1)
            if ranks[index] != .max { heap.append(unordered: UInt64(ranks[index]) << 32 | UInt64(index)) }
        }
        heap.order()
        while let entry = heap.popMinimum() {
            let at = Int(entry & 0xFFFF_FFFF)
            // The pair may have changed since, or be gone; then its rank is another.
            guard ranks[at] == UInt32(entry >> 32), next[at] >= 0 else { continue }
            let right = Int(next[at])
            symbols[at].token = tokens[at]
            symbols[at].end = symbols[right].end
            ranks[right] = .max
            symbols[right].end = -1
            next[at] = next[right]
            if next[at] >= 0 { previous[Int(next[at])] = Int32(at) }
            if previous[at] >= 0 { push(Int(previous[at]), at, word, joiner) }
            if next[at] >= 0 { push(at, Int(next[at]), word, joiner) } else { ranks[at] = .max }
        }
        symbols.removeAll { $0.end < 0 }
    }

    @inline(__always)
    private mutating func push(
        _ left: Int, _ right: Int, _ word: UnsafeBufferPointer<UInt8>, _ joiner: some PairJoiner
    ) {
        rank(left, symbols[left], symbols[right], word, joiner)
        if ranks[left] != .max { heap.push(UInt64(ranks[left]) << 32 | UInt64(left)) }
    }
}

/// A binary heap of integers, the smallest on top.
struct MinimumHeap {
    private var entries: [UInt64] = []

    mutating func removeAll() { entries.removeAll(keepingCapacity: true) }

    /// Appends without keeping order; call `order` before the first pop.
    mutating func append(unordered entry: UInt64) { entries.append(entry) }

    mutating func order() {
        for index in stride(from: entries.count / 2 - 1, through: 0, by: -1) { sink(index) }
    }

    mutating func push(_ entry: UInt64) {
        entries.append(entry)
        var index = entries.count - 1
        while index > 0 {
            let parent = (index - 1) / 2
            guard entries[parent] > entries[index] else { return }
            entries.swapAt(parent, index)
            index = parent
        }
    }

    mutating func popMinimum() -> UInt64? {
        guard let minimum = entries.first else { return nil }
        let last = entries.removeLast()
        if !entries.isEmpty {
            entries[0] = last
            sink(0)
        }
        return minimum
    }

    private mutating func sink(_ start: Int) {
        var index = start
        while true {
            var child = index * 2 + 1
            guard child < entries.count else { return }
            if child + 1 < entries.count, entries[child + 1] < entries[child] { child += 1 }
            guard entries[child] < entries[index] else { return }
            entries.swapAt(child, index)
            index = child
        }
    }
}
