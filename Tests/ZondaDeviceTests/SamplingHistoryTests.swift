import Testing
import ZondaCore
import ZondaDevice

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct SamplingHistoryTests {
    private func greedy(_ change: (inout SamplingParameters) -> Void) -> SamplingParameters {
        var parameters = SamplingParameters.greedy
        change(&parameters)
        return parameters
    }

    private func edited(_ logits: [Float], _ history: TokenHistory, _ parameters: SamplingParameters) -> [Float] {
        var logits = logits
        logits.withUnsafeMutableBufferPointer { Penalties.apply(parameters, history, to: $0) }
        return logits
    }

    private func history(_ prompt: [TokenID], _ answer: [TokenID], _ parameters: SamplingParameters) -> TokenHistory {
        var history = TokenHistory(prompt: prompt, parameters: parameters)
        for token in answer { history.append(token) }
        return history
    }

    @Test func penaltiesByHand() {
        let logits: [Float] = [4, -4, 1, 1, 0]
        let repetition = greedy { $0.repetitionPenalty = 2 }
        #expect(edited(logits, history([0, 9], [1], repetition), repetition) == [2, -8, 1, 1, 0])
        let frequency = greedy { $0.frequencyPenalty = 0.5 }
        #expect(edited(logits, history([0, 0], [1, 2, 2], frequency), frequency) == [4, -4.5, 0, 1, 0])
        let presence = greedy { $0.presencePenalty = 0.5 }
        #expect(edited(logits, history([0, 0], [1, 2, 2], presence), presence) == [4, -4.5, 0.5, 1, 0])
        let all = greedy {
            $0.repetitionPenalty = 2
            $0.frequencyPenalty = 1
            $0.presencePenalty = -0.25
        }
        #expect(edited(logits, history([0], [0, 3, 3], all), all) == [1.25, -4, 1, -1.25, 0])
        let windowed = greedy {
            $0.repetitionPenalty = 2
            $0.penaltyWindow = 2
        }
        #expect(edited(logits, history([0, 1], [2], windowed), windowed) == [4, -8, 0.5, 1, 0])
    }

    @Test func countsAreThoseOfTheWindow() {
        var numbers = SeededNumbers(seed: 31)
        for window in [nil, 1, 3, 8, 1000] {
            let parameters = greedy { $0.penaltyWindow = window }
            let prompt = (0..<6).map { _ in TokenID.random(in: 0..<5, using: &numbers) }
            var history = TokenHistory(prompt: prompt, parameters: parameters)
            for _ in 0..<400 {
                if Int.random(in: 0..<4, using: &numbers) == 0 {
                    history.truncate(answerCount: Int.random(in: -1...history.tokens.count, using: &numbers))
                } else {
                    history.append(TokenID.random(in: 0..<5, using: &numbers))
                }
                var expected: [TokenID: TokenHistory.Counts] = [:]
                let start = max(history.tokens.count - (window ?? .max), 0)
                for position in start..<history.tokens.count {
                    if position < 6 {
                        expected[history.tokens[position], default: .init()].prompt += 1
                    } else {
                        expected[history.tokens[position], default: .init()].generated += 1
                    }
                }
                #expect(history.counts == expected)
                #expect(Array(history.tokens.prefix(6)) == prompt)
            }
        }
    }

    @Test func dryByHand() {
        var dry = DRYParameters(multiplier: 0.8, base: 1.75, allowedLength: 2)
        // "roses are red" again: violets (4) followed it before.
        #expect(RepeatedRuns.lengths(in: [1, 2, 3, 4, 5, 1, 2, 3], dry) == [4: 3])
        let parameters = greedy { $0.dry = dry }
        let logits = Array(repeating: Float(0), count: 6)
        let expected = -Float(0.8 * 1.75)
        let penalized = edited(logits, history([1, 2, 3, 4, 5], [1, 2, 3], parameters), parameters)
        #expect(abs(penalized[4] - expected) < 1e-6 && penalized.filter { $0 != 0 }.count == 1)
        dry.sequenceBreakers = [2]
        #expect(RepeatedRuns.lengths(in: [1, 2, 3, 4, 5, 1, 2, 3], dry).isEmpty)
        dry.sequenceBreakers = [4]
        #expect(RepeatedRuns.lengths(in: [1, 2, 3, 4, 5, 1, 2, 3], dry).isEmpty)
        dry.sequenceBreakers = []
        dry.range = 6
        #expect(RepeatedRuns.lengths(in: [1, 2, 3, 4, 5, 1, 2, 3], dry).isEmpty)
        #expect(RepeatedRuns.lengths(in: [7, 7, 7, 7], DRYParameters(multiplier: 1)) == [7: 3])
        #expect(RepeatedRuns.lengths(in: [], DRYParameters(multiplier: 1)).isEmpty)
    }

    /// Every earlier position, compared backwards token by token.
    @Test func dryEqualsTheNaiveSearch() {
        var numbers = SeededNumbers(seed: 32)
        for _ in 0..<3000 {
            let alphabet = TokenID.random(in: 1...4, using: &numbers)
            let tokens = (0..<Int.random(in: 0...40, using: &numbers)).map { _ in
                TokenID.random(in: 0...alphabet, using: &numbers)
            }
            let dry = DRYParameters(
                multiplier: 1, allowedLength: Int.random(in: 1...4, using: &numbers),
                sequenceBreakers: Bool.random(using: &numbers) ? [0] : [],
                range: Bool.random(using: &numbers) ? Int.random(in: 1...30, using: &numbers) : nil)
            let window = Array(tokens.suffix(dry.range ?? 1000))
            var expected: [TokenID: Int] = [:]
            for next in window.indices.dropFirst() where !dry.sequenceBreakers.contains(window[next]) {
                var length = 0
                while length < next, window[next - 1 - length] == window[window.count - 1 - length],
                    !dry.sequenceBreakers.contains(window[next - 1 - length])
                {
                    length += 1
                }
                if length >= dry.allowedLength { expected[window[next]] = max(expected[window[next]] ?? 0, length) }
            }
            #expect(RepeatedRuns.lengths(in: tokens, dry) == expected)
        }
    }

    @Test func longRunsStayFinite() throws {
        let parameters = greedy { $0.dry = DRYParameters(multiplier: 1e30, base: 1e30) }
        let history = history(Array(repeating: 1, count: 5000), [1], parameters)
        #expect(edited([0, 0], history, parameters)[1].isFinite)
        var sampler = Sampler()
        #expect(try sampler.sample([0, 0], parameters, history: history).token == 0)
        #expect(try sampler.sample([0, 0], parameters, history: history, mask: [2]).token == 1)
    }

    @Test func aHistoryThatIsMissing() throws {
        var sampler = Sampler()
        let error = #expect(throws: ZondaError.self) { try sampler.sample([0, 0], greedy { $0.presencePenalty = 1 }) }
        #expect(error?.code == .badRequest)
    }

    @Test func massesAreExponentials() {
        let probability = ProbabilityMass(largest: 3, temperature: 0.7)
        for start in stride(from: Float(-20), to: 3, by: 0.016) {
            var logits = SIMD8<Float>(repeating: start)
            for lane in 0..<8 { logits[lane] += Float(lane) * 0.001 }
            let masses = probability.masses(logits)
            for lane in 0..<8 where logits[lane] <= 3 {
                let mass = Double(Int64(masses.high[lane]) << 20 + Int64(masses.low[lane])) / 0x1p40
                let exact = exp((Double(logits[lane]) - 3) / 0.7)
                #expect(abs(mass - exact) <= 3e-6 * exact + 0x1p-41)
            }
        }
        let edges = probability.masses(SIMD8(repeating: .nan))
        #expect(edges.high == .zero && edges.low == .zero)
        #expect(probability.masses(SIMD8(repeating: 3)).high == SIMD8(repeating: 1 << 20))
        #expect(probability.masses(SIMD8(repeating: -.infinity)).low == .zero)
    }
}
