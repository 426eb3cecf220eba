import Testing
import ZondaCPU
import ZondaCUDA
import ZondaCore
import ZondaDevice

extension Kernels {
    /// Sampling through the stream of a GPU: the tokens of the CPU's samplers, however far the host runs ahead.
    @Suite struct StreamSamplingTests {
        private func check(_ script: StreamScript, on player: Player, lag: Int) throws {
            let expected = try script.play(on: ReferenceDevice(), lag: 0)
            let got = try script.play(on: try player.device(), lag: lag)
            #expect(expected.count == got.count)
            for (step, (want, have)) in zip(expected, got).enumerated() {
                #expect(want.count == have.count)
                for (row, (want, have)) in zip(want, have).enumerated() {
                    let slot = script.steps[step].rows[row].slot
                    #expect(same(want, have), "step \(step), slot \(slot): \(want), not \(have)")
                }
            }
        }

        private func same(_ a: Result<Sample, ZondaError>, _ b: Result<Sample, ZondaError>) -> Bool {
            switch (a, b) {
            case (.success(let a), .success(let b)): a == b
            case (.failure(let a), .failure(let b)): a.message == b.message && a.code == b.code
            default: false
            }
        }

        @Test(arguments: [Player.late(architecture: 90), .fast(architecture: 80)], [0, 1, 2])
        func equalsTheHost(_ player: Player, _ lag: Int) throws {
            for seed in 1...3 {
                try check(.random(vocabulary: 187, slots: 12, steps: 14, seed: seed), on: player, lag: lag)
            }
        }

        /// Everything as late as it may be, uninitialized memory and early kernels found.
        @Test(arguments: [Player.checked[0], Player.checked[2]]) func equalsTheHostChecked(_ player: Player) throws {
            try check(.random(vocabulary: 33, slots: 4, steps: 4, seed: 4), on: player, lag: 2)
        }

        /// A row of NaN is the error of its own request, and so are a mask and a bias that do not fit.
        @Test func failuresAreTheRowsOwn() throws {
            var script = StreamScript.random(vocabulary: 40, slots: 4, steps: 0, seed: 5)
            var biased = SamplingParameters.greedy
            biased.logitBias[60] = 1
            var step = StreamScript.Step()
            for slot in 0..<4 { step.sets.append((slot, slot == 2 ? biased : .greedy, [1], [])) }
            step.rows = [(0, StreamScript.hopelessToken, 0), (1, 3, 0), (2, 3, 0), (3, 3, 0)]
            step.masks = [(1, [1, 2, 3])]
            var next = StreamScript.Step()
            next.rows = (0..<4).map { ($0, StepInputs.lastSample, 1) }
            script.steps = [step, next]
            let results = try script.play(on: try Player.late(architecture: 90).device(), lag: 1)
            let expected = try script.play(on: ReferenceDevice(), lag: 0)
            for row in 0..<3 { #expect(throws: ZondaError.self) { try results[0][row].get() } }
            for (row, (want, have)) in zip(expected[0], results[0]).enumerated() {
                #expect(same(want, have), "row \(row): \(want), not \(have)")
            }
            for row in [0, 3] { #expect(same(expected[1][row], results[1][row])) }
        }

        @Test func whatIsAskedTooLateOrOfNobodyIsAnError() throws {
            let script = StreamScript.random(vocabulary: 40, slots: 2, steps: 1, seed: 6)
            let playback = try Playback(script, on: try Player.fast(architecture: 90).device())
            var step = StreamScript.Step()
            step.rows = [(0, 3, 0)]
            #expect(throws: ZondaError.self) { try playback.submit(step) }
            #expect(throws: ZondaError.self) { try playback.stream.setMask(slot: 0, [0, 0]) }
            #expect(throws: ZondaError.self) {
                try playback.stream.setSampler(slot: 2, .greedy, prompt: [1], generated: [])
            }
            var wrong = SamplingParameters()
            wrong.topP = 2
            #expect(throws: ZondaError.self) {
                try playback.stream.setSampler(slot: 0, wrong, prompt: [1], generated: [])
            }
            try playback.stream.setSampler(slot: 0, .greedy, prompt: [1], generated: [])
            let first = try playback.submit(step)
            for _ in 1..<SlotSamplers.keptCount { _ = try playback.submit(step) }
            #expect(try playback.stream.samples(of: first).count == 1)
            _ = try playback.submit(step)
            #expect(throws: ZondaError.self) { try playback.stream.samples(of: first) }
        }
    }
}

