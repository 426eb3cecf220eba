#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Temperature, filters and the draw, over one row of logits that bias, penalties and mask have already changed.
struct TokenChooser {
    private var maxima = BlockMaxima()
    private var candidates = Candidates()

    /// More than the first few candidates are rarely needed: top-p 0.95 of a language model is tens of tokens.
    private static let firstCount = 64
    private static let growth = 8

    /// The likeliest token, or nil when there is none to choose.
    mutating func greedy(_ row: LogitRow) -> Int? {
        maxima.scan(row)
        return maxima.argmax(row)
    }

    /// One token drawn from the filtered distribution, or nil when there is none to choose.
    ///
    /// The draw is the inverse of the cumulative mass over the tokens left, in order of falling logit, ties by rising id.
    mutating func draw(_ row: LogitRow, _ parameters: SamplingParameters, random: UInt64) -> Int? {
        maxima.scan(row)
        guard maxima.largest > -.infinity else { return nil }
        let probability = ProbabilityMass(largest: maxima.largest, temperature: parameters.temperature)
        let limit = parameters.topK == 0 ? row.count : min(parameters.topK, row.count)
        return parameters.typicalP < 1
            ? drawTypical(row, parameters, probability, limit, random)
            : drawLikeliest(row, parameters, probability, limit, random)
    }

    /// Every filter keeps the first so many of the ordered tokens, so candidates are collected until each has had its say.
    private mutating func drawLikeliest(
        _ row: LogitRow, _ parameters: SamplingParameters, _ probability: ProbabilityMass, _ limit: Int,
        _ random: UInt64
    ) -> Int? {
        let isLimited = limit < row.count
        let floor = Self.floor(parameters, probability.largest)
        var wanted: UInt64? = nil
        // Without top-k, top-p is a share of the whole row; with none of the three the draw is made at once.
        if !isLimited, parameters.topP < 1 {
            wanted = Candidates.part(parameters.topP, of: probability.total(row, maxima))
        } else if !isLimited, floor == nil {
            let position = Self.position(random, below: probability.total(row, maxima))
            return token(at: position, row, probability)
        }
        var count = isLimited ? limit : Self.firstCount
        while true {
            candidates.collect(count, from: row, maxima)
            let isComplete = candidates.keys.count < count || count >= limit
            candidates.truncate(limit)
            candidates.measure(probability)
            if isLimited { wanted = Candidates.part(parameters.topP, of: candidates.mass) }
            let byMass = wanted.flatMap { candidates.count(reaching: $0) }
            let byFloor = floor.map { candidates.count(notBelow: $0) } ?? candidates.keys.count
            if isComplete || byMass != nil || byFloor < candidates.keys.count {
                return token(amongFirst: min(byMass ?? candidates.keys.count, byFloor), random)
            }
            count *= Self.growth
        }
    }

    private mutating func drawTypical(
        _ row: LogitRow, _ parameters: SamplingParameters, _ probability: ProbabilityMass, _ limit: Int,
        _ random: UInt64
    ) -> Int? {
        candidates.collect(limit, from: row, maxima)
        candidates.truncate(limit)
        candidates.measure(probability)
        candidates.keepTypical(parameters.typicalP, probability)
        let byMass = candidates.count(reaching: Candidates.part(parameters.topP, of: candidates.mass))
        // The likeliest token may be gone: min-p goes by the likeliest of those left.
        let floor = candidates.keys.first.flatMap { Self.floor(parameters, LogitKey.logit($0)) }
        let byFloor = floor.map { candidates.count(notBelow: $0) } ?? candidates.keys.count
        return token(amongFirst: min(byMass ?? candidates.keys.count, byFloor), random)
    }

    /// The token whose mass covers `position` when the whole row is laid out in order.
    private mutating func token(at position: UInt64, _ row: LogitRow, _ probability: ProbabilityMass) -> Int? {
        var count = Self.firstCount
        while true {
            candidates.collect(count, from: row, maxima)
            candidates.measure(probability)
            if let reached = candidates.count(reaching: position + 1) {
                return LogitKey.id(candidates.keys[reached - 1])
            }
            if candidates.keys.count < count { return nil }
            count *= Self.growth
        }
    }

    private func token(amongFirst count: Int, _ random: UInt64) -> Int? {
        // Top-p 0 and rounding ask for no less than the likeliest token.
        let count = max(count, 1)
        guard count <= candidates.keys.count else { return nil }
        let position = Self.position(random, below: candidates.cumulative[count - 1])
        return candidates.count(reaching: position + 1).map { LogitKey.id(candidates.keys[$0 - 1]) }
    }

    /// A number in `0 ..< total` from 64 random bits; it favours none by more than total / 2^64.
    private static func position(_ random: UInt64, below total: UInt64) -> UInt64 {
        random.multipliedFullWidth(by: total).high
    }

    /// The logit whose probability is `minP` times that of `largest`; nil when min-p is off.
    private static func floor(_ parameters: SamplingParameters, _ largest: Float) -> Float? {
        guard parameters.minP > 0 else { return nil }
        return Float(Double(largest) + Double(parameters.temperature) * log(Double(parameters.minP)))
    }
}
