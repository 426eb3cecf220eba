import TestSupport
import Testing
import ZondaCore
import ZondaScheduling

@Suite struct BadRequestTests {
    static let configuration = SchedulerConfiguration(
        pageSize: 4, groups: [PageGroup(pageCount: 8), PageGroup(window: 6, pageCount: 4)], maxBatchSize: 2,
        maxTokensPerStep: 8, maxSequenceLength: 64)

    @Test(arguments: [
        (SequenceRequest(tokens: [], maxNewTokens: 4), ZondaError.Code.badRequest),
        (SequenceRequest(tokens: [1], maxNewTokens: 0), .badRequest),
        (SequenceRequest(tokens: [1], maxNewTokens: -1, promptOutputs: .allRows), .badRequest),
        (SequenceRequest(tokens: [1, -1], maxNewTokens: 4), .badRequest),
        (SequenceRequest(tokens: [1, 2], contentIDs: [1], maxNewTokens: 4), .badRequest),
        (SequenceRequest(tokens: Array(repeating: 1, count: 61), maxNewTokens: 4), .contextExceeded),
        (SequenceRequest(tokens: [1], maxNewTokens: .max), .contextExceeded),
        (SequenceRequest(tokens: [1], maxNewTokens: 60), .outOfMemory),
    ])
    func requestsThatCanNotRunAreErrors(request: SequenceRequest, code: ZondaError.Code) throws {
        var scheduler = try Scheduler(Self.configuration)
        do {
            _ = try scheduler.add(request)
            Issue.record("it was taken")
        } catch {
            #expect(error.code == code)
            #expect(error.remedy != nil)
            if code == .outOfMemory {
                #expect(error.facts["needed"] == "15" && error.facts["available"] == "8")
            }
        }
        #expect(scheduler.isIdle)
        try scheduler.checkIntegrity()
    }

    @Test func configurationsOutOfRangeAreErrors() {
        let changes: [(inout SchedulerConfiguration) -> Void] = [
            { $0.pageSize = 0 }, { $0.pageSize = .max }, { $0.groups = [] }, { $0.groups[0].pageCount = 0 },
            { $0.groups[0].pageCount = .max }, { $0.groups[1].window = 0 }, { $0.groups[1].window = .max },
            { $0.maxBatchSize = 0 }, { $0.maxBatchSize = .max }, { $0.maxTokensPerStep = 1 },
            { $0.maxTokensPerStep = .max }, { $0.maxSequenceLength = 0 }, { $0.maxSequenceLength = .max },
            { $0.lookahead = -1 }, { $0.lookahead = 3 },
            { $0.groups = Array(repeating: PageGroup(pageCount: 1), count: 17) },
        ]
        for change in changes {
            var configuration = Self.configuration
            change(&configuration)
            #expect { try Scheduler(configuration) } throws: { ($0 as? ZondaError)?.code == .badConfiguration }
        }
    }

    @Test func theWrongStepOrSamplesChangeNothing() throws {
        var scheduler = try Scheduler(Self.configuration)
        #expect(throws: ZondaError.self) { try scheduler.complete(step: 0, tokens: []) }
        let id = try scheduler.add(SequenceRequest(tokens: [1], maxNewTokens: 1))
        let next = scheduler.plan()
        let plan = try #require(next)
        for (step, tokens) in [(1, [5]), (0, []), (0, [5, 6]), (0, [-1])] as [(Int, [TokenID])] {
            #expect(throws: ZondaError.self) { try scheduler.complete(step: step, tokens: tokens) }
            try scheduler.checkIntegrity()
        }
        #expect(
            try scheduler.complete(step: plan.step, tokens: [5]) == [
                .appended(sequence: id, token: 5, index: 0), .finished(sequence: id, reason: .length),
            ])
        #expect(scheduler.cancel(id) == nil)
        #expect(scheduler.cancel(.max) == nil)
        #expect(scheduler.cancel(-1) == nil)
    }

    /// Random configurations and requests, with the ends of the integers among their values: taken or refused with an
    /// error, and what is taken is run to its end.
    @Test func extremesNeverTrap() throws {
        var random = SplitMix64(seed: 7)
        var (taken, refused, configurations) = (0, 0, 0)
        func pick(_ usual: ClosedRange<Int>) -> Int {
            let extremes = [0, -1, 1, .max, .min, .max - 1, Int(Int32.max), 1 << 40]
            return Int.random(in: 0..<12, using: &random) == 0
                ? extremes[Int.random(in: 0..<extremes.count, using: &random)] : Int.random(in: usual, using: &random)
        }
        for _ in 0..<2_000 {
            let groups = (0..<Int.random(in: 1...2, using: &random)).map { _ in
                PageGroup(window: Bool.random(using: &random) ? nil : pick(1...20), pageCount: pick(1...30))
            }
            let configuration = SchedulerConfiguration(
                pageSize: pick(1...8), groups: groups, maxBatchSize: pick(1...4), maxTokensPerStep: pick(4...20),
                maxSequenceLength: pick(1...80), lookahead: pick(0...2))
            guard var scheduler = try? Scheduler(configuration) else { continue }
            configurations += 1
            #expect(configuration.longestSequence >= 1)
            for _ in 0..<6 {
                let count = Int.random(in: 0...40, using: &random)
                let request = SequenceRequest(
                    tokens: (0..<count).map { _ in TokenID(truncatingIfNeeded: pick(0...5)) },
                    cacheDomain: Int64(pick(0...1)), maxNewTokens: pick(0...30),
                    promptOutputs: Bool.random(using: &random) ? .none : .allRows, priority: pick(0...1))
                do {
                    _ = try scheduler.add(request)
                    taken += 1
                } catch { refused += 1 }
            }
            while !scheduler.isIdle {
                let next = scheduler.plan()
                let plan = try #require(next)
                _ = try scheduler.complete(
                    step: plan.step, tokens: Array(repeating: 3, count: plan.sampleCount))
                try scheduler.checkIntegrity()
            }
        }
        #expect(configurations > 500 && taken > 1_000 && refused > 1_000)
    }
}
