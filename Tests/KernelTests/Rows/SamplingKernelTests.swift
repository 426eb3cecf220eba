import CZondaKernels
import Testing
import ZondaCUDA
import ZondaCore
import ZondaDevice

extension Kernels {
    /// sampling.cu against the host's samplers: the same tokens, alternatives, errors and states, bit for bit.
    @Suite struct SamplingKernelTests {
        /// A step of `slots` slots again and again, on the host and on the device, with random parameters and logits.
        private func check(
            vocabulary: Int, slots: Int, steps: Int, rounds: Int, seed: UInt64, on player: Player
        ) throws {
            var random = Random(state: seed)
            for round in 0..<rounds {
                let bench = try Bench(player)
                let device = try SamplingBench(bench, vocabulary: vocabulary, slots: slots)
                let host = SlotSamplers(slotCount: slots)
                var prompts: [[TokenID]] = []
                var samplers: [SamplingParameters] = []
                for slot in 0..<slots {
                    samplers.append(random.parameters(vocabulary: vocabulary))
                    prompts.append((0..<Int.random(in: 0...9, using: &random)).map { _ in random.token(vocabulary) })
                    try host.set(slot: slot, samplers[slot], prompt: prompts[slot], generated: [])
                    try device.set(slot: slot, samplers[slot], prompt: prompts[slot])
                }
                for step in 0..<steps {
                    let logits = random.logits(rows: slots, vocabulary: vocabulary)
                    let rows = (0..<slots).shuffled(using: &random).enumerated().map { row, slot in
                        StepInputs.SampleRow(slot: Int32(slot), logitRow: Int32(row), tokenIndex: Int32(step))
                    }
                    var masked = Set<Int>()
                    for slot in 0..<slots where Int.random(in: 0..<4, using: &random) == 0 {
                        masked.insert(slot)
                        let mask = random.mask(vocabulary)
                        try host.setMask(slot: slot, mask)
                        try device.setMask(slot: slot, mask)
                    }
                    try host.begin(rows)
                    for (index, row) in rows.enumerated() {
                        let start = Int(row.logitRow) * vocabulary
                        host.sample(index, logits: logits[start..<start + vocabulary].span, thread: 0)
                    }
                    let submission = Submission(index: step)
                    host.end(submission)
                    let expected = try host.results(of: submission)
                    let got = try device.sample(rows, logits, samplers, masked)
                    for (row, (want, have)) in zip(expected, got).enumerated() {
                        let parameters = samplers[Int(rows[row].slot)]
                        #expect(
                            same(want, have), "round \(round) step \(step) \(want) \(have) \(parameters)")
                    }
                }
            }
        }

        private func same(_ a: Result<Sample, ZondaError>, _ b: Result<Sample, ZondaError>) -> Bool {
            switch (a, b) {
            case (.success(let a), .success(let b)): a == b
            case (.failure(let a), .failure(let b)): a.message == b.message
            default: false
            }
        }

        @Test(arguments: [Player.fast(architecture: 80), .fast(architecture: 90)], [1, 151, 3073, 32000])
        func equalsTheHost(_ player: Player, _ vocabulary: Int) throws {
            try check(
                vocabulary: vocabulary, slots: 6, steps: 4, rounds: vocabulary > 10000 ? 4 : 12,
                seed: UInt64(vocabulary) + 11, on: player)
        }

        @Test(arguments: Player.checked) func equalsTheHostChecked(_ player: Player) throws {
            try check(vocabulary: 1300, slots: 2, steps: 2, rounds: 1, seed: 5, on: player)
        }

