/// The largest logit of each block of 64, found in one pass: enough to skip nearly all of a row when the likeliest tokens
/// are looked for.
struct BlockMaxima {
    static let width = 64
    /// All logits but NaN and minus infinity reach this.
    static let lowest = -Float.greatestFiniteMagnitude

    /// [blockCount]; minus infinity where every logit is NaN or masked.
    private(set) var values: [Float] = []
    private(set) var largest = -Float.infinity
    private var largestBlock = 0

    var blockCount: Int { values.count }

    static func range(of block: Int, in row: LogitRow) -> Range<Int> {
        block * width..<min((block + 1) * width, row.count)
    }

    mutating func scan(_ row: LogitRow) {
        let blockCount = (row.count + Self.width - 1) / Self.width
        if values.count != blockCount { values = Array(repeating: 0, count: blockCount) }
        var largest = -Float.infinity
        var largestBlock = 0
        values.withUnsafeMutableBufferPointer { values in
            for block in values.indices {
                let value = Self.largest(of: block, in: row)
                values[block] = value
                // Strictly greater: of equal ones the lower id wins.
                if value > largest { (largest, largestBlock) = (value, block) }
            }
        }
        self.largest = largest
        self.largestBlock = largestBlock
    }

    /// The lowest id with the largest logit, or nil when all are NaN or minus infinity.
    func argmax(_ row: LogitRow) -> Int? {
        guard largest > -.infinity else { return nil }
        return Self.range(of: largestBlock, in: row).first { row[$0] == largest }
    }

    /// A logit that `count` tokens or somewhat more reach, most likely; `lowest` when that is a large part of the row.
    func threshold(reachedBy count: Int, in row: LogitRow) -> Float {
        guard count < row.count / 4 else { return Self.lowest }
        // A block whose maximum reaches the threshold has at least one token that does.
        if count < blockCount / 2 { return values.withUnsafeBufferPointer { Self.threshold(LogitRow($0), count) } }
        // For more tokens, every sixteenth block stands for all; a quarter more, against the sample's luck.
        var sampled: [Float] = []
        for block in stride(from: 0, to: blockCount, by: 16) {
            for index in Self.range(of: block, in: row) { sampled.append(row[index]) }
        }
        return sampled.withUnsafeBufferPointer { Self.threshold(LogitRow($0), count / 13 + 8) }
    }

    /// Bisects ordered bits: at most 32 passes, whatever the numbers.
    private static func threshold(_ row: LogitRow?, _ count: Int) -> Float {
        guard let row else { return lowest }
        var low = LogitKey.ascendingBits(lowest)
        var high = LogitKey.ascendingBits(.infinity)
        while low < high {
            let middle = low + (high - low + 1) / 2
            let reached = reached(LogitKey.logit(ascendingBits: middle), row)
            if reached >= count { low = middle } else { high = middle - 1 }
            if reached >= count, reached <= count + count / 4 { break }
        }
        return LogitKey.logit(ascendingBits: low)
    }

    private static func reached(_ threshold: Float, _ row: LogitRow) -> Int {
        var lanes = SIMD8<Int32>.zero
        for index in stride(from: 0, to: row.count, by: 8) {
            lanes.replace(with: lanes &+ 1, where: row.lanes(at: index) .>= threshold)
        }
        return Int(lanes.wrappedSum())
    }

    private static func largest(of block: Int, in row: LogitRow) -> Float {
        let range = range(of: block, in: row)
        // A comparison with NaN is false, so NaN never gets in.
        var first = LogitRow.Lanes(repeating: -.infinity)
        var second = first
        if range.count == width {
            for index in stride(from: range.lowerBound, to: range.upperBound, by: 16) {
                first = larger(first, row.lanes(unchecked: index))
                second = larger(second, row.lanes(unchecked: index + 8))
            }
        } else {
            for index in stride(from: range.lowerBound, to: range.upperBound, by: 8) {
                first = larger(first, row.lanes(at: index))
            }
        }
        let eight = larger(first, second)
        let four = eight.lowHalf.replacing(with: eight.highHalf, where: eight.highHalf .> eight.lowHalf)
        let two = four.lowHalf.replacing(with: four.highHalf, where: four.highHalf .> four.lowHalf)
        return two[1] > two[0] ? two[1] : two[0]
    }

    @inline(__always)
    private static func larger(_ a: LogitRow.Lanes, _ b: LogitRow.Lanes) -> LogitRow.Lanes {
        a.replacing(with: b, where: b .> a)
    }
}
