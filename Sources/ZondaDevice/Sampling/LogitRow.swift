/// One row of logits [V], read sixteen at a time.
struct LogitRow {
    let buffer: UnsafeBufferPointer<Float>

    init(_ buffer: UnsafeBufferPointer<Float>) { self.buffer = buffer }

    var count: Int { buffer.count }

    subscript(index: Int) -> Float { buffer[index] }

    /// Logits `index ..< index + 16`; past the end of the row, minus infinity.
    func sixteen(at index: Int) -> SIMD16<Float> {
        if index + 16 <= count {
            return UnsafeRawBufferPointer(buffer).loadUnaligned(fromByteOffset: index * 4, as: SIMD16<Float>.self)
        }
        var tail = SIMD16<Float>(repeating: -.infinity)
        for lane in 0..<max(count - index, 0) { tail[lane] = buffer[index + lane] }
        return tail
    }
}

/// The largest logit of each block of 64, found in one pass: enough to skip nearly all of a row when the likeliest tokens
/// are looked for.
struct BlockMaxima {
    static let width = 64

    /// [blockCount, padded to 16 with minus infinity]; minus infinity too where every logit is NaN.
    private(set) var values: [Float] = []
    private(set) var blockCount = 0
    private(set) var largest = -Float.infinity
    private var largestBlock = 0

    mutating func scan(_ row: LogitRow) {
        blockCount = (row.count + Self.width - 1) / Self.width
        let padded = (blockCount + 15) / 16 * 16
        if values.count != padded { values = Array(repeating: -.infinity, count: padded) }
        largest = -.infinity
        largestBlock = 0
        values.withUnsafeMutableBufferPointer { values in
            for block in 0..<blockCount {
                var lanes = SIMD16<Float>(repeating: -.infinity)
                let start = block * Self.width
                for index in stride(from: start, to: min(start + Self.width, row.count), by: 16) {
                    let logits = row.sixteen(at: index)
                    // A comparison with NaN is false, so NaN never gets in.
                    lanes = lanes.replacing(with: logits, where: logits .> lanes)
                }
                let value = Self.largest(lanes)
                values[block] = value
                // Strictly greater: of equal ones the lower id wins.
                if value > largest {
                    largest = value
                    largestBlock = block
                }
            }
        }
    }

    /// The lowest id with the largest logit, or nil when all are NaN or minus infinity.
    func argmax(_ row: LogitRow) -> Int? {
        let start = largestBlock * Self.width
        return (start..<min(start + Self.width, row.count)).first { row[$0] == largest && largest > -.infinity }
    }

    /// A logit that at least `count` blocks, and so at least `count` tokens, reach, with few more above it; the lowest
    /// finite number when there are not so many blocks.
    func threshold(reachedBy count: Int) -> Float {
        // Bisection on ordered bits: always at most 32 passes over the maxima, whatever the values.
        var low = LogitKey.ascendingBits(-.greatestFiniteMagnitude)
        var high = LogitKey.ascendingBits(largest)
        guard count < blockCount, reached(-.greatestFiniteMagnitude) >= count else { return -.greatestFiniteMagnitude }
        while low < high {
            let middle = low + (high - low + 1) / 2
            let reached = reached(LogitKey.logit(ascendingBits: middle))
            if reached >= count { low = middle } else { high = middle - 1 }
            if reached >= count, reached <= count + count / 4 { break }
        }
        return LogitKey.logit(ascendingBits: low)
    }

    private func reached(_ threshold: Float) -> Int {
        var lanes = SIMD16<Int32>.zero
        values.withUnsafeBufferPointer { values in
            let row = LogitRow(values)
            for index in stride(from: 0, to: values.count, by: 16) {
                lanes.replace(with: lanes &+ 1, where: row.sixteen(at: index) .>= threshold)
            }
        }
        return Int(lanes.wrappedSum())
    }

    private static func largest(_ lanes: SIMD16<Float>) -> Float {
        func larger<V: SIMD>(_ a: V, _ b: V) -> V where V.Scalar == Float { a.replacing(with: b, where: b .> a) }
        let eight = larger(lanes.lowHalf, lanes.highHalf)
        let four = larger(eight.lowHalf, eight.highHalf)
        let two = larger(four.lowHalf, four.highHalf)
        return two[1] > two[0] ? two[1] : two[0]
    }
}
