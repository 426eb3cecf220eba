import Testing
import ZondaScheduling

@Suite struct RandomTrafficTests {
    /// 42 requests each: 10,500 per depth in release. Debug, some 50 times slower, takes a sample.
    #if DEBUG
        static let scenarioCount = 10
    #else
        static let scenarioCount = 250
    #endif

    /// Each request's answer equals the one it gets alone, whatever else runs, and whatever is shared, preempted,
    /// cancelled or failed on the way; no page is lost, and none is read with another's content.
    @Test(arguments: [0, 1, 2]) func answersEqualSoloRuns(lookahead: Int) throws {
        var (finished, preempted, cached, discarded) = (0, 0, 0, 0)
        var endings: [String: Int] = [:]
        for scenario in 0..<Self.scenarioCount {
            let seed = UInt64(scenario * 3 + lookahead)
            var traffic = try Traffic(seed: seed, lookahead: lookahead)
            do { try traffic.run(count: 42) } catch { Issue.record("seed \(seed): \(error)") }
            finished += traffic.finishedCount
            preempted += traffic.scheduler.preemptionCount
            cached += traffic.cachedRowCount
            discarded += traffic.discardedCount
            endings.merge(traffic.endings, uniquingKeysWith: +)
        }
        print(
            "lookahead \(lookahead): \(finished) requests, \(preempted) preemptions, \(cached) rows from the cache,",
            "\(discarded) samples discarded, ends: \(endings.sorted { $0.key < $1.key })")
        #expect(finished == 42 * Self.scenarioCount)
        // Without these the test would say little.
        #expect(preempted > Self.scenarioCount)
        #expect(cached > 100 * Self.scenarioCount)
        #expect(discarded * 2 > Self.scenarioCount)
        guard Self.scenarioCount > 100 else { return }
        for ending in ["stopToken", "length", "prompt", "cancelled", "stopString", "failed", "refused"] {
            #expect((endings[ending] ?? 0) > 20, "too few ended with \(ending)")
        }
    }
}
