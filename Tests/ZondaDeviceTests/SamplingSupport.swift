import ZondaCore
import ZondaDevice

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The same numbers for the same seed, on every machine.
struct SeededNumbers: RandomNumberGenerator {
    var seed: UInt64
    private var count = 0

    init(seed: UInt64) { self.seed = seed }

    mutating func next() -> UInt64 {
        count += 1
        return Philox.bits(seed: seed, choice: 77, index: count)
    }

    /// Logits as a model makes them: a broad hump with a few that stand out.
    mutating func logits(_ count: Int, spread: Float = 3) -> [Float] {
        var logits: [Float] = []
        for _ in 0..<count {
            let sum = (0..<4).reduce(Float(0)) { sum, _ in sum + Float.random(in: -1...1, using: &self) }
            logits.append(sum * spread)
        }
        for _ in 0..<5 {
            logits[Int.random(in: 0..<count, using: &self)] += spread * Float.random(in: 0...4, using: &self)
        }
        return logits
    }
}

extension Sampler {
    mutating func sample(
        _ logits: [Float], _ parameters: SamplingParameters, index: Int = 0, history: TokenHistory? = nil,
        mask: [UInt32]? = nil
    ) throws -> Sample {
        guard let mask else {
            return try sample(logits: logits.span, history: history, parameters: parameters, index: index)
        }
        return try sample(logits: logits.span, history: history, mask: mask.span, parameters: parameters, index: index)
    }
}

/// Temperature and filters as their papers have them: everything sorted, in double precision, one after the other.
struct ReferenceDistribution {
    /// In order of falling logit, ties by rising id.
    private(set) var tokens: [(id: Int, probability: Double)]
    /// Whether a cut fell so near to a token that rounding decides.
    private(set) var isAmbiguous = false

    init(_ logits: [Float], _ parameters: SamplingParameters) {
        let ordered = logits.indices.filter { logits[$0] > -.infinity }
            .sorted { (logits[$1], $0) < (logits[$0], $1) }
        let largest = ordered.first.map { Double(logits[$0]) } ?? 0
        tokens = ordered.map { ($0, exp((Double(logits[$0]) - largest) / Double(parameters.temperature))) }
        if parameters.topK > 0 { tokens = Array(tokens.prefix(parameters.topK)) }
        normalize()
        if parameters.typicalP < 1 { keepTypical(Double(parameters.typicalP)) }
        if parameters.topP < 1 {
            tokens = Array(tokens.prefix(count(of: tokens.map(\.probability), reaching: Double(parameters.topP))))
            normalize()
        }
        if parameters.minP > 0, let first = tokens.first {
            let floor = Double(parameters.minP) * first.probability
            isAmbiguous = isAmbiguous || tokens.dropFirst().contains { abs($0.probability / floor - 1) < 1e-5 }
            tokens = tokens.filter { $0.probability >= floor }
            normalize()
        }
    }

    /// Whether inverting the cumulative distribution at `position` (0 ..< 1) may give the token.
    func mayDraw(_ token: TokenID, at position: Double) -> Bool {
        guard let rank = tokens.firstIndex(where: { $0.id == Int(token) }) else { return false }
        let below = tokens[..<rank].reduce(0) { $0 + $1.probability }
        return below - 1e-6 <= position && position <= below + tokens[rank].probability + 1e-6
    }

    private mutating func keepTypical(_ share: Double) {
        let entropy = tokens.reduce(0) { $1.probability > 0 ? $0 - $1.probability * log($1.probability) : $0 }
        let distances = tokens.map { abs(-log($0.probability) - entropy) }
        let ranks = tokens.indices.sorted { (distances[$0], $0) < (distances[$1], $1) }
        let kept = count(of: ranks.map { tokens[$0].probability }, reaching: share)
        if kept < ranks.count {
            isAmbiguous = isAmbiguous || distances[ranks[kept]] - distances[ranks[kept - 1]] < 1e-4
        }
        tokens = ranks.prefix(kept).sorted().map { tokens[$0] }
        normalize()
    }

    private mutating func count(of probabilities: [Double], reaching share: Double) -> Int {
        var sum = 0.0
        var count = 0
        while count < probabilities.count, sum < share || count == 0 {
            sum += probabilities[count]
            count += 1
            isAmbiguous = isAmbiguous || abs(sum - share) < 1e-6
        }
        return count
    }

    private mutating func normalize() {
        let sum = tokens.reduce(0) { $0 + $1.probability }
        for index in tokens.indices { tokens[index].probability /= sum }
    }
}
