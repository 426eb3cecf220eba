import Foundation
import Testing
import ZondaCore
import ZondaScheduling

@Suite struct StepPlanTests {
    @Test func decodesGoBeforeChunksWithinTheBudget() throws {
        var harness = try Harness(batch: 3, stepTokens: 8)
        let first = try harness.add(SequenceRequest(tokens: Harness.prompt(5), maxNewTokens: 9))
        _ = try harness.plan()
        try harness.complete()
        let second = try harness.add(SequenceRequest(tokens: Harness.prompt(12, from: 20), maxNewTokens: 9))
        let plan = try #require(try harness.plan())
        #expect(plan.spans.map(\.sequence) == [first, second])
        #expect(plan.spans.map(\.tokens.count) == [1, 7])
        #expect(plan.spans.map(\.samples) == [true, false])
        #expect(plan.spans[1].logitRows.isEmpty)
        try harness.complete()
        let last = try #require(try harness.plan())
        #expect(last.spans.map(\.start) == [6, 7])
        #expect(last.spans.map(\.tokens.count) == [1, 5])
        #expect(last.spans[1].logitRows == 4..<5)
    }

    @Test(arguments: [0, 1, 2]) func runsAheadOfUnreadTokens(lookahead: Int) throws {
        var harness = try Harness(lookahead: lookahead)
        let id = try harness.add(SequenceRequest(tokens: Harness.prompt(3), maxNewTokens: 9))
        for _ in 0...lookahead { #expect(try harness.plan() != nil) }
        #expect(try harness.plan() == nil)
        let spans = try #require(harness.spans[id])
        #expect(spans.map(\.tokens) == [[0, 1, 2]] + Array(repeating: [StepSpan.lastSample], count: lookahead))
        #expect(spans.map(\.sampleIndex) == Array(0...lookahead))
        try harness.drain()
        #expect(harness.answer(of: id) == harness.oracles[id]?.answer)
    }

    @Test func tokensThatWereReadAreSentAsTheyAre() throws {
        var harness = try Harness(lookahead: 1)
        let id = try harness.add(SequenceRequest(tokens: Harness.prompt(3), maxNewTokens: 9))
        _ = try harness.plan()
        try harness.complete()
        let plan = try #require(try harness.plan())
        #expect(plan.spans[0].tokens == harness.answer(of: id))
    }

    @Test func oneThatNeedsTheHostHoldsBackOnlyItself() throws {
        var harness = try Harness(lookahead: 2)
        let free = try harness.add(SequenceRequest(tokens: Harness.prompt(3), maxNewTokens: 4))
        let held = try harness.add(
            SequenceRequest(tokens: Harness.prompt(3, from: 9), maxNewTokens: 4, needsHostToken: true))
        for _ in 0..<3 { _ = try harness.plan() }
        #expect(harness.spans[free]?.count == 3)
        #expect(harness.spans[held]?.count == 1)
        try harness.drain()
        #expect(harness.answer(of: held) == harness.oracles[held]?.answer)
    }

    @Test func neverPlansPastTheLastToken() throws {
        var harness = try Harness(lookahead: 2)
        let id = try harness.add(SequenceRequest(tokens: [1], maxNewTokens: 2))
        #expect(try harness.plan() != nil)
        #expect(try harness.plan() != nil)
        #expect(try harness.plan() == nil)
        try harness.complete()
        #expect(try harness.complete().last == .finished(sequence: id, reason: .length))
        #expect(harness.scheduler.isIdle)
    }

    @Test func overrunSamplesAreDiscardedAndTheirPagesGoOnAtOnce() throws {
        let probe = Oracle(SequenceRequest(tokens: Harness.prompt(8), maxNewTokens: 9))
        let stop = probe.tokens[8]
        var harness = try Harness(
            groups: [PageGroup(pageCount: 4)], batch: 1, stepTokens: 16, lookahead: 2, prefixCaching: false)
        let ended = try harness.add(
            SequenceRequest(tokens: Harness.prompt(8), maxNewTokens: 8, stopTokens: [stop]))
        for _ in 0..<3 { _ = try harness.plan() }
        let next = try harness.add(SequenceRequest(tokens: Harness.prompt(14, from: 100), maxNewTokens: 2))
        #expect(
            try harness.complete() == [
                .appended(sequence: ended, token: stop, index: 0),
                .finished(sequence: ended, reason: .stopToken(stop)),
            ])
        // Two steps that still write to the first sequence's pages are in flight: they run before this one.
        let plan = try #require(try harness.plan())
        let old = try #require(harness.spans[ended]?.last)
        #expect(plan.spans.map(\.sequence) == [next])
        #expect(!Set(plan.spans[0].pages[0]).isDisjoint(with: old.pages[0]))
        #expect(plan.spans[0].slot == old.slot)
        #expect(try harness.complete() == [.discarded(sequence: ended, index: 1)])
        #expect(try harness.complete() == [.discarded(sequence: ended, index: 2)])
        try harness.drain()
        #expect(harness.answer(of: next) == harness.oracles[next]?.answer)
    }

