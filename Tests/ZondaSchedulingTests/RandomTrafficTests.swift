import Testing
import ZondaScheduling

@Suite struct RandomTrafficTests {
    /// Each request's answer equals the one it gets alone, whatever else runs, and whatever is shared, preempted,
    /// cancelled or failed on the way; no page is lost, and none is read with another's content.
    @Test(arguments: [0, 1, 2]) func answersEqualSoloRuns(lookahead: Int) throws {
        var (finished, preempted, cached, discarded) = (0, 0, 0, 0)
        var endings: [String: Int] = [:]
        for scenario in 0..<250 {
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
        #expect(finished >= 10_000)
        // Without these the test would say little.
        #expect(preempted > 300)
        #expect(cached > 10_000)
        #expect(discarded > 100)
        for ending in ["stopToken", "length", "prompt", "cancelled", "stopString", "failed", "refused"] {
            #expect((endings[ending] ?? 0) > 20, "too few ended with \(ending)")
        }
    }
}
