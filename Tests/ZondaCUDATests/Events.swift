import Synchronization

@testable import ZondaCUDA

/// What a builder reported. `Sendable`: behind a lock.
final class Events: Sendable {
    private let all = Mutex<[String]>([])

    func add(_ event: KernelBuilder.Event) { all.withLock { $0.append("\(event)") } }

    var texts: [String] { all.withLock { $0 } }
}