    @Test func outputsOfAPromptComeOnce() throws {
        var harness = try Harness(stepTokens: 4)
        let all = try harness.add(
            SequenceRequest(tokens: Harness.prompt(10), maxNewTokens: 0, promptOutputs: .allRows))
        try harness.drain()
        #expect(harness.spans[all]?.map(\.logitRows) == [0..<4, 0..<4, 0..<2])
        #expect(harness.spans[all]?.contains(where: \.samples) == false)
        let last = try harness.add(
            SequenceRequest(tokens: Harness.prompt(10), maxNewTokens: 0, promptOutputs: .lastRow))
        try harness.drain()
        #expect(harness.spans[last]?.map(\.start) == [8])
        #expect(harness.spans[last]?.map(\.logitRows) == [1..<2])
        #expect(
            harness.events.suffix(2) == [
                .promptComputed(sequence: last), .finished(sequence: last, reason: .promptComputed),
            ])
    }

    @Test func windowedGroupsLetPagesGo() throws {
        var harness = try Harness(
            groups: [PageGroup(pageCount: 32), PageGroup(window: 6, pageCount: 3)], prefixCaching: false)
        let id = try harness.add(SequenceRequest(tokens: Harness.prompt(40), maxNewTokens: 20))
        try harness.drain()
        #expect(harness.answer(of: id).count == 20)
        let last = try #require(harness.spans[id]?.last)
        // Row 58 sees 53 ... 58: pages 13 and 14.
        #expect(last.pages[1].prefix(13).allSatisfy { $0 == -1 })
        #expect(last.pages[1].count == 15 && last.pages[1][13] >= 0)
        #expect(last.pages[0].allSatisfy { $0 >= 0 })
    }

    @Test func aLongPromptIsNotStarvedByShortOnes() throws {
        var harness = try Harness(groups: [PageGroup(pageCount: 16)], batch: 2, stepTokens: 4)
        let long = try harness.add(SequenceRequest(tokens: Harness.prompt(48, from: 1000), maxNewTokens: 4))
        for round in 0..<200 where harness.scheduler.runningCount + harness.scheduler.waitingCount > 0 {
            if round < 100 {
                _ = try harness.add(SequenceRequest(tokens: Harness.prompt(6, from: round * 7), maxNewTokens: 3))
            }
            if try harness.plan() != nil { try harness.complete() }
            if harness.events.contains(.finished(sequence: long, reason: .length)) {
                // Half of the rows of each step at least, of which one may be a short one's answer.
                #expect(round < 32)
                return
            }
        }
        Issue.record("the long prompt never ended")
    }

    @Test func higherPrioritiesGoFirst() throws {
        var harness = try Harness(batch: 1)
        let low = try harness.add(SequenceRequest(tokens: [1], maxNewTokens: 1))
        let high = try harness.add(SequenceRequest(tokens: [2], maxNewTokens: 1, priority: 3))
        let same = try harness.add(SequenceRequest(tokens: [3], maxNewTokens: 1))
        try harness.drain()
        let order = harness.events.compactMap { if case .finished(let id, _) = $0 { id } else { nil } }
        #expect(order == [high, low, same])
    }

    @Test func plansTravelAsJSON() throws {
        var harness = try Harness(groups: [PageGroup(pageCount: 9), PageGroup(window: 3, pageCount: 9)])
        _ = try harness.add(SequenceRequest(tokens: Harness.prompt(9), maxNewTokens: 3))
        let plan = try #require(try harness.plan())
        let copy = try JSONDecoder().decode(StepPlan.self, from: JSONEncoder().encode(plan))
        #expect(copy == plan)
    }
}
