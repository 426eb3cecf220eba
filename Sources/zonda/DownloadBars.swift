import Glibc
import OrderedCollections
import Synchronization
import Zonda
import ZondaCore

/// A bar for each file that comes and one for all, on a terminal; elsewhere a line for each file that has come.
///
/// Sendable: all state is in a mutex.
final class DownloadBars: Sendable {
    private struct State {
        /// Files on their way, in the order in which they began.
        var files: OrderedDictionary<String, HubProgress> = [:]
        /// Files of which something came over the network.
        var moved: Set<String> = []
        var drawnCount = 0
        var start: (time: ContinuousClock.Instant, byteCount: Int)?
    }

    private let isVisible = Terminal.isInteractive
    private let state = Mutex(State())

    private static let width = 14
    // All of a line fits into 80 columns.
    private static let nameCount = 22

    func update(_ progress: HubProgress) {
        state.withLock { state in
            let start = state.start ?? (.now, progress.doneByteCount)
            state.start = start
            if isVisible { draw(progress, start, &state) } else { note(progress, &state) }
        }
    }

    /// Takes the bars away.
    func finish() {
        state.withLock { state in
            if state.drawnCount > 0 { Terminal.note("\u{1B}[\(state.drawnCount)A\u{1B}[J") }
            state = State()
        }
    }

    private func note(_ progress: HubProgress, _ state: inout State) {
        switch progress.phase {
        case .downloading, .damaged, .restarted: state.moved.insert(progress.file)
        case .waiting: Terminal.error("\(progress.file): another process downloads it, waiting")
        case .complete:
            guard state.moved.contains(progress.file) else { return }
            Terminal.error("fetched \(progress.file), \(ByteCount.text(progress.fileByteCount))")
        }
    }

    private func draw(
        _ progress: HubProgress, _ start: (time: ContinuousClock.Instant, byteCount: Int), _ state: inout State
    ) {
        state.files[progress.file] = progress.phase == .complete ? nil : progress
        var lines = state.files.values.map { file in
            let bar = Self.bar(file.fileDoneByteCount, file.fileByteCount)
            let note = file.phase == .waiting ? "another process downloads it" : ByteCount.text(file.fileByteCount)
            return "\(Self.shortened(file.file)) \(bar) \(note)"
        }
        let total = "\(progress.completeFileCount) of \(progress.fileCount) files"
        lines.append(
            "\(Self.shortened(total)) \(Self.bar(progress.doneByteCount, progress.byteCount)) "
                + "\(ByteCount.text(progress.byteCount))\(Self.rate(progress, start))")
        // One write, so that nothing is seen half drawn.
        let up = state.drawnCount > 0 ? "\u{1B}[\(state.drawnCount)A\u{1B}[J" : ""
        let columns = Terminal.columnCount
        Terminal.note(up + lines.map { $0.prefix(columns - 1) + "\n" }.joined())
        state.drawnCount = lines.count
    }

    /// ", 23.4 MiB/s, 1:05 left".
    private static func rate(_ progress: HubProgress, _ start: (time: ContinuousClock.Instant, byteCount: Int))
        -> String
    {
        let seconds = start.time.duration(to: .now).seconds
        let rate = Double(progress.doneByteCount - start.byteCount) / max(seconds, 0.001)
        guard seconds > 1, rate > 0 else { return "" }
        let left = Int(min(Double(progress.byteCount - progress.doneByteCount) / rate, 359_999))
        let (minutes, rest) = (left / 60, left % 60)
        let shown =
            minutes >= 60 ? "\(minutes / 60) h \(minutes % 60) min" : "\(minutes):\(rest < 10 ? "0" : "")\(rest)"
        return ", \(ByteCount.text(Int(rate)))/s, \(shown) left"
    }

    private static func bar(_ done: Int, _ total: Int) -> String {
        let percent = total > 0 ? min(100, max(0, Int(Double(done) / Double(total) * 100))) : 100
        let filled = percent * width / 100
        return String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
            + " " + "\(percent)%".padded(leftTo: 4) + " of"
    }

    private static func shortened(_ name: String) -> String {
        name.count > nameCount ? "…" + name.suffix(nameCount - 1) : name.padded(to: nameCount)
    }
}
