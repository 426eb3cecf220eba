/// The likeliest tokens of a row in order, with their masses: as many as the filters turn out to need, not the whole row.
struct Candidates {
    /// `LogitKey`s, ascending.
    private(set) var keys: [UInt64] = []
    /// The mass up to and with each candidate.
    private(set) var cumulative: [UInt64] = []
    private var spare: [UInt64] = []

    /// The mass of all candidates together.
    var mass: UInt64 { cumulative.last ?? 0 }

    /// Fills with the `count` likeliest tokens or somewhat more; all tokens that are not NaN or masked, if fewer.
    mutating func collect(_ count: Int, from row: LogitRow, _ maxima: BlockMaxima) {
        let threshold = maxima.threshold(reachedBy: count, in: row)
        gather(threshold, from: row, maxima)
        if keys.count < count, threshold > BlockMaxima.lowest { gather(BlockMaxima.lowest, from: row, maxima) }
        LogitKey.sort(&keys, spare: &spare)
    }

    private mutating func gather(_ threshold: Float, from row: LogitRow, _ maxima: BlockMaxima) {
        keys.removeAll(keepingCapacity: true)
        for block in 0..<maxima.blockCount where maxima.values[block] >= threshold {
            for index in BlockMaxima.range(of: block, in: row) where row[index] >= threshold {
                keys.append(LogitKey.key(row[index], index))
            }
        }
    }

    mutating func truncate(_ count: Int) {
        if keys.count > count { keys.removeLast(keys.count - count) }
    }

    /// Sums the masses of the candidates in order.
    mutating func measure(_ probability: ProbabilityMass) {
        cumulative.removeAll(keepingCapacity: true)
        var sum: UInt64 = 0
        for start in stride(from: 0, to: keys.count, by: 8) {
            let masses = probability.masses(logits(at: start))
            for lane in 0..<min(8, keys.count - start) {
                sum += UInt64(Int64(masses.high[lane]) << 20 + Int64(masses.low[lane]))
                cumulative.append(sum)
            }
        }
    }

    /// Keeps the locally typical candidates: those whose surprise is nearest to the mean surprise, ties to the likelier,
    /// until they have `share` of the mass. The order stays that of falling logit.
    ///
    /// Surprise is -log p, so its distance from its mean is that of log p from its mean, and the normalization cancels.
    mutating func keepTypical(_ share: Float, _ probability: ProbabilityMass) {
        var exponents: [Float] = []
        for start in stride(from: 0, to: keys.count, by: 8) {
            let eight = probability.exponents(logits(at: start))
            for lane in 0..<min(8, keys.count - start) { exponents.append(eight[lane]) }
        }
        // In integers, whose sum is the same in any order: a GPU has another one. mass * |exponent| is below 2^40, so the
        // product with 2^20 more fits, and so does the sum of a row.
        var surprise: UInt64 = 0
        for (rank, exponent) in exponents.enumerated() {
            surprise += (UInt64(-exponent * 1_048_576) * mass(of: rank)) >> 20
        }
        let mean = -Double(surprise) / Double(mass)

        spare.removeAll(keepingCapacity: true)
        for (rank, exponent) in exponents.enumerated() where mass(of: rank) > 0 {
            let distance = Float(abs(Double(exponent) - mean))
            spare.append(UInt64(distance.bitPattern) << 32 | UInt64(rank))
        }
        // A distance is never negative, so its bits are in its order.
        spare.sort()
        let wanted = Self.part(share, of: mass)
        var kept: UInt64 = 0
        var count = 0
        while count < spare.count, kept < wanted || count == 0 {
            kept += mass(of: Int(UInt32(truncatingIfNeeded: spare[count])))
            count += 1
        }
        var ranks = spare[..<count].map { UInt32(truncatingIfNeeded: $0) }
        ranks.sort()
        keys = ranks.map { keys[Int($0)] }
        measure(probability)
    }

    func mass(of rank: Int) -> UInt64 { rank == 0 ? cumulative[0] : cumulative[rank] - cumulative[rank - 1] }

    /// How many candidates it takes to have `mass`, if they do.
    func count(reaching mass: UInt64) -> Int? {
        let index = partition { cumulative[$0] >= mass }
        return index < keys.count ? index + 1 : nil
    }

    /// How many candidates have at least the logit `floor`.
    func count(notBelow floor: Float) -> Int { partition { LogitKey.logit(keys[$0]) < floor } }

    /// The mass that is `share` of `mass`, rounded up.
    static func part(_ share: Float, of mass: UInt64) -> UInt64 {
        min(UInt64((Double(share) * Double(mass)).rounded(.up)), mass)
    }

    /// The first index where the predicate, false up to some point and true from there, is true.
    private func partition(_ isTrue: (Int) -> Bool) -> Int {
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if isTrue(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    private func logits(at start: Int) -> LogitRow.Lanes {
        var logits = LogitRow.Lanes(repeating: -.infinity)
        for lane in 0..<min(8, keys.count - start) { logits[lane] = LogitKey.logit(keys[start + lane]) }
        return logits
    }
}
