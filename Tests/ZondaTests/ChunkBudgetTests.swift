import TestSupport
import Testing

@testable import Zonda

/// The rows of prompts that a step gets, from the times that steps took. The device is simulated: what it takes is known.
struct ChunkBudgetTests {
    /// What steps take, in seconds: a fixed part, and a row's, which grows along the prompt.
    private struct Machine {
        var fixed: Double
        var perRow: Double
        /// What the first row costs besides: kernels compute rows in groups.
        var firstRow = 0.0
        /// How many times as long everything takes.
        var slowness = 1.0
        /// Up to what share times differ.
        var noise = 0.0
        private var now = ContinuousClock.now
        private var random = SplitMix64(seed: 3)

        init(fixed: Double, perRow: Double, noise: Double = 0) {
            (self.fixed, self.perRow, self.noise) = (fixed, perRow, noise)
        }

        /// Runs a step; returns what it took beside `fixed`.
        mutating func run(rows: Int, _ budget: inout ChunkBudget, delay: Double = 0) -> Double {
            let factor = 1 + noise * (Double(random.next() % 2001) / 1000 - 1)
            let rowSeconds = rows > 0 ? firstRow + perRow * Double(rows) : 0
            let seconds = (fixed + rowSeconds) * slowness * factor + delay
            let submitted = now
            budget.stepWasPlanned(promptRows: rows)
            now = now.advanced(by: .seconds(seconds))
            budget.stepWasRead(submitted: submitted, promptRows: rows, isAwaited: true, now: now)
            return seconds / (fixed * slowness)
        }
    }

    private func budget(_ maxTokenDelay: Double = 3, maxRows: Int = 512) -> ChunkBudget {
        ChunkBudget(maxTokenDelay: maxTokenDelay, maxRows: maxRows)
    }

    @Test func everythingWhenNobodyDecodes() {
        var budget = budget()
        #expect(budget.rows(besides: 0) == 512)
        var machine = Machine(fixed: 0.01, perRow: 0.001)
        for _ in 0..<20 { _ = machine.run(rows: 0, &budget) }
        #expect(budget.rows(besides: 0) == 512)
        #expect(budget.rows(besides: 1) < 100)
    }

    @Test func withoutALimitEverything() {
        var budget = budget(.infinity)
        var machine = Machine(fixed: 0.01, perRow: 0.001)
        for _ in 0..<20 { _ = machine.run(rows: 512, &budget) }
        #expect(budget.rows(besides: 8) == 512)
    }

    @Test(arguments: [1.5, 2, 3, 8], [0.0005, 0.002, 0.02])
    func stepsStayWithinTheirMultiple(delay: Double, perRow: Double) {
        var budget = budget(delay)
        var machine = Machine(fixed: 0.02, perRow: perRow, noise: 0.1)
        for _ in 0..<10 { _ = machine.run(rows: 0, &budget) }
        var delays: [Double] = []
        for _ in 0..<200 { delays.append(machine.run(rows: budget.rows(besides: 8), &budget)) }
        // A row at least; what one takes is no choice.
        let least = 1 + perRow / 0.02
        let settled = delays.dropFirst(3)
        #expect(settled.allSatisfy { $0 <= max(delay, least) * 1.25 }, "\(settled.max() ?? 0)")
        let mean = settled.reduce(0, +) / Double(settled.count)
        // And not much less than allowed: rows come in groups of 16.
        #expect(mean > delay - 16 * perRow / 0.02 - 0.2 * delay || mean >= least * 0.9, "\(mean)")
    }

    @Test func rowsThatGrowDearerAlongAPrompt() {
        var budget = budget()
        var machine = Machine(fixed: 0.012, perRow: 0.0003, noise: 0.05)
        for _ in 0..<30 { _ = machine.run(rows: 0, &budget) }
        var delays: [Double] = []
        var position = 0
        while position < 8000 {
            machine.perRow = 0.0003 * (1 + Double(position) / 1000)
            let rows = budget.rows(besides: 8)
            delays.append(machine.run(rows: rows, &budget))
            position += rows
        }
        let sorted = delays.sorted()
        #expect(sorted[sorted.count * 99 / 100] < 3.5, "\(sorted.suffix(3))")
        #expect(sorted[sorted.count / 2] > 2)
    }

    @Test func moreRequestsThatDecodeAreLearntBesideAPrompt() {
        var budget = budget()
        var machine = Machine(fixed: 0.01, perRow: 0.001)
        for _ in 0..<30 { _ = machine.run(rows: 0, &budget) }
        for _ in 0..<30 { _ = machine.run(rows: budget.rows(besides: 1), &budget) }
        let few = budget.rows(besides: 1)
        // From here on no step is without prompts.
        machine.fixed = 0.03
        var delays: [Double] = []
        for _ in 0..<100 { delays.append(machine.run(rows: budget.rows(besides: 32), &budget)) }
        #expect(delays.allSatisfy { $0 <= 3.4 })
        #expect(few <= 24)
    }

