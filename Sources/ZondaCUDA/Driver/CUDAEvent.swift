import CZondaCUDA
public import ZondaCore

/// A point in a stream: other streams and the host can wait for it, and two of them measure time.
///
/// `Sendable`: the driver takes calls from any thread.
public struct CUDAEvent: ~Copyable, Sendable {
    private let context: CUDAContext
    nonisolated(unsafe) let handle: zonda_cu_event

    /// - Parameters:
    ///   - isTimed: whether `seconds(since:)` works; costs a little when recorded.
    ///   - sleeps: whether `synchronize()` gives its core away while it waits, and wakes some 10 µs later for that.
    public init(isTimed: Bool = false, sleeps: Bool = false, in context: CUDAContext) throws(ZondaError) {
        var flags: UInt32 = 0
        if !isTimed { flags |= ZONDA_CU_EVENT_DISABLE_TIMING.rawValue }
        if sleeps { flags |= ZONDA_CU_EVENT_BLOCKING_SYNC.rawValue }
        var handle: zonda_cu_event?
        try context.driver.check(context.driver.functions.cuEventCreate(&handle, flags), "cuEventCreate")
        guard let handle else { throw context.driver.gaveNothing("cuEventCreate") }
        self.context = context
        self.handle = handle
    }

    deinit {
        let handle = handle
        context.release { _ = $0.functions.cuEventDestroy(handle) }
    }

    private var driver: CUDADriver { context.driver }

    /// Puts the event behind all that was submitted to `stream`. Recording it again moves it.
    public func record(on stream: borrowing CUDAStream) throws(ZondaError) {
        try driver.check(driver.functions.cuEventRecord(handle, stream.handle), "cuEventRecord")
    }

    /// Whether the stream has come to it. True before it was ever recorded.
    public func isDone() throws(ZondaError) -> Bool {
        let result = driver.functions.cuEventQuery(handle)
        guard result != ZONDA_CU_ERROR_NOT_READY else { return false }
        try driver.check(result, "cuEventQuery")
        return true
    }

    /// Waits until the stream has come to it.
    ///
    /// - Throws: the failure of what ran before it.
    public func synchronize() throws(ZondaError) {
        try driver.check(driver.functions.cuEventSynchronize(handle), "cuEventSynchronize")
    }

    /// Waits like `synchronize()`, but costs one question where nothing is left to wait for.
    func finish() throws(ZondaError) {
        if try !isDone() { try synchronize() }
    }

    /// Time on the GPU between two timed events that are done, to about half a microsecond.
    public func seconds(since start: borrowing CUDAEvent) throws(ZondaError) -> Double {
        var milliseconds: Float = 0
        try driver.check(
            driver.functions.cuEventElapsedTime(&milliseconds, start.handle, handle), "cuEventElapsedTime")
        return Double(milliseconds) / 1000
    }
}
