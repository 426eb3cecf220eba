import Testing
import ZondaCore
import ZondaScheduling

@Suite struct PreemptionTests {
    /// Two sequences that together outgrow the pool: the younger one gives way and comes back.
    @Test(arguments: [0, 1, 2]) func theYoungestGivesItsPagesBack(lookahead: Int) throws {
        var harness = try Harness(
            groups: [PageGroup(pageCount: 8)], batch: 2, stepTokens: 16, lookahead: lookahead)
        let older = try harness.add(SequenceRequest(tokens: Harness.prompt(6), maxNewTokens: 24))
        let younger = try harness.add(SequenceRequest(tokens: Harness.prompt(6, from: 50), maxNewTokens: 24))
        try harness.drain()
        #expect(harness.scheduler.preemptionCount > 0)
        for id in [older, younger] { #expect(harness.answer(of: id) == harness.oracles[id]?.answer) }
        let ends = harness.events.compactMap { if case .finished(let id, _) = $0 { id } else { nil } }
        #expect(ends == [older, younger])
        // The older one computed each of its rows once.
        let rows = harness.spans[older]?.reduce(0) { $0 + $1.tokens.count }
        #expect(rows == 29)
    }

    @Test func sampleIndicesGoOnAfterwards() throws {
        var harness = try Harness(groups: [PageGroup(pageCount: 8)], batch: 2, stepTokens: 16, lookahead: 2)
        _ = try harness.add(SequenceRequest(tokens: Harness.prompt(6), maxNewTokens: 24))
        let younger = try harness.add(SequenceRequest(tokens: Harness.prompt(6, from: 50), maxNewTokens: 24))
        try harness.drain()
        let indices = harness.spans[younger]?.filter(\.samples).map(\.sampleIndex)
        #expect(indices == Array(0..<24))
    }

    @Test func cancellingAWaitingOneWithTokensInFlight() throws {
        var harness = try Harness(groups: [PageGroup(pageCount: 6)], batch: 2, stepTokens: 16, lookahead: 2)
        let older = try harness.add(SequenceRequest(tokens: Harness.prompt(6), maxNewTokens: 18))
        let younger = try harness.add(SequenceRequest(tokens: Harness.prompt(6, from: 50), maxNewTokens: 18))
        while harness.scheduler.preemptionCount == 0 {
            while try harness.plan() != nil {}
            if harness.scheduler.preemptionCount == 0 { try harness.complete() }
        }
        #expect(harness.scheduler.waitingCount == 1)
        #expect(harness.scheduler.cancel(younger) == .finished(sequence: younger, reason: .cancelled))
        try harness.drain()
        #expect(harness.answer(of: older) == harness.oracles[older]?.answer)
        #expect(harness.events.contains { if case .discarded(younger, _) = $0 { true } else { false } })
    }

    @Test func oneThatFitsExactlyRunsAlone() throws {
        var harness = try Harness(
            groups: [PageGroup(pageCount: 5), PageGroup(window: 6, pageCount: 3)], batch: 2, stepTokens: 9)
        let length = harness.scheduler.configuration.longestSequence
        #expect(length == 20)
        // The last token is sampled and never computed: 21 tokens have 20 rows.
        let first = try harness.add(SequenceRequest(tokens: Harness.prompt(11), maxNewTokens: 10))
        let second = try harness.add(SequenceRequest(tokens: Harness.prompt(11, from: 90), maxNewTokens: 10))
        try harness.drain()
        #expect(harness.answer(of: first).count == 10 && harness.answer(of: second).count == 10)
        #expect(throws: ZondaError.self) {
            try harness.scheduler.add(SequenceRequest(tokens: Harness.prompt(11), maxNewTokens: 11))
        }
    }

    @Test func stepsThatFailedAreComputedAgain() throws {
        var harness = try Harness(lookahead: 1)
        let id = try harness.add(SequenceRequest(tokens: Harness.prompt(9), maxNewTokens: 6))
        _ = try harness.plan()
        _ = try harness.plan()
        try harness.complete()
        _ = try harness.plan()
        #expect(harness.scheduler.abandonSteps() == [id])
        try harness.scheduler.checkIntegrity()
        #expect(harness.scheduler.stepsInFlightCount == 0)
        let next = harness.scheduler.plan()
        let plan = try #require(next)
        // The prompt's pages were written by the step that was complete; the sample that was read is sent as it is.
        #expect(plan.spans.map(\.start) == [8])
        #expect(plan.spans[0].tokens == [8] + harness.answer(of: id))
        #expect(plan.spans[0].sampleIndex == 1)
    }
}
