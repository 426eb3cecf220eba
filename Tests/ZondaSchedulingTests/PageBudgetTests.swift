import Testing
import ZondaCore
import ZondaScheduling

@Suite struct PageBudgetTests {
    private func configuration(batch: Int, length: Int) -> SchedulerConfiguration {
        SchedulerConfiguration(groups: [], maxBatchSize: batch, maxTokensPerStep: 512, maxSequenceLength: length)
    }

    @Test func aLargeBudgetIsNotUsedUp() throws {
        let budget = PageBudget(byteCount: 1 << 40, bytesPerPage: [4096, 8192], windows: [nil, 1024])
        let groups = try budget.groups(for: configuration(batch: 8, length: 8192))
        // 8 sequences of 256 pages; 8 windows of up to 33 pages, and a chunk of 16.
        #expect(groups.map(\.pageCount) == [2048, 8 * 33 + 16])
    }

    @Test func oneSequenceComesFirst() throws {
        let byteCount = 300 * 4096 + 40 * 8192
        let budget = PageBudget(byteCount: byteCount, bytesPerPage: [4096, 8192], windows: [nil, 1024])
        let groups = try budget.groups(for: configuration(batch: 8, length: 8192))
        #expect(groups[0].pageCount >= 256 && groups[1].pageCount >= 33)
        let bytes = groups[0].pageCount * 4096 + groups[1].pageCount * 8192
        #expect(bytes <= byteCount && bytes > byteCount * 9 / 10)
    }

    @Test func aShortBudgetShortensTheSequence() throws {
        let budget = PageBudget(byteCount: 100 * 4096, bytesPerPage: [4096], windows: [nil])
        var configuration = configuration(batch: 8, length: 8192)
        configuration.groups = try budget.groups(for: configuration)
        #expect(configuration.groups == [PageGroup(pageCount: 100)])
        #expect(configuration.longestSequence == 3200)
    }

    @Test(arguments: [
        (PageBudget(byteCount: 100, bytesPerPage: [4096], windows: [nil]), ZondaError.Code.outOfMemory),
        (PageBudget(byteCount: -1, bytesPerPage: [4096], windows: [nil]), .badConfiguration),
        (PageBudget(byteCount: .max, bytesPerPage: [.max], windows: [nil]), .badConfiguration),
        (PageBudget(byteCount: 1 << 20, bytesPerPage: [1, 2], windows: [nil]), .badConfiguration),
        (PageBudget(byteCount: 1 << 20, bytesPerPage: [4096], windows: [0]), .badConfiguration),
    ])
    func whatCanNotBeDividedIsAnError(budget: PageBudget, code: ZondaError.Code) throws {
        #expect {
            try budget.groups(for: configuration(batch: 8, length: 8192))
        } throws: {
            ($0 as? ZondaError)?.code == code
        }
    }

    @Test func theLargestNumbersDoNotTrap() throws {
        let budget = PageBudget(byteCount: .max, bytesPerPage: [1 << 32, 1 << 32], windows: [nil, Int(Int32.max)])
        let configuration = SchedulerConfiguration(
            pageSize: 1, groups: [], maxBatchSize: 1 << 16, maxTokensPerStep: Int(Int32.max),
            maxSequenceLength: Int(Int32.max))
        #expect(try budget.groups(for: configuration).allSatisfy { $0.pageCount > 0 })
    }
}
