import Synchronization
import ZondaCore

/// One line on a terminal that fills up, and that is gone when done. Silent when nobody is looking.
final class ProgressBar: Sendable {
    private let title: String
    private let isVisible = Terminal.isInteractive
    private let shown = Mutex(-1)

    private static let width = 30

    init(_ title: String) { self.title = title }

    func update(_ done: Int, of total: Int) {
        guard isVisible, total > 0 else { return }
        let percent = min(100, done * 100 / total)
        let isNew = shown.withLock { shown in
            defer { shown = percent }
            return shown != percent
        }
        guard isNew else { return }
        let filled = percent * Self.width / 100
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.width - filled)
        Terminal.note("\r\(title) \(bar) \(percent)% of \(ByteCount.text(total))")
    }

    /// Takes the line away.
    func finish() {
        if isVisible, shown.withLock({ $0 >= 0 }) { Terminal.note("\r\u{1B}[2K") }
    }
}
