import Testing
import ZondaScheduling

@Suite struct ThroughputTests {
    /// Prints what a step costs the host when 64 sequences decode; the figure is for a reader, on a quiet machine.
    @Test(arguments: [0, 1, 2]) func aStepOf64DecodingSequences(lookahead: Int) throws {
        let configuration = SchedulerConfiguration(
            groups: [PageGroup(pageCount: 16_384), PageGroup(window: 1024, pageCount: 8_192)], maxBatchSize: 64,
            maxTokensPerStep: 512, maxSequenceLength: 8_192, lookahead: lookahead)
        var scheduler = try Scheduler(configuration)
        for id in 0..<64 {
            let prompt = Harness.prompt(500 + id, from: id * 1000)
            _ = try scheduler.add(SequenceRequest(tokens: prompt, maxNewTokens: 3_000, stopTokens: [0]))
        }
        var flying: [StepPlan] = []
        var decodes: [Duration] = []
        var tokenCount = 0
        for step in 0..<2_000 {
            var plan: StepPlan?
            var events: [SchedulerEvent] = []
            let start = ContinuousClock.now
            plan = scheduler.plan()
            let planned = ContinuousClock.now
            if let plan { flying.append(plan) }
            let tokens = (0..<(flying[0].sampleCount)).map { Int32(step + $0 + 1) }
            let before = ContinuousClock.now
            if flying.count > lookahead {
                events = try scheduler.complete(step: flying.removeFirst().step, tokens: tokens)
            }
            let end = ContinuousClock.now
            tokenCount += events.count
            if plan?.rowCount == 64 { decodes.append(planned - start + (end - before)) }
        }
        decodes.sort()
        try scheduler.checkIntegrity()
        print(
            "lookahead \(lookahead): plan + complete of 64 decodes, median \(decodes[decodes.count / 2]), "
                + "99th percentile \(decodes[decodes.count * 99 / 100])")
        #expect(decodes.count > 1_500)
        #expect(tokenCount > 64 * 1_500)
    }
}
