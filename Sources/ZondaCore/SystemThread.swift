import Glibc
import Synchronization

/// A thread of the system's, for work that lasts or blocks and must not take one of the few threads that tasks run on.
///
/// It runs on when the last reference to it is gone. `Sendable`: what changes is atomic.
package final class SystemThread: Sendable {
    private let handle: pthread_t
    private let isJoined = Atomic(false)

    /// Starts a thread.
    ///
    /// - Parameters:
    ///   - name: what debuggers and `top -H` show; the system keeps 15 bytes of it.
    ///   - stackByteCount: the system's own choice when nil.
    /// - Throws: `inputOutput` when the system has no thread to give.
    package init(
        name: String, stackByteCount: Int? = nil, _ body: @escaping @Sendable () -> Void
    ) throws(ZondaError) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        if let stackByteCount { pthread_attr_setstacksize(&attributes, stackByteCount) }
        let start = Unmanaged.passRetained(Start(name, body))
        var handle = pthread_t()
        let result = pthread_create(
            &handle, &attributes,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, start.toOpaque())
        guard result == 0 else {
            start.release()
            throw ZondaError(
                .inputOutput, "the thread \"\(name)\" can't be started: \(FileSystem.reason(result))",
                remedy: "raise the limit of processes (`ulimit -u`) or of memory, or end other programs")
        }
        self.handle = handle
    }

    deinit {
        if !isJoined.load(ordering: .acquiring) { pthread_detach(handle) }
    }

    /// Blocks until the thread has ended; a second call returns at once.
    package func join() {
        if !isJoined.exchange(true, ordering: .acquiringAndReleasing) { pthread_join(handle, nil) }
    }

    private final class Start: Sendable {
        private let name: String
        private let body: @Sendable () -> Void

        init(_ name: String, _ body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }

        func run() {
            setName()
            body()
        }

        /// By the file of the running thread: glibc's function is not in the module. Without /proc there is no name.
        private func setName() {
            let descriptor = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return }
            _ = Array(name.utf8).withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            close(descriptor)
        }
    }
}
