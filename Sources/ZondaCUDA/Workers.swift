import Synchronization
import ZondaCore

/// Threads that share out a list of long jobs, made for the call and joined at its end.
enum Workers {
    /// `work` of each item, in order; the caller's thread is one of at most `threadCount`.
    static func map<Item: Sendable, Value: Sendable>(
        _ items: [Item], threadCount: Int, _ work: @escaping @Sendable (Item) -> Value
    ) -> [Value] {
        let shared = Shared(items, work)
        // A thread that can't be started leaves its share to the others.
        let threads = (1..<max(1, min(threadCount, items.count))).compactMap { _ in
            try? SystemThread(name: "zonda worker") { shared.run() }
        }
        shared.run()
        for thread in threads { thread.join() }
        return shared.values
    }

    /// `Sendable`: what changes is behind a lock.
    private final class Shared<Item: Sendable, Value: Sendable>: Sendable {
        private let items: [Item]
        private let work: @Sendable (Item) -> Value
        private let state: Mutex<State>

        private struct State {
            var next = 0
            var values: [Value?]
        }

        init(_ items: [Item], _ work: @escaping @Sendable (Item) -> Value) {
            self.items = items
            self.work = work
            state = Mutex(State(values: items.map { _ in nil }))
        }

        func run() {
            while true {
                let index = state.withLock { state in
                    defer { state.next += 1 }
                    return state.next
                }
                guard index < items.count else { return }
                let value = work(items[index])
                state.withLock { $0.values[index] = value }
            }
        }

        /// Once all threads are joined, every item has a value.
        var values: [Value] { state.withLock { $0.values.compactMap { $0 } } }
    }
}
