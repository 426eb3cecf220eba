import Glibc
import ZondaCore

/// A lock that other processes see, Python's `huggingface_hub` among them: flock(2) on a file that stays.
///
/// The system lets go of it when its process ends, however that happens.
/// Sendable: the descriptor is closed once, at the end.
final class FileLock: Sendable {
    private let descriptor: Int32

    /// How often a lock that another process holds is looked at.
    private static let interval = Duration.milliseconds(100)

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Waits until no other process, and no other task of this one, has the lock.
    ///
    /// - Parameter onWait: called once when it is held by another.
    static func acquire(_ path: String, onWait: () -> Void) async throws(ZondaError) -> FileLock {
        var hasWaited = false
        while true {
            if let lock = try tryAcquire(path) { return lock }
            if !hasWaited { onWait() }
            hasWaited = true
            do { try await Task.sleep(for: interval) } catch { throw .downloadCancelled }
        }
    }

    /// The lock, or nil when another has it.
    static func tryAcquire(_ path: String) throws(ZondaError) -> FileLock? {
        // Writable by the group, as the library makes them: users may share a cache.
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o664)
        guard descriptor >= 0 else { throw CacheFolder.failure("open", path) }
        let lock = FileLock(descriptor: descriptor)
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EINTR else {
                guard errno == EWOULDBLOCK else { throw CacheFolder.failure("flock", path) }
                return nil
            }
        }
        // Whoever removes lock files would leave this one without a name, and another process with the name: not held.
        var (held, named) = (stat(), stat())
        guard fstat(descriptor, &held) == 0, stat(path, &named) == 0, held.st_ino == named.st_ino,
            held.st_dev == named.st_dev
        else { return nil }
        return lock
    }
}
