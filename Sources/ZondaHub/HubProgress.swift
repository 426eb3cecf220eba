import Synchronization

/// How far a download is: of the file that moved last, and of all.
public struct HubProgress: Sendable, Hashable {
    public enum Phase: String, Sendable {
        /// Another process downloads the file; it is waited for.
        case waiting
        case downloading
        /// The file is there and its checksum is right.
        case complete
        /// The file's checksum was wrong: it begins again.
        case damaged
        /// The file's server can't go on from where it was: it begins again.
        case restarted
    }

    /// The repository.
    public var model: String
    /// The file that moved, by its path in the repository.
    public var file: String
    public var phase: Phase
    public var fileByteCount: Int
    public var fileDoneByteCount: Int
    /// Of all files that are needed, those that were there already among them.
    public var byteCount: Int
    public var doneByteCount: Int
    public var fileCount: Int
    public var completeFileCount: Int
}

/// Adds up what the files of a download report, and passes it on ten times a second at most, ends and waits at once.
///
/// Sendable: all state is in a mutex. The callback is called under it, so that its calls come in order.
final class ProgressMeter: Sendable {
    typealias Callback = @Sendable (HubProgress) -> Void

    private struct State {
        var done: [String: Int] = [:]
        var doneByteCount = 0
        var complete: Set<String> = []
        var lastReport: ContinuousClock.Instant?
    }

    private let model: String
    private let byteCount: Int
    private let sizes: [String: Int]
    private let callback: Callback?
    private let state = Mutex(State())

    private static let interval = Duration.milliseconds(100)

    init(model: String, files: [HubFile], callback: Callback?) {
        self.model = model
        self.callback = callback
        sizes = Dictionary(files.map { ($0.path, $0.byteCount) }) { first, _ in first }
        byteCount = sizes.values.reduce(0, +)
    }

    /// `done` of the file's bytes are there.
    func report(_ file: HubFile, done: Int, _ phase: HubProgress.Phase = .downloading) {
        guard callback != nil else { return }
        state.withLock { report(file, done: done, phase, &$0) }
    }

    /// `count` more of the file's bytes are there.
    func advance(_ file: HubFile, by count: Int) {
        guard callback != nil else { return }
        state.withLock { report(file, done: $0.done[file.path, default: 0] + count, .downloading, &$0) }
    }

    private func report(_ file: HubFile, done: Int, _ phase: HubProgress.Phase, _ state: inout State) {
        state.doneByteCount += done - state.done[file.path, default: 0]
        state.done[file.path] = done
        if phase == .complete { state.complete.insert(file.path) }
        let now = ContinuousClock.now
        if phase == .downloading, let last = state.lastReport, now - last < Self.interval { return }
        state.lastReport = now
        callback?(
            HubProgress(
                model: model, file: file.path, phase: phase, fileByteCount: file.byteCount, fileDoneByteCount: done,
                byteCount: byteCount, doneByteCount: state.doneByteCount, fileCount: sizes.count,
                completeFileCount: state.complete.count))
    }
}