    @Test func promptsGoOnWhereTheMachineBecomesSlower() {
        var budget = budget()
        var machine = Machine(fixed: 0.0054, perRow: 0.00075, noise: 0.05)
        machine.firstRow = 0.0034
        for _ in 0..<60 { _ = machine.run(rows: 0, &budget) }
        func rowsOfSteps(_ count: Int) -> Int {
            var sum = 0
            for _ in 0..<count {
                let rows = budget.rows(besides: 8)
                _ = machine.run(rows: rows, &budget)
                sum += rows
            }
            return sum
        }
        let usual = rowsOfSteps(320)
        machine.slowness = 2.5
        _ = rowsOfSteps(64)
        let slow = rowsOfSteps(320)
        #expect(slow * 4 > usual * 3, "\(slow) of \(usual)")
    }

    @Test func oneStepInSeventeenOnlyDecodes() {
        var budget = budget()
        var machine = Machine(fixed: 0.01, perRow: 0.001)
        for _ in 0..<30 { _ = machine.run(rows: 0, &budget) }
        var rests: [Int] = []
        for step in 0..<60 {
            let rows = budget.rows(besides: 8)
            if rows == 0 { rests.append(step) }
            _ = machine.run(rows: rows, &budget)
        }
        #expect(rests == [16, 33, 50])
        // Where nobody decodes there is nobody to rest for.
        for _ in 0..<40 {
            #expect(budget.rows(besides: 0) == 512)
            _ = machine.run(rows: 512, &budget)
        }
    }

    @Test func oneSlowStepIsSoonForgotten() {
        var budget = budget()
        var machine = Machine(fixed: 0.01, perRow: 0.001)
        for _ in 0..<30 { _ = machine.run(rows: 0, &budget) }
        for _ in 0..<30 { _ = machine.run(rows: budget.rows(besides: 4), &budget) }
        let usual = budget.rows(besides: 4)
        _ = machine.run(rows: usual, &budget, delay: 5)
        #expect(budget.rows(besides: 4) >= 1)
        for _ in 0..<10 { _ = machine.run(rows: budget.rows(besides: 4), &budget) }
        #expect(abs(budget.rows(besides: 4) - usual) <= 16)
    }

    @Test func neverNoneAndInGroupsOfRows() {
        for (fixed, perRow) in [(0.001, 1.0), (0.01, 0.005), (0.01, 0.001), (1, 1e-9)] {
            var budget = budget()
            var machine = Machine(fixed: fixed, perRow: perRow)
            for _ in 0..<20 { _ = machine.run(rows: 0, &budget) }
            for count in [1, 5, 8, 33] {
                let rows = budget.rows(besides: count)
                #expect((1...512).contains(rows))
                #expect(rows == 512 || rows + count < 16 || (rows + count).isMultiple(of: 16) || rows == 1)
                _ = machine.run(rows: rows, &budget)
            }
        }
    }

    @Test func manyWhoWaitForTheirFirstTokenDoNotWaitForFew() {
        var budget = budget()
        var machine = Machine(fixed: 0.01, perRow: 0.001)
        for _ in 0..<40 { _ = machine.run(rows: 0, &budget) }
        for _ in 0..<40 { _ = machine.run(rows: budget.rows(besides: 8), &budget) }
        let usual = budget.rows(besides: 8)
        #expect(budget.rows(besides: 8, for: 8) == usual)
        // Four wait for each that decodes: 12 times a step that only decodes, where it was 3 times.
        let rows = budget.rows(besides: 2, for: 8)
        #expect((90...115).contains(rows), "\(rows)")
    }

    @Test func stepsThatNobodyWaitedForTellNothing() {
        var budget = budget()
        let start = ContinuousClock.now
        budget.stepWasRead(submitted: start, promptRows: 0, isAwaited: true, now: start.advanced(by: .seconds(1)))
        let before = budget.rows(besides: 1)
        // Read at once, though it runs for long; the next one is read when both are through.
        budget.stepWasRead(
            submitted: start, promptRows: 512, isAwaited: false, now: start.advanced(by: .seconds(1.001)))
        budget.stepWasRead(submitted: start, promptRows: 1, isAwaited: true, now: start.advanced(by: .seconds(9)))
        #expect(budget.rows(besides: 1) == before)
    }
}
