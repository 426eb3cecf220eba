import CZondaSIMD
import Foundation
import Testing

/// What the items of a stress run share. Only reached through its address, because items are C functions.
private struct Ledger {
    var visits: UnsafeMutablePointer<Int32>
    var itemCount: Int32
    var round: Int32 = 0
    var wrongs: UnsafeMutablePointer<Int32>
}

private func ledger(_ arguments: UnsafeRawPointer?) -> UnsafeMutablePointer<Ledger> {
    UnsafeMutableRawPointer(mutating: arguments!).assumingMemoryBound(to: Ledger.self)
}

@Suite struct ThreadPoolTests {
    /// Each round: every item is visited once, then every item of a second job sees all of those visits, then a serial
    /// job counts the round. A lost, doubled or early item leaves a wrong count.
    private func stress(threads: Int32, runs: Int, rounds: Int, items: Int32) throws {
        let pool = try #require(zonda_pool_create(threads))
        defer { zonda_pool_destroy(pool) }
        #expect(zonda_pool_thread_count(pool) == threads)
        let visits = UnsafeMutablePointer<Int32>.allocate(capacity: Int(items))
        let wrongs = UnsafeMutablePointer<Int32>.allocate(capacity: Int(items))
        let state = UnsafeMutablePointer<Ledger>.allocate(capacity: 1)
        visits.initialize(repeating: 0, count: Int(items))
        wrongs.initialize(repeating: 0, count: Int(items))
        state.initialize(to: Ledger(visits: visits, itemCount: items, wrongs: wrongs))
        defer {
            visits.deallocate()
            wrongs.deallocate()
            state.deallocate()
        }

        let visit = zonda_job(
            work: { arguments, item, _ in ledger(arguments).pointee.visits[Int(item)] += 1 },
            arguments: state, item_count_at: nil, item_count: items, serial: false)
        let inspect = zonda_job(
            work: { arguments, item, _ in
                let book = ledger(arguments).pointee
                for other in 0..<Int(book.itemCount) where book.visits[other] != book.round + 1 {
                    book.wrongs[Int(item)] += 1
                }
            }, arguments: state, item_count_at: nil, item_count: items, serial: false)
        let count = zonda_job(
            work: { arguments, _, _ in ledger(arguments).pointee.round += 1 },
            arguments: state, item_count_at: nil, item_count: 1, serial: true)
        let jobs = (0..<rounds).flatMap { _ in [visit, inspect, count] }
        for _ in 0..<runs { zonda_pool_run(pool, jobs, Int32(jobs.count)) }

        #expect(state.pointee.round == Int32(runs * rounds))
        for item in 0..<Int(items) {
            #expect(visits[item] == Int32(runs * rounds))
            #expect(wrongs[item] == 0)
        }
    }

    @Test("100,000 tiny jobs, each sees all of the one before", arguments: [1, 2, 3] as [Int32])
    func tinyJobs(threads: Int32) throws {
        try stress(threads: threads, runs: 500, rounds: 100, items: 5)
    }

    @Test("many more threads than cores") func oversubscribed() throws {
        try stress(threads: 64, runs: 20, rounds: 50, items: 100)
    }

    @Test("a job's items run in order on one thread when it is serial") func serialOrder() throws {
        let pool = try #require(zonda_pool_create(4))
        defer { zonda_pool_destroy(pool) }
        let log = UnsafeMutablePointer<Int32>.allocate(capacity: 101)
        log.initialize(repeating: 0, count: 101)
        defer { log.deallocate() }
        let job = zonda_job(
            work: { arguments, item, _ in
                let log = UnsafeMutableRawPointer(mutating: arguments!).assumingMemoryBound(to: Int32.self)
                log[1 + Int(log[0])] = item
                log[0] += 1
            }, arguments: log, item_count_at: nil, item_count: 100, serial: true)
        zonda_pool_run(pool, [job], 1)
        #expect((1...100).map { log[$0] } == Array(0..<100))
    }

