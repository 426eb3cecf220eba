import Testing
import ZondaCore
import ZondaDevice

@Suite struct SamplerTests {
    private func drawn(_ logits: [Float], _ parameters: SamplingParameters, count: Int = 200) throws -> Set<TokenID> {
        var sampler = Sampler()
        return Set(try (0..<count).map { try sampler.sample(logits, parameters, index: $0).token })
    }

    private func parameters(_ change: (inout SamplingParameters) -> Void) -> SamplingParameters {
        var parameters = SamplingParameters()
        change(&parameters)
        return parameters
    }

    @Test func greedyTakesTheLowestOfTheLargest() throws {
        var sampler = Sampler()
        for count in [1, 16, 17, 64, 100, 1000] {
            var logits = Array(repeating: Float(-3), count: count)
            #expect(try sampler.sample(logits, .greedy).token == 0)
            logits[count - 1] = 2
            #expect(try sampler.sample(logits, .greedy).token == TokenID(count - 1))
            logits[count / 2] = 2
            #expect(try sampler.sample(logits, .greedy).token == TokenID(count / 2))
        }
        #expect(try sampler.sample([-0.0, 0], .greedy).token == 0)
    }

    @Test func zeroAndMinusZeroAreEqual() throws {
        #expect(try drawn([-0.0, 0, -0.0], parameters { $0.topK = 2 }) == [0, 1])
    }

