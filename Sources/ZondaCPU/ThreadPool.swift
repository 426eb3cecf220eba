import CZondaSIMD
import ZondaCore

/// Threads that run the jobs of a step with one wake-up; the caller is one of them.
///
/// Not `Sendable`: owned by one device.
final class ThreadPool {
    private let pool: OpaquePointer
    let threadCount: Int

    init(threadCount: Int) throws(ZondaError) {
        guard let count = Int32(exactly: threadCount), let pool = zonda_pool_create(count) else {
            throw ZondaError(
                .outOfMemory, "\(threadCount) threads could not be started",
                remedy: "choose 1 to 1024 threads, and see the limit of processes (`ulimit -u`)")
        }
        self.pool = pool
        self.threadCount = threadCount
    }

    deinit { zonda_pool_destroy(pool) }

    /// Runs jobs in order; returns when all are done.
    func run(_ jobs: [zonda_job]) {
        jobs.withUnsafeBufferPointer { jobs in
            guard let base = jobs.baseAddress else { return }
            zonda_pool_run(pool, base, Int32(jobs.count))
        }
    }

    /// Calls `body` for each item, on all threads. `body` runs on several threads at once.
    func forEach(_ count: Int, _ body: @escaping @Sendable (_ item: Int, _ thread: Int) -> Void) {
        let box = ItemBody(body)
        let job = zonda_job(
            work: { arguments, item, thread in
                guard let arguments else { return }
                let box = Unmanaged<ItemBody>.fromOpaque(arguments).takeUnretainedValue()
                box.body(Int(item), Int(thread))
            },
            arguments: Unmanaged.passUnretained(box).toOpaque(), item_count_at: nil, item_count: Int32(count),
            serial: false)
        withExtendedLifetime(box) { run([job]) }
    }

    private final class ItemBody: Sendable {
        let body: @Sendable (Int, Int) -> Void
        init(_ body: @escaping @Sendable (Int, Int) -> Void) { self.body = body }
    }
}
