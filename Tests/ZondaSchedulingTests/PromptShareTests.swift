import Testing
import ZondaScheduling

/// Who gets the rows for prompts of a step, and how many there are.
@Suite struct PromptShareTests {
    /// A sequence that decodes, alone: its prompt is through.
    private func decoding(stepTokens: Int = 64, batch: Int = 4, lookahead: Int = 0) throws -> Harness {
        var harness = try Harness(batch: batch, stepTokens: stepTokens, lookahead: lookahead)
        _ = try harness.add(SequenceRequest(tokens: [900], maxNewTokens: 60))
        _ = try harness.plan()
        try harness.complete()
        return harness
    }

    private func rows(_ plan: StepPlan?) -> [SequenceID: Int] {
        (plan?.spans ?? []).reduce(into: [:]) { $0[$1.sequence] = $1.tokens.count }
    }

    @Test func aLimitHoldsForPromptsOnly() throws {
        var harness = try decoding()
        #expect(harness.scheduler.decodingCount == 1)
        let prompts = try (0..<2).map {
            try harness.add(SequenceRequest(tokens: Harness.prompt(20, from: 100 * $0), maxNewTokens: 2))
        }
        for (limit, expected) in [(5, 5), (1, 1), (0, 0), (-7, 0), (13, 13), (.max, 20)] {
            let plan = try #require(try harness.plan(promptRows: limit))
            #expect(plan.promptRowCount == expected, "a limit of \(limit)")
            #expect(plan.spans[0].isDecode, "the one that decodes is always there")
            try harness.complete()
        }
        try harness.drain()
        for id in prompts { #expect(harness.answer(of: id) == harness.oracles[id]?.answer) }
    }

    @Test func whereNobodyDecodesThereIsARow() throws {
        var harness = try Harness()
        _ = try harness.add(SequenceRequest(tokens: Harness.prompt(20), maxNewTokens: 2))
        for limit in [0, -7] {
            #expect(try #require(try harness.plan(promptRows: limit)).promptRowCount == 1)
            try harness.complete()
        }
        try harness.drain()
    }

    @Test func aPromptMovesWhereWhoDecodesHasNoPage() throws {
        // 10 pages of 4 rows: the prompt has 7 and needs one more, and who decodes beside it needs a fourth one.
        var harness = try Harness(groups: [PageGroup(pageCount: 10)], prefixCaching: false)
        let prompt = try harness.add(SequenceRequest(tokens: Harness.prompt(30), maxNewTokens: 1))
        _ = try #require(try harness.plan(promptRows: 4))
        try harness.complete()
        let other = try harness.add(SequenceRequest(tokens: [900], maxNewTokens: 20))
        for limit in [2, 23] + Array(repeating: 0, count: 13) {
            _ = try #require(try harness.plan(promptRows: limit))
            try harness.complete()
        }
        #expect(harness.scheduler.preemptionCount > 0)
        try harness.drain()
        for id in [prompt, other] { #expect(harness.answer(of: id) == harness.oracles[id]?.answer) }
    }

    @Test(arguments: [0, 1, 2]) func decodingIsCountedAheadOfItsTokens(lookahead: Int) throws {
        var harness = try Harness(stepTokens: 8, lookahead: lookahead)
        _ = try harness.add(SequenceRequest(tokens: Harness.prompt(12), maxNewTokens: 3))
        _ = try harness.add(SequenceRequest(tokens: Harness.prompt(2, from: 50), maxNewTokens: 1))
        #expect(harness.scheduler.decodingCount == 0)
        _ = try harness.plan()
        // Of the first, half of its prompt is planned; the second needs nothing more.
        #expect(harness.scheduler.decodingCount == 0)
        if lookahead == 0 { try harness.complete() }
        _ = try harness.plan()
        #expect(harness.scheduler.decodingCount == 1)
        try harness.drain()
        #expect(harness.scheduler.decodingCount == 0)
    }

    @Test func oneThatWaitsForItsTokenToBeReadDecodes() throws {
        var harness = try Harness(lookahead: 1)
        _ = try harness.add(SequenceRequest(tokens: [1, 2], maxNewTokens: 3, needsHostToken: true))
        _ = try harness.plan()
        #expect(try harness.plan() == nil)
        #expect(harness.scheduler.decodingCount == 1)
    }

    @Test func shortPromptsPassALongOneThatKeepsHalf() throws {
        var harness = try Harness(groups: [PageGroup(pageCount: 200)], batch: 4, stepTokens: 16, length: 400)
        let long = try harness.add(SequenceRequest(tokens: Harness.prompt(300), maxNewTokens: 2))
        #expect(rows(try harness.plan()) == [long: 16])
        try harness.complete()
        let short = try harness.add(SequenceRequest(tokens: Harness.prompt(11, from: 500), maxNewTokens: 2))
        #expect(rows(try harness.plan()) == [long: 8, short: 8])
        try harness.complete()
        // What the short one does not need is the long one's.
        #expect(rows(try harness.plan()) == [long: 13, short: 3])
        try harness.complete()
        #expect(rows(try harness.plan()) == [long: 15, short: 1])
        try harness.drain()
        for id in [long, short] { #expect(harness.answer(of: id) == harness.oracles[id]?.answer) }
    }

    @Test func theShortestOfThoseBehindGoesFirst() throws {
        var harness = try Harness(groups: [PageGroup(pageCount: 300)], batch: 4, stepTokens: 16, length: 400)
        let ids = try [200, 300, 12].enumerated().map { index, count in
            try harness.add(SequenceRequest(tokens: Harness.prompt(count, from: 1000 * index), maxNewTokens: 2))
        }
        #expect(rows(try harness.plan()) == [ids[0]: 16])
        try harness.complete()
        // The second starts in its turn, and then lets the third pass.
        #expect(rows(try harness.plan()) == [ids[0]: 8, ids[1]: 8])
        try harness.complete()
        #expect(rows(try harness.plan()) == [ids[0]: 8, ids[2]: 8])
        try harness.complete()
        #expect(rows(try harness.plan()) == [ids[0]: 12, ids[2]: 4])
        try harness.complete()
        #expect(rows(try harness.plan()) == [ids[0]: 15, ids[2]: 1])
        try harness.drain()
    }

    @Test func equalPromptsGoOneAfterTheOther() throws {
        var harness = try Harness(groups: [PageGroup(pageCount: 200)], batch: 4, stepTokens: 16, length: 400)
        let ids = try (0..<3).map {
            try harness.add(SequenceRequest(tokens: Harness.prompt(32, from: 100 * $0), maxNewTokens: 1))
        }
        var order: [SequenceID] = []
        while let plan = try harness.plan() {
            order += plan.spans.map(\.sequence)
            try harness.complete()
        }
        #expect(order == ids.flatMap { [$0, $0] })
    }

    @Test func aPromptDoesNotYieldToALowerPriority() throws {
        var harness = try Harness(groups: [PageGroup(pageCount: 200)], batch: 4, stepTokens: 16, length: 400)
        let long = try harness.add(SequenceRequest(tokens: Harness.prompt(64), maxNewTokens: 2, priority: 1))
        let short = try harness.add(SequenceRequest(tokens: Harness.prompt(4, from: 500), maxNewTokens: 2))
        #expect(rows(try harness.plan()) == [long: 16])
        try harness.drain()
        #expect(harness.answer(of: short) == harness.oracles[short]?.answer)
    }

    @Test func whatIsCachedOfAPromptDoesNotMakeItLong() throws {
        var harness = try Harness(groups: [PageGroup(pageCount: 200)], batch: 4, stepTokens: 16, length: 400)
        let chat = Harness.prompt(120, from: 1000)
        _ = try harness.add(SequenceRequest(tokens: chat, maxNewTokens: 1))
        try harness.drain()
        let long = try harness.add(SequenceRequest(tokens: Harness.prompt(60), maxNewTokens: 2))
        let next = try harness.add(SequenceRequest(tokens: chat + [7, 8, 9], maxNewTokens: 2))
        #expect(rows(try harness.plan()) == [long: 16])
        try harness.complete()
        #expect(rows(try harness.plan()) == [long: 13, next: 3])
    }

    @Test func nobodyLeavesRowsToOneThatCannotStart() throws {
        var harness = try Harness(groups: [PageGroup(pageCount: 200)], batch: 4, stepTokens: 16, length: 400)
        let long = try harness.add(SequenceRequest(tokens: Harness.prompt(100), maxNewTokens: 2))
        _ = try harness.plan()
        try harness.complete()
        // It waits for what the long one is computing.
        let same = try harness.add(SequenceRequest(tokens: Harness.prompt(40), maxNewTokens: 2))
        _ = try harness.plan()
        try harness.complete()
        #expect(rows(try harness.plan()) == [long: 16])
        try harness.drain()
        #expect((harness.spans[same]?.first?.start ?? 0) > 30)
    }
}
