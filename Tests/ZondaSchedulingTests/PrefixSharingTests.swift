import Testing
import ZondaCore
import ZondaScheduling

@Suite struct PrefixSharingTests {
    @Test func aSecondPromptBeginsAfterItsLastCachedPage() throws {
        var harness = try Harness()
        let first = try harness.add(SequenceRequest(tokens: Harness.prompt(12), maxNewTokens: 2))
        try harness.drain()
        let same = try harness.add(SequenceRequest(tokens: Harness.prompt(12), maxNewTokens: 2))
        let longer = try harness.add(SequenceRequest(tokens: Harness.prompt(14), maxNewTokens: 2))
        let other = try harness.add(SequenceRequest(tokens: Harness.prompt(12), cacheDomain: 1, maxNewTokens: 2))
        try harness.drain()
        // Of 12 tokens, three full pages, the last token is always computed.
        #expect([first, same, longer, other].map { harness.spans[$0]?.first?.start } == [0, 8, 12, 0])
        #expect(harness.answer(of: first) == harness.answer(of: same))
    }

    @Test func answersAreCachedWithTheirStopToken() throws {
        let request = SequenceRequest(tokens: Harness.prompt(5), maxNewTokens: 11)
        let whole = Oracle(request).tokens
        for lookahead in 0...2 {
            var harness = try Harness(lookahead: lookahead)
            _ = try harness.add(request)
            try harness.drain()
            let next = try harness.add(SequenceRequest(tokens: Array(whole.prefix(16)) + [1], maxNewTokens: 1))
            try harness.drain()
            // The last token of the answer was sampled and never computed, so its page is not full.
            #expect(harness.spans[next]?.first?.start == 12)
        }
    }

    @Test func choicesOfOneRequestWaitForItsPrompt() throws {
        var harness = try Harness(groups: [PageGroup(pageCount: 20)], stepTokens: 6, lookahead: 1)
        let request = SequenceRequest(tokens: Harness.prompt(18), maxNewTokens: 4)
        let choices = try (0..<4).map { _ in try harness.add(request) }
        try harness.drain()
        #expect(choices.map { harness.spans[$0]?.first?.start } == [0, 16, 16, 16])
        for id in choices { #expect(harness.answer(of: id) == harness.oracles[id]?.answer) }
    }

    @Test func aWaiterGoesOnAloneWhenItsLeaderEnds() throws {
        var harness = try Harness(stepTokens: 6)
        let leader = try harness.add(SequenceRequest(tokens: Harness.prompt(30), maxNewTokens: 4))
        let waiter = try harness.add(SequenceRequest(tokens: Harness.prompt(30), maxNewTokens: 4))
        _ = try harness.plan()
        try harness.complete()
        #expect(harness.scheduler.waitingCount == 1)
        #expect(harness.scheduler.cancel(leader) == .finished(sequence: leader, reason: .cancelled))
        try harness.drain()
        #expect(harness.spans[waiter]?.first?.start == 4)
        #expect(harness.answer(of: waiter) == harness.oracles[waiter]?.answer)
    }

    @Test func equalPagesComputedAtTheSameTimeBecomeOne() throws {
        var harness = try Harness(batch: 2, stepTokens: 16)
        _ = try harness.add(SequenceRequest(tokens: Harness.prompt(24), maxNewTokens: 9))
        _ = try harness.plan()
        try harness.complete()
        // Of a higher priority, so it does not wait for the other; there is no hit beyond the first 16 rows.
        let second = try harness.add(SequenceRequest(tokens: Harness.prompt(24), maxNewTokens: 9, priority: 1))
        for _ in 0..<3 {
            _ = try harness.plan()
            try harness.complete()
        }
        #expect(harness.spans[second]?.first?.start == 16)
        // Six pages of the prompt are shared; each has one of its own for its answer.
        #expect(harness.scheduler.pageCounts[0].usedCount == 8)
        try harness.drain()
    }

    @Test func aHitNeedsTheWindowsPages() throws {
        let groups = [PageGroup(pageCount: 40), PageGroup(window: 5, pageCount: 4)]
        var harness = try Harness(groups: groups, stepTokens: 4)
        _ = try harness.add(SequenceRequest(tokens: Harness.prompt(24), maxNewTokens: 1))
        try harness.drain()
        let shorter = try harness.add(SequenceRequest(tokens: Harness.prompt(10), maxNewTokens: 1))
        try harness.drain()
        // The pages of the first 8 rows are there in the first group, and taken by later rows in the second.
        #expect(harness.spans[shorter]?.first?.start == 0)
        let longer = try harness.add(SequenceRequest(tokens: Harness.prompt(25), maxNewTokens: 1))
        try harness.drain()
        #expect(harness.answer(of: longer) == harness.oracles[longer]?.answer)
    }

    @Test func contentTellsRowsApart() throws {
        var harness = try Harness()
        var request = SequenceRequest(
            tokens: Array(repeating: 7, count: 12), contentIDs: (0..<12).map { 1 << 40 + $0 }, maxNewTokens: 2)
        _ = try harness.add(request)
        try harness.drain()
        request.contentIDs = (0..<12).map { 1 << 40 + ($0 < 6 ? $0 : $0 + 1) }
        let other = try harness.add(request)
        try harness.drain()
        #expect(harness.spans[other]?.first?.start == 4)
    }

    @Test func forgettingLeavesOnlyFreePages() throws {
        var harness = try Harness(groups: [PageGroup(pageCount: 9), PageGroup(window: 4, pageCount: 9)])
        _ = try harness.add(SequenceRequest(tokens: Harness.prompt(20), maxNewTokens: 2))
        try harness.drain()
        #expect(harness.scheduler.pageCounts.map(\.cachedCount) == [5, 5])
        harness.scheduler.forgetPrefixes()
        try harness.scheduler.checkIntegrity()
        #expect(harness.scheduler.pageCounts.map(\.freeCount) == [9, 9])
    }

    @Test func theLeastRecentlyUsedPrefixGoesFirst() throws {
        var harness = try Harness(groups: [PageGroup(pageCount: 7)], batch: 1)
        for start in [0, 100, 0] {
            _ = try harness.add(SequenceRequest(tokens: Harness.prompt(13, from: start), maxNewTokens: 1))
            try harness.drain()
        }
        // One page is free, six are cached; this takes three, from the prompt at 100.
        _ = try harness.add(SequenceRequest(tokens: Harness.prompt(12, from: 200), maxNewTokens: 1))
        try harness.drain()
        let kept = try harness.add(SequenceRequest(tokens: Harness.prompt(13), maxNewTokens: 1))
        try harness.drain()
        #expect(harness.spans[kept]?.first?.start == 12)
    }
}