    @Test("the item count may be written by an earlier job, and may be zero") func lateItemCount() throws {
        let pool = try #require(zonda_pool_create(2))
        defer { zonda_pool_destroy(pool) }
        let cells = UnsafeMutablePointer<Int32>.allocate(capacity: 12)
        cells.initialize(repeating: 0, count: 12)
        defer { cells.deallocate() }
        let setCount = zonda_job(
            work: { arguments, _, _ in
                UnsafeMutableRawPointer(mutating: arguments!).assumingMemoryBound(to: Int32.self)[0] = 7
            }, arguments: cells, item_count_at: nil, item_count: 1, serial: true)
        let mark = zonda_job(
            work: { arguments, item, _ in
                UnsafeMutableRawPointer(mutating: arguments!).assumingMemoryBound(to: Int32.self)[1 + Int(item)] += 1
            }, arguments: cells, item_count_at: cells, item_count: 0, serial: false)
        zonda_pool_run(pool, [mark, setCount, mark], 3)
        #expect((0..<12).map { cells[$0] } == [7, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0])
    }

    @Test("a pool may end before its threads have begun") func createAndDestroy() throws {
        for _ in 0..<500 { zonda_pool_destroy(try #require(zonda_pool_create(4))) }
    }

    @Test func impossibleThreadCounts() {
        #expect(zonda_pool_create(0) == nil)
        #expect(zonda_pool_create(-1) == nil)
        #expect(zonda_pool_create(1025) == nil)
    }
}

@Suite struct ProcessorQuotaTests {
    /// A folder that stands for "/", holding `files`.
    private func quota(_ files: [String: String]) throws -> Double {
        let root = FileManager.default.temporaryDirectory.appending(path: "zonda-quota-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        for (path, text) in files {
            let file = root.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: false, encoding: .utf8)
        }
        return zonda_cpu_quota(root.path)
    }

    @Test func versionTwo() throws {
        #expect(try quota([:]) == 0)
        #expect(
            try quota([
                "proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/cpu.max": "max 100000\n",
            ]) == 0)
        #expect(
            try quota([
                "proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/cpu.max": "350000 100000\n",
            ]) == 3.5)
        // The parent is tighter, and applies too.
        #expect(
            try quota([
                "proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/cpu.max": "350000 100000\n",
                "sys/fs/cgroup/a/cpu.max": "150000 100000\n",
            ]) == 1.5)
        // In a container the group's own path may not be visible: the mount is.
        #expect(try quota(["proc/self/cgroup": "0::/../x\n", "sys/fs/cgroup/cpu.max": "200000 100000\n"]) == 2)
    }

    @Test func versionOne() throws {
        let group = "4:memory:/m\n3:cpuset:/s\n2:cpu,cpuacct:/c\n0::/\n"
        #expect(
            try quota([
                "proc/self/cgroup": group, "sys/fs/cgroup/cpu/c/cpu.cfs_quota_us": "400000\n",
                "sys/fs/cgroup/cpu/c/cpu.cfs_period_us": "100000\n",
            ]) == 4)
        #expect(
            try quota([
                "proc/self/cgroup": group, "sys/fs/cgroup/cpu/c/cpu.cfs_quota_us": "-1\n",
                "sys/fs/cgroup/cpu/c/cpu.cfs_period_us": "100000\n",
            ]) == 0)
        // cpuset is not cpu.
        #expect(
            try quota([
                "proc/self/cgroup": "3:cpuset:/s\n", "sys/fs/cgroup/cpu/s/cpu.cfs_quota_us": "400000\n",
                "sys/fs/cgroup/cpu/s/cpu.cfs_period_us": "100000\n",
            ]) == 0)
    }

    @Test func thisMachine() {
        let threads = zonda_available_threads()
        #expect(threads >= 1 && threads <= ProcessInfo.processInfo.processorCount)
    }
}