extension StreamScript {
    /// The token whose row is NaN.
    static let hopelessToken: TokenID = 7

    /// Slots with all kinds of parameters, masks now and then, slots that change hands with steps in flight.
    static func random(vocabulary: Int, slots: Int, steps: Int, seed: Int) -> StreamScript {
        var random = Random(state: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15)
        var table = random.floats(vocabulary * vocabulary, in: -5...5)
        // Ties, and a row without a token to choose.
        for index in table.indices where index % 3 == 0 { table[index].round() }
        for column in 0..<vocabulary { table[Int(hopelessToken) * vocabulary + column] = .nan }
        var script = StreamScript(vocabulary: vocabulary, slots: slots, table: table)
        var owners = [Int](repeating: 0, count: slots)
        for number in 0..<steps {
            var step = Step()
            for slot in 0..<slots where number == 0 || Int.random(in: 0..<5, using: &random) == 0 {
                owners[slot] += 1
                let prompt = (0..<Int.random(in: 1...9, using: &random)).map { _ in random.token(below: 12) }
                let generated = (0..<Int.random(in: 0...3, using: &random)).map { _ in random.token(below: 12) }
                let parameters = random.parameters(kind: slot + number, vocabulary: vocabulary)
                step.sets.append((slot, parameters, prompt, generated))
            }
            for slot in (0..<slots).shuffled(using: &random)
            where number == 0 || Int.random(in: 0..<4, using: &random) > 0 {
                let isKnown = Int.random(in: 0..<4, using: &random) == 0
                step.rows.append((slot, isKnown ? random.token(below: vocabulary) : StepInputs.lastSample, number))
                guard Int.random(in: 0..<4, using: &random) == 0 else { continue }
                step.masks.append((slot, random.words((vocabulary + 31) / 32)))
            }
            script.steps.append(step)
        }
        return script
    }
}

extension Random {
    fileprivate mutating func token(below limit: Int) -> TokenID { TokenID(Int.random(in: 0..<limit, using: &self)) }

    /// Every kind of sampling in turn; the last ones are the host's.
    fileprivate mutating func parameters(kind: Int, vocabulary: Int) -> SamplingParameters {
        var parameters = SamplingParameters()
        parameters.seed = next()
        parameters.choice = UInt32(kind % 3)
        switch kind % 12 {
        case 0: parameters = .greedy
        case 1: parameters.temperature = 1.7
        case 2: parameters.topK = 5
        case 3: parameters.topP = 0.8
        case 4: parameters.minP = 0.1
        case 5: parameters.typicalP = 0.5
        case 6: (parameters.repetitionPenalty, parameters.frequencyPenalty) = (1.3, 0.5)
        case 7: (parameters.repetitionPenalty, parameters.presencePenalty, parameters.penaltyWindow) = (1.4, 0.7, 4)
        case 8: for token in 0..<6 { parameters.logitBias[TokenID(token * 5)] = Float(token) * 2 - 5 }
        case 9: parameters.logprobCount = Int.random(in: 0...20, using: &self)
        case 10: parameters.dry = DRYParameters(multiplier: 0.8, allowedLength: 1)
        default:
            (parameters.topP, parameters.repetitionPenalty, parameters.logprobCount) = (0.9, 1.2, 3)
            parameters.dry = DRYParameters(multiplier: 0.5)
        }
        return parameters
    }
}
