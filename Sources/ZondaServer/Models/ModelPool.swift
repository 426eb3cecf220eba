import OrderedCollections
import Synchronization
import Zonda
import ZondaWire

/// The models of a server: each is loaded when it is first asked for, and unloaded when nobody has for a while.
final class ModelPool: Sendable {
    private struct Entry {
        let model: ServedModel
        var runner: Runner?
        /// All who ask while it is loaded wait for the same task.
        var loading: Task<Runner, any Error>?
        /// Leases that are out.
        var useCount = 0
        var lastUse = ContinuousClock.now
    }

    /// What a model is doing.
    struct Status: Sendable {
        var name: String
        var runner: Runner?
    }

    private let entries: Mutex<OrderedDictionary<String, Entry>>
    private let maxQueueCount: Int
    /// Seconds since 1970 of the start, which `/v1/models` tells.
    let created: Int

    /// - Parameter models: with different names; the first one is also called `default`.
    init(_ models: [ServedModel], maxQueueCount: Int, created: Int) {
        entries = Mutex(
            OrderedDictionary(models.map { ($0.name, Entry(model: $0)) }, uniquingKeysWith: { first, _ in first }))
        self.maxQueueCount = maxQueueCount
        self.created = created
    }

    var statuses: [Status] {
        entries.withLock { entries in
            entries.values.map { Status(name: $0.model.name, runner: $0.runner) }
        }
    }

    /// The name of the model that a request means.
    ///
    /// - Throws: 404 with the names that there are.
    func name(of requested: String) throws(WireError) -> String {
        try entries.withLock { entries throws(WireError) in entries.keys[try Self.index(of: requested, in: entries)] }
    }

    private static func index(
        of requested: String, in entries: OrderedDictionary<String, Entry>
    ) throws(WireError) -> Int {
        if let index = entries.index(forKey: requested) { return index }
        if requested == "default", !entries.isEmpty { return 0 }
        let names = entries.keys.joined(separator: ", ")
        throw WireError(
            status: 404, type: "not_found_error",
            message: "there is no model \"\(requested.prefix(128))\" (use \(names) or default)",
            param: "model", code: "model_not_found")
    }

    /// A model to use, loaded if it was not.
    ///
    /// - Parameters:
    ///   - requested: the name in the request.
    ///   - queues: whether the request runs on the model, and so counts against the length of the queue.
    /// - Throws: 404 for a name that there is not, 503 when too many wait, and what loading throws.
    func lease(_ requested: String, queues: Bool = true) async throws -> ModelLease {
        let (name, ready) = try take(requested, queues)
        switch ready {
        case .runner(let runner): return ModelLease(name: name, runner: runner, pool: self)
        case .loading(let task):
            do {
                return ModelLease(name: name, runner: try await Self.value(of: task), pool: self)
            } catch {
                giveBack(name)
                throw error
            }
        }
    }

    /// What a task makes, unless the one that waits is cancelled; the task goes on, as others wait for it.
    private static func value(of task: Task<Runner, any Error>) async throws -> Runner {
        let (done, finish) = AsyncStream<Void>.makeStream()
        Task {
            _ = await task.result
            finish.finish()
        }
        for await _ in done {}
        try Task.checkCancellation()
        return try await task.value
    }

    private enum Ready {
        case runner(Runner)
        case loading(Task<Runner, any Error>)
    }

    private func take(_ requested: String, _ queues: Bool) throws(WireError) -> (name: String, Ready) {
        try entries.withLock { entries throws(WireError) in
            let index = try Self.index(of: requested, in: entries)
            let name = entries.keys[index]
            var entry = entries.values[index]
            let capacity = (entry.runner?.model.maxBatchSize ?? 1) + maxQueueCount
            if queues, entry.useCount >= capacity { throw Self.full(name, entry.useCount) }
            entry.useCount += 1
            defer { entries.values[index] = entry }
            if let runner = entry.runner { return (name, .runner(runner)) }
            let task = entry.loading ?? load(entry.model)
            entry.loading = task
            return (name, .loading(task))
        }
    }

    private func load(_ model: ServedModel) -> Task<Runner, any Error> {
        Task {
            let result: Result<Runner, any Error>
            do { result = .success(try await model.load()) } catch { result = .failure(error) }
            entries.withLock { entries in
                // After a failure the next request tries again.
                entries[model.name]?.loading = nil
                entries[model.name]?.runner = try? result.get()
                entries[model.name]?.lastUse = .now
            }
            return try result.get()
        }
    }

    fileprivate func giveBack(_ name: String) {
        entries.withLock { entries in
            entries[name]?.useCount -= 1
            entries[name]?.lastUse = .now
        }
    }

    /// Unloads models that nobody has used for that long.
    ///
    /// - Returns: their names.
    @discardableResult
    func unload(idleFor limit: Duration) -> [String] {
        let idle = entries.withLock { entries in
            var idle: [(String, Runner)] = []
            for (name, entry) in entries where entry.useCount == 0 && entry.lastUse.duration(to: .now) >= limit {
                guard let runner = entry.runner else { continue }
                entries[name]?.runner = nil
                idle.append((name, runner))
            }
            return idle
        }
        for (_, runner) in idle { runner.shutDown() }
        return idle.map(\.0)
    }

    private static func full(_ name: String, _ count: Int) -> WireError {
        WireError(
            status: 503, type: "server_error", message: "\(count) requests run or wait for \(name) (try again later)",
            code: "queue_full", retryAfter: 2)
    }
}

/// A model in use: it stays loaded until the last reference is gone.
final class ModelLease: Sendable {
    let name: String
    let runner: Runner
    private let pool: ModelPool

    fileprivate init(name: String, runner: Runner, pool: ModelPool) {
        self.name = name
        self.runner = runner
        self.pool = pool
    }

    deinit { pool.giveBack(name) }
}
