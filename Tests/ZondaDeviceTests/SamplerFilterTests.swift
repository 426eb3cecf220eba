import Testing
import ZondaCore
import ZondaDevice

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The sampler against plain sorting, one filter at a time and all together.
@Suite struct SamplerFilterTests {
    enum Filter: CaseIterable { case none, topK, topP, minP, typicalP, topKTopP, topPMinP, all }

    private func parameters(_ filter: Filter, _ numbers: inout SeededNumbers, count: Int) -> SamplingParameters {
        var parameters = SamplingParameters()
        parameters.temperature = [0.3, 0.7, 1, 1.5, 4].randomElement(using: &numbers) ?? 1
        if [.topK, .topKTopP, .all].contains(filter) {
            parameters.topK = Int.random(in: 1...count + 3, using: &numbers)
        }
        if [.topP, .topKTopP, .topPMinP, .all].contains(filter) {
            parameters.topP = Float.random(in: 0.01...0.999, using: &numbers)
        }
        if [.minP, .topPMinP, .all].contains(filter) {
            parameters.minP = Float.random(in: 0.001...0.9, using: &numbers)
        }
        if [.typicalP, .all].contains(filter) { parameters.typicalP = Float.random(in: 0.05...0.999, using: &numbers) }
        parameters.seed = numbers.next()
        return parameters
    }

    @Test(arguments: Filter.allCases)
    func equalsTheReference(_ filter: Filter) throws {
        var numbers = SeededNumbers(seed: 11)
        var sampler = Sampler()
        var ambiguousCount = 0
        var caseCount = 0
        for count in [2, 15, 16, 17, 63, 64, 65, 129, 1000, 5000] {
            for _ in 0..<20 {
                let logits = numbers.logits(count)
                let parameters = parameters(filter, &numbers, count: count)
                let reference = ReferenceDistribution(logits, parameters)
                caseCount += 1
                guard !reference.isAmbiguous else {
                    ambiguousCount += 1
                    continue
                }
                for index in 0..<8 {
                    let token = try sampler.sample(logits, parameters, index: index).token
                    let bits = Philox.bits(seed: parameters.seed, choice: 0, index: index)
                    #expect(
                        reference.mayDraw(token, at: Double(bits) / 0x1p64),
                        "token \(token) of \(count), index \(index), \(parameters)")
                }
            }
        }
        // Typical-p orders thousands of tail tokens by nearly equal distances.
        #expect(ambiguousCount < caseCount / 5, "\(ambiguousCount) of \(caseCount) cases could not be judged")
    }

    @Test(arguments: [(0, 1), (40, 0.95), (0, 0.9), (3000, 1), (20_000, 0.99), (100_000, 1)] as [(Int, Float)])
    func aRealVocabulary(topK: Int, topP: Float) throws {
        var numbers = SeededNumbers(seed: 12)
        var sampler = Sampler()
        let logits = numbers.logits(151_936, spread: 2.5)
        var parameters = SamplingParameters()
        parameters.topK = topK
        parameters.topP = topP
        let reference = ReferenceDistribution(logits, parameters)
        for index in 0..<10 {
            let token = try sampler.sample(logits, parameters, index: index).token
            #expect(reference.mayDraw(token, at: Double(Philox.bits(seed: 0, choice: 0, index: index)) / 0x1p64))
        }
    }

    /// Where the candidates are looked for is guessed from every sixteenth block of 64: here the guess is far off.
    @Test(arguments: [0, 1])
    func likelyTokensInOneBlockOfSixteen(block: Int) throws {
        var numbers = SeededNumbers(seed: 15)
        var sampler = Sampler()
        var logits = numbers.logits(64_000, spread: 1)
        for index in logits.indices where index / 64 % 16 == block { logits[index] += 5 }
        for topK in [1500, 4001, 6000] {
            var parameters = SamplingParameters()
            parameters.topK = topK
            parameters.temperature = 4
            let reference = ReferenceDistribution(logits, parameters)
            for index in 0..<20 {
                let token = try sampler.sample(logits, parameters, index: index).token
                #expect(reference.mayDraw(token, at: Double(Philox.bits(seed: 0, choice: 0, index: index)) / 0x1p64))
            }
        }
    }

    /// Pearson's chi-square of 20,000 draws against the exact filtered distribution.
    @Test(arguments: Filter.allCases)
    func drawsFollowTheDistribution(_ filter: Filter) throws {
        var numbers = SeededNumbers(seed: 13)
        var sampler = Sampler()
        let logits = numbers.logits(30, spread: 1)
        var parameters = parameters(filter, &numbers, count: 30)
        parameters.temperature = 1.5
        let reference = ReferenceDistribution(logits, parameters)
        try #require(!reference.isAmbiguous)

        let drawCount = 20_000
        var counts = Array(repeating: 0, count: logits.count)
        for index in 0..<drawCount { counts[Int(try sampler.sample(logits, parameters, index: index).token)] += 1 }
        var chiSquare = 0.0
        for (id, probability) in reference.tokens {
            let expected = probability * Double(drawCount)
            chiSquare += (Double(counts[id]) - expected) * (Double(counts[id]) - expected) / expected
            counts[id] = 0
        }
        #expect(counts.allSatisfy { $0 == 0 }, "a token outside of the filtered set was drawn")
        // Mean and variance of chi-square are the degrees of freedom and twice that; five deviations.
        let freedom = Double(reference.tokens.count - 1)
        #expect(chiSquare <= freedom + 5 * (2 * freedom).squareRoot())
    }

    @Test func logprobsAreThoseOfTheRawLogits() throws {
        var numbers = SeededNumbers(seed: 14)
        var sampler = Sampler()
        for count in [1, 7, 64, 1000, 33_000] {
            let logits = numbers.logits(max(count, 1))
            let total = logits.reduce(0) { $0 + exp(Double($1)) }
            var parameters = SamplingParameters()
            parameters.temperature = 0.5
            parameters.topK = 3
            parameters.logitBias = [TokenID(count / 2): 5]
            parameters.logprobCount = 20
            let sample = try sampler.sample(logits, parameters)
            let logprob = try #require(sample.logprob)
            #expect(abs(Double(logprob) - (Double(logits[Int(sample.token)]) - log(total))) < 1e-5)
            let ordered = logits.indices.sorted { (logits[$1], $0) < (logits[$0], $1) }.prefix(20)
            #expect(sample.alternatives.map(\.token) == ordered.map(TokenID.init))
            for alternative in sample.alternatives {
                #expect(abs(Double(alternative.logprob) - (Double(logits[Int(alternative.token)]) - log(total))) < 1e-5)
            }
        }
    }
}
