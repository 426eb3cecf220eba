import Glibc
import ZondaCore

/// A pipe that holds one byte or none: an event loop waits on its end.
///
/// `@unchecked Sendable`: `isSet` is touched only under the lock of the queue that has the pipe.
final class SignalPipe: @unchecked Sendable {
    let readEnd: Int32
    private let writeEnd: Int32
    private var isSet = false

    /// - Throws: `inputOutput` when the process has no descriptors left.
    init() throws(ZondaError) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else {
            throw ZondaError(
                .inputOutput, "the system gives no pipe: error \(errno)",
                remedy: "close files or streams that are not needed; `ulimit -n` says how many there may be")
        }
        (readEnd, writeEnd) = (ends[0], ends[1])
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    /// Makes the read end readable.
    func set() {
        guard !isSet else { return }
        isSet = true
        var byte: UInt8 = 1
        _ = write(writeEnd, &byte, 1)
    }

    /// Makes the read end wait again.
    func clear() {
        guard isSet else { return }
        isSet = false
        var byte: UInt8 = 0
        _ = read(readEnd, &byte, 1)
    }
}