        @Test func leavesToTheHostWhatItMust() throws {
            var parameters = SamplingParameters()
            parameters.dry = DRYParameters(multiplier: 0.8)
            let device = try SamplingBench(try Bench(.fast(architecture: 90)), vocabulary: 40, slots: 1)
            try device.set(slot: 0, parameters, prompt: [1])
            try device.run(
                [StepInputs.SampleRow(slot: 0, logitRow: 0, tokenIndex: 0)], [Float](repeating: 1, count: 40))
            #expect(try device.results(1)[0].status == Int32(zonda_sample_left_to_host))

            var windowed = SamplingParameters()
            windowed.repetitionPenalty = 1.1
            let prompt = [TokenID](repeating: 3, count: 5000)
            func isOnHost() -> Bool {
                DeviceSampler(windowed, prompt: prompt, generated: [], vocabulary: 40, sequenceLimit: 9000).isOnHost
            }
            #expect(!isOnHost())
            windowed.penaltyWindow = 4500
            #expect(isOnHost())
            windowed.penaltyWindow = 9000
            #expect(!isOnHost())
        }
    }
}

extension Random {
    fileprivate mutating func token(_ vocabulary: Int) -> TokenID {
        TokenID(Int.random(in: 0..<min(vocabulary, 30), using: &self))
    }

    fileprivate mutating func pick<Value>(_ values: Value...) -> Value { values.randomElement(using: &self)! }

    fileprivate mutating func parameters(vocabulary: Int) -> SamplingParameters {
        var parameters = SamplingParameters()
        parameters.temperature = pick(0, 1, 0.7, 1.7, 0.05, 30, 1)
        parameters.topK = pick(0, 0, 1, 40, vocabulary / 2, vocabulary + 3)
        parameters.topP = pick(1, 1, 0.9, 0.999, 0.3, 0)
        parameters.minP = pick(0, 0, 0.05, 0.3, 1)
        parameters.typicalP = pick(1, 1, 1, 0.9, 0.2)
        if pick(true, false, false) {
            parameters.repetitionPenalty = pick(1, 1.3, 0.8)
            parameters.frequencyPenalty = pick(0, 0.4, -1.7)
            parameters.presencePenalty = pick(0, 0.5, -0.3)
            parameters.penaltyWindow = pick(nil, 1, 4, 64)
        }
        if pick(true, false, false) {
            for _ in 0..<5 { parameters.logitBias[token(vocabulary)] = Float.random(in: -9...9, using: &self) }
        }
        parameters.logprobCount = pick(nil, nil, 0, 5, 20, 1024)
        parameters.seed = next()
        parameters.choice = pick(0, 1, 7)
        return parameters
    }

    /// Broad humps, narrow ones, all equal, whole numbers with many ties; NaN, infinities and -0 here and there.
    fileprivate mutating func logits(rows: Int, vocabulary: Int) -> [Float] {
        var logits: [Float] = []
        for _ in 0..<rows {
            let spread: Float = pick(3, 3, 10, 0.01, 0, 1)
            let (isWhole, isHopeless, hasOdd) = (pick(true, false), pick(1, 2, 3, 4, 5, 6) == 1, pick(true, false))
            for _ in 0..<vocabulary {
                var logit = Float.random(in: -1...1, using: &self) + Float.random(in: -1...1, using: &self)
                logit += Float.random(in: -1...1, using: &self)
                logit = isWhole ? (logit * spread).rounded() : logit * spread
                if hasOdd {
                    switch next() >> 20 % 4000 {
                    case 0..<20: logit = .nan
                    case 20..<40: logit = -.infinity
                    case 40: logit = .infinity
                    case 41..<90: logit = -0.0
                    default: break
                    }
                }
                logits.append(isHopeless ? (logit > 0 ? .nan : -.infinity) : logit)
            }
        }
        return logits
    }

    fileprivate mutating func mask(_ vocabulary: Int) -> [UInt32] {
        let kind = pick(0, 1, 2, 3)
        return (0..<(vocabulary + 31) / 32).map { word in
            switch kind {
            case 0: UInt32(truncatingIfNeeded: next() >> 20)
            case 1: word == 0 ? 0xF0 : 0
            case 2: .max
            default: 0
            }
        }
    }
}
