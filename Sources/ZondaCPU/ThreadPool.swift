import CZondaSIMD
import ZondaCore

/// Threads that run the jobs of a step with one wake-up; the caller is one of them.
///
/// Not `Sendable`: owned by one device.
final class ThreadPool {
    private let pool: OpaquePointer
    let threadCount: Int

    init(threadCount: Int) throws(ZondaError) {
        guard (1...Self.maxThreadCount).contains(threadCount) else {
            throw ZondaError(
                .badRequest, "the number of threads is \(threadCount)", remedy: "use 1 to \(Self.maxThreadCount)",
                facts: ["threads": "\(threadCount)"])
        }
        guard let pool = zonda_pool_create(Int32(threadCount)) else {
            throw ZondaError(
                .outOfMemory, "\(threadCount) threads could not be started",
                remedy: "choose fewer, or raise the limit of processes (`ulimit -u`)")
        }
        self.pool = pool
        self.threadCount = threadCount
    }

    /// As many as `zonda_pool_create` takes.
    private static let maxThreadCount = 1024

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
