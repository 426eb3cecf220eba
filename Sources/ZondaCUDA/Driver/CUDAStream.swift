import CZondaCUDA
public import ZondaCore

/// Work of a GPU that runs in the order in which it was submitted.
///
/// Every call returns before its work has run, but for `synchronize()`. A stream never waits for the null stream.
/// `Sendable`: the driver takes calls from any thread; their order is that of the calls.
public struct CUDAStream: ~Copyable, Sendable {
    public let context: CUDAContext
    nonisolated(unsafe) let handle: zonda_cu_stream

    /// - Parameter priority: 0, or a negative number for a stream whose blocks go first.
    public init(priority: Int = 0, in context: CUDAContext) throws(ZondaError) {
        var handle: zonda_cu_stream?
        try context.driver.check(
            context.driver.functions.cuStreamCreateWithPriority(
                &handle, ZONDA_CU_STREAM_NON_BLOCKING.rawValue, Int32(priority)),
            "cuStreamCreateWithPriority")
        guard let handle else { throw context.driver.gaveNothing("cuStreamCreateWithPriority") }
        self.context = context
        self.handle = handle
    }

    /// What was submitted runs to its end all the same.
    deinit {
        let handle = handle
        context.release { _ = $0.functions.cuStreamDestroy(handle) }
    }

    private var driver: CUDADriver { context.driver }

    /// Waits until all that was submitted has run.
    ///
    /// - Throws: the failure of any of it.
    public func synchronize() throws(ZondaError) {
        try driver.check(driver.functions.cuStreamSynchronize(handle), "cuStreamSynchronize")
    }

    /// Whether all that was submitted has run.
    public func isIdle() throws(ZondaError) -> Bool {
        let result = driver.functions.cuStreamQuery(handle)
        guard result != ZONDA_CU_ERROR_NOT_READY else { return false }
        try driver.check(result, "cuStreamQuery")
        return true
    }

    /// What is submitted from here on runs when `event` has: work of another stream, even of another GPU.
    public func wait(for event: borrowing CUDAEvent) throws(ZondaError) {
        try driver.check(driver.functions.cuStreamWaitEvent(handle, event.handle, 0), "cuStreamWaitEvent")
    }

    /// Calls `body` when all that was submitted has run, on a thread of the driver's. It must not call the driver, and
    /// what follows in the stream waits for it.
    public func whenReached(_ body: @escaping @Sendable () -> Void) throws(ZondaError) {
        let box = Unmanaged.passRetained(HostCall(body))
        let result = driver.functions.cuLaunchHostFunc(
            handle,
            { argument in
                guard let argument else { return }
                Unmanaged<HostCall>.fromOpaque(argument).takeRetainedValue().body()
            }, box.toOpaque())
        if result != ZONDA_CU_SUCCESS { box.release() }
        try driver.check(result, "cuLaunchHostFunc")
    }

    /// `Sendable`: immutable.
    private final class HostCall: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
