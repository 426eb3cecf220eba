import TestSupport
import Testing

@testable import ZondaScheduling

@Suite struct PagePoolTests {
    @Test func cachedPagesAreOrderedByWhenTheirLastUserLeft() throws {
        var pool = PagePool(pageCount: 4)
        let pages = (0..<3).compactMap { _ in pool.allocate() }
        for page in pages { pool.keep(page, for: page + 10) }
        pool.retain(pages[0])
        for page in pages { pool.release(page) }
        #expect([pool.freeCount, pool.cachedCount, pool.usedCount] == [1, 2, 1])
        #expect(pool.leastRecentlyUsed == pages[1])
        pool.release(pages[0])
        pool.drop(pages[1])
        #expect(pool.leastRecentlyUsed == pages[2])
        pool.retain(pages[2])
        #expect(pool.leastRecentlyUsed == pages[0])
        #expect(pool.fault(users: [0, 0, 1, 0]) == nil)
        #expect(pool.fault(users: [0, 0, 0, 0]) != nil)
    }

    /// Against a plain model: users by page, and the order in which pages came to be cached.
    @Test func agreesWithAModel() throws {
        var random = SplitMix64(seed: 4)
        var pool = PagePool(pageCount: 12)
        var users = Array(repeating: Int32(0), count: 12)
        var kept: Set<Int32> = []
        var cached: [Int32] = []
        for _ in 0..<20_000 {
            let page = Int32.random(in: 0..<12, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                guard let new = pool.allocate() else {
                    #expect(users.indices.allSatisfy { users[$0] > 0 || kept.contains(Int32($0)) })
                    continue
                }
                #expect(users[Int(new)] == 0 && !kept.contains(new))
                users[Int(new)] = 1
            case 1 where users[Int(page)] > 0 && !kept.contains(page):
                pool.keep(page, for: page)
                kept.insert(page)
            case 1 where kept.contains(page):
                pool.retain(page)
                users[Int(page)] += 1
                cached.removeAll { $0 == page }
            case 2 where users[Int(page)] > 0:
                pool.release(page)
                users[Int(page)] -= 1
                if users[Int(page)] == 0, kept.contains(page) { cached.append(page) }
            case 3 where kept.contains(page) && Int.random(in: 0..<3, using: &random) == 0:
                pool.drop(page)
                kept.remove(page)
                cached.removeAll { $0 == page }
            default: continue
            }
            #expect(pool.fault(users: users) == nil)
            #expect(pool.leastRecentlyUsed == cached.first)
            #expect(pool.cachedCount == cached.count)
        }
    }
}

@Suite struct PageGroupTests {
    @Test func peaksAreThoseOfWalkingTheRows() {
        for pageSize in 1...5 {
            for window in [nil] + (1...14).map(Optional.init) {
                let group = PageGroup(window: window, pageCount: 1)
                var peak = 0
                for row in 0..<40 {
                    let pages = row / pageSize - group.firstPosition(seenBy: row) / pageSize + 1
                    peak = max(peak, pages)
                    let stated = group.peakPageCount(rowCount: row + 1, pageSize: pageSize)
                    // The bound is met as soon as rows have passed the window by a page.
                    #expect(stated >= peak && (stated == peak || row < (window ?? 0) + pageSize))
                }
            }
        }
    }

    @Test func theLongestSequenceFitsAndOneMoreDoesNot() {
        for pageCount in 1...6 {
            for window in [nil, 1, 4, 9, 30] {
                let group = PageGroup(window: window, pageCount: pageCount)
                let longest = group.longestSequence(limit: 50, pageSize: 4)
                #expect(group.peakPageCount(rowCount: longest, pageSize: 4) <= pageCount)
                #expect(longest == 50 || group.peakPageCount(rowCount: longest + 1, pageSize: 4) > pageCount)
            }
        }
    }
}