    @Test func edgesOfTheFilters() throws {
        let equal = Array(repeating: Float(1), count: 5)
        #expect(try drawn(equal, parameters { $0.topK = 0 }) == [0, 1, 2, 3, 4])
        #expect(try drawn(equal, parameters { $0.topK = 1_000_000 }) == [0, 1, 2, 3, 4])
        #expect(try drawn(equal, parameters { $0.topK = 2 }) == [0, 1])
        #expect(try drawn(equal, parameters { $0.topP = 0.5 }) == [0, 1, 2])
        #expect(try drawn(equal, parameters { $0.topP = 0 }) == [0])
        #expect(try drawn(equal, parameters { $0.minP = 1 }) == [0, 1, 2, 3, 4])
        #expect(try drawn([3, 3, 2.99, 1], parameters { $0.minP = 1 }) == [0, 1])
        #expect(try drawn([0, 0.1, 0], parameters { $0.temperature = 1e-4 }) == [1])
        #expect(try drawn([0, 0.1, 0], parameters { $0.temperature = 1e-38 }) == [1])
        #expect(try drawn([0, 50, -50], parameters { $0.temperature = .greatestFiniteMagnitude }) == [0, 1, 2])
        #expect(try drawn(equal, parameters { $0.typicalP = 0.3 }) == [0, 1])
        #expect(
            try drawn(
                [7],
                parameters {
                    $0.typicalP = 0.3
                    $0.topP = 0.1
                    $0.minP = 0.5
                }) == [0])
    }

    @Test func typicalDropsTheLikeliestToo() throws {
        // 0.4, then sixty of 0.01: the mean surprise 3.13 is nearer to that of the sixty (4.61) than to the first's 0.92.
        let logits = [Float(3.688_879)] + Array(repeating: Float(0), count: 60)
        #expect(try drawn(logits, parameters { $0.typicalP = 0.195 }, count: 400) == Set(1...20))
    }

    @Test func notANumberIsNeverChosen() throws {
        var logits = Array(repeating: Float.nan, count: 200)
        logits[130] = -1e30
        logits[140] = -.infinity
        var sampler = Sampler()
        #expect(try sampler.sample(logits, .greedy).token == 130)
        #expect(try drawn(logits, parameters { $0.topP = 0.9 }) == [130])
        #expect(try drawn(logits, parameters { $0.typicalP = 0.9 }) == [130])
        #expect(try drawn(logits, parameters { $0.logprobCount = 5 }) == [130])
    }

    @Test func infinityIsTheLargestNumber() throws {
        let logits: [Float] = [1, .infinity, -.greatestFiniteMagnitude]
        for parameters in [
            .greedy, parameters { $0.topP = 0.9 }, parameters { $0.logprobCount = 2 }, parameters { $0.minP = 0.1 },
        ] {
            #expect(try drawn(logits, parameters) == [1])
        }
    }

    @Test func nothingToChooseIsAnError() throws {
        var sampler = Sampler()
        for parameters in [
            .greedy, SamplingParameters(),
            parameters {
                $0.topK = 2
                $0.typicalP = 0.5
            },
        ] {
            for logits in [[Float.nan, .nan], [-.infinity, .nan], [-.infinity, -.infinity]] {
                let error = #expect(throws: ZondaError.self) { try sampler.sample(logits, parameters) }
                #expect(error?.code == .badLogits)
            }
            let error = #expect(throws: ZondaError.self) { try sampler.sample([1, 2], parameters, mask: [0]) }
            #expect(error?.code == .badLogits)
            #expect(try sampler.sample([1, 2], parameters, mask: [1]).token == 0, "the next request goes on")
        }
        #expect(throws: ZondaError.self) { try sampler.sample([], .greedy) }
    }

    @Test func onlyTokensOfTheMask() throws {
        var numbers = SeededNumbers(seed: 21)
        var sampler = Sampler()
        for count in [1, 31, 32, 33, 100, 4000] {
            let logits = numbers.logits(count)
            for _ in 0..<20 {
                let allowed = Set((0..<3).map { _ in Int.random(in: 0..<count, using: &numbers) })
                var mask = Array(repeating: UInt32(0), count: (count + 31) / 32)
                for token in allowed { mask[token / 32] |= 1 << UInt32(token % 32) }
                // Bits past the end of the row mean nothing.
                if count % 32 != 0 { mask[count / 32] |= ~0 << UInt32(count % 32) }
                let best = allowed.sorted().max { logits[$0] < logits[$1] }
                #expect(try sampler.sample(logits, .greedy, mask: mask).token == best.map(TokenID.init))
                let token = try sampler.sample(logits, parameters { $0.seed = numbers.next() }, mask: mask).token
                #expect(allowed.contains(Int(token)))
            }
        }
        let error = #expect(throws: ZondaError.self) { try sampler.sample([1, 2], .greedy, mask: [1, 1]) }
        #expect(error?.code == .badRequest)
    }

    @Test func bias() throws {
        var sampler = Sampler()
        #expect(
            try sampler.sample(
                [1, 2, 3],
                parameters {
                    $0.temperature = 0
                    $0.logitBias = [0: 2.5]
                }
            ).token == 0)
        #expect(try drawn([1, 2, 3], parameters { $0.logitBias = [1: -100, 2: -100] }) == [0])
        for token in [TokenID(-1), 3] {
            let error = #expect(throws: ZondaError.self) {
                try sampler.sample([1, 2, 3], parameters { $0.logitBias = [token: 1] })
            }
            #expect(error?.code == .badRequest)
        }
    }

    /// A token depends on its request alone, not on what the sampler did before.
    @Test func scratchMemoryLeavesNoTrace() throws {
        var numbers = SeededNumbers(seed: 22)
        var used = Sampler()
        for round in 0..<300 {
            let logits = numbers.logits([10, 64, 700, 3000][round % 4])
            let parameters = parameters {
                $0.seed = numbers.next()
                $0.topK = [0, 20][round % 2]
                $0.topP = [1, 0.8, 0.3][round % 3]
                $0.typicalP = [1, 1, 1, 1, 0.6][round % 5]
                $0.logprobCount = [nil, 3][round % 2]
                $0.logitBias = round % 3 == 0 ? [3: 1] : [:]
            }
            var fresh = Sampler()
            let sample = try used.sample(logits, parameters, index: round)
            #expect(try fresh.sample(logits, parameters, index: round) == sample)
        }
    }

    @Test func seedChoiceAndIndexDecide() throws {
        let logits = Array(repeating: Float(0), count: 4096)
        var sampler = Sampler()
        func token(_ seed: UInt64, _ choice: UInt32, _ index: Int) throws -> TokenID {
            try sampler.sample(
                logits,
                parameters {
                    $0.seed = seed
                    $0.choice = choice
                }, index: index
            ).token
        }
        let first = try token(5, 0, 0)
        #expect(try token(5, 0, 0) == first)
        #expect(try Set([first, token(6, 0, 0), token(5, 1, 0), token(5, 0, 1)]).count == 4)
    }

    /// 100,000 sets of parameters, legal and not, on rows with every kind of number: an answer or an error, never a crash.
    @Test func fuzz() throws {
        var numbers = SeededNumbers(seed: 23)
        var sampler = Sampler()
        let floats: [Float] = [0, 1, -1, 0.5, 0.95, 1e-5, 0x1p-140, 1e30, -1e30, .infinity, -.infinity, .nan, 2]
        let integers = [0, 1, 2, 40, 1000, -1, .max, .min]
        var answerCount = 0
        for round in 0..<100_000 {
            var logits = numbers.logits(Int.random(in: 1...90, using: &numbers))
            for _ in 0..<Int.random(in: 0...3, using: &numbers) {
                logits[Int.random(in: logits.indices, using: &numbers)] = floats.randomElement(using: &numbers) ?? 0
            }
            var parameters = SamplingParameters()
            for _ in 0..<Int.random(in: 0...4, using: &numbers) {
                let float = floats.randomElement(using: &numbers) ?? 0
                let integer = integers.randomElement(using: &numbers) ?? 0
                switch Int.random(in: 0..<13, using: &numbers) {
                case 0: parameters.temperature = float
                case 1: parameters.topK = integer
                case 2: parameters.topP = float
                case 3: parameters.minP = float
                case 4: parameters.typicalP = float
                case 5: parameters.repetitionPenalty = float
                case 6: parameters.frequencyPenalty = float
                case 7: parameters.presencePenalty = float
                case 8: parameters.penaltyWindow = integer
                case 9:
                    parameters.dry = DRYParameters(
                        multiplier: abs(float), base: floats.randomElement(using: &numbers) ?? 1,
                        allowedLength: integer,
                        sequenceBreakers: [3, TokenID(truncatingIfNeeded: integer)],
                        range: round % 2 == 0 ? integer : nil)
                case 10: parameters.logitBias[TokenID(truncatingIfNeeded: integer)] = float
                case 11: parameters.logprobCount = integer
                default: parameters.choice = UInt32(truncatingIfNeeded: integer)
                }
            }
            parameters.seed = numbers.next()
            let tokens = (0..<30).map { _ in TokenID.random(in: -1...9, using: &numbers) }
            var history = TokenHistory(prompt: Array(tokens.prefix(20)), parameters: parameters)
            for token in tokens.suffix(10) { history.append(token) }
            let mask =
                round % 4 == 0
                ? (0..<(logits.count + 31) / 32).map { _ in UInt32.random(in: 0 ... .max, using: &numbers) } : nil
            guard let sample = try? sampler.sample(logits, parameters, index: round, history: history, mask: mask)
            else {
                continue
            }
            answerCount += 1
            let token = Int(sample.token)
            #expect(logits.indices.contains(token) && !logits[token].isNaN && logits[token] > -.infinity)
            if let mask { #expect(mask[token / 32] >> UInt32(token % 32) & 1 == 1) }
        }
        #expect(answerCount > 20_000)
    }
}
