import CZondaCUDA
public import ZondaCore

/// What a process holds of a GPU: its primary context, which every library in the process shares.
///
/// Calls on buffers, streams, events, modules and graphs act on the calling thread's current context: a thread calls
/// `makeCurrent()` once before the first of them. Freeing does it by itself, as the last reference may go anywhere.
///
/// `Sendable`: immutable, and the driver takes calls from any thread.
public final class CUDAContext: Sendable {
    public let driver: CUDADriver
    public let gpu: GPU
    private let device: zonda_cu_device
    private nonisolated(unsafe) let handle: zonda_cu_context

    /// Makes the GPU ready, which takes some tenths of a second and some hundred MiB of its memory, and makes the context
    /// current on this thread.
    ///
    /// - Throws: `outOfMemory` when the GPU is full, `deviceFailed` when it is kept by another process.
    public init(_ gpu: GPU, _ driver: CUDADriver) throws(ZondaError) {
        var device: zonda_cu_device = 0
        try driver.check(driver.functions.cuDeviceGet(&device, Int32(gpu.ordinal)), "cuDeviceGet", gpu.id)
        var handle: zonda_cu_context?
        try driver.check(
            driver.functions.cuDevicePrimaryCtxRetain(&handle, device), "cuDevicePrimaryCtxRetain",
            "opening \(gpu.id)")
        guard let handle else { throw driver.gaveNothing("cuDevicePrimaryCtxRetain") }
        self.driver = driver
        self.gpu = gpu
        self.device = device
        self.handle = handle
        try makeCurrent()
    }

    deinit { _ = driver.functions.cuDevicePrimaryCtxRelease(device) }

    /// Makes this the context of the calling thread.
    public func makeCurrent() throws(ZondaError) {
        try driver.check(driver.functions.cuCtxSetCurrent(handle), "cuCtxSetCurrent", gpu.id)
    }

    /// Bytes of the GPU's memory: what any process can still take, and all.
    public func memory() throws(ZondaError) -> (free: Int, total: Int) {
        var (free, total) = (0, 0)
        try driver.check(driver.functions.cuMemGetInfo(&free, &total), "cuMemGetInfo", gpu.id)
        return (free, total)
    }

    /// Runs what frees something, on whichever thread the last reference went. Failures have nobody to go to: the
    /// process may be ending, or the context is lost already.
    func release(_ body: (CUDADriver) -> Void) {
        guard driver.functions.cuCtxSetCurrent(handle) == ZONDA_CU_SUCCESS else { return }
        body(driver)
    }
}

extension CUDADriver {
    /// A call that succeeded and gave a null handle.
    func gaveNothing(_ call: String) -> ZondaError {
        ZondaError(
            .deviceFailed, "\(call) succeeded and gave nothing", remedy: "check the driver with `nvidia-smi`",
            facts: ["call": call])
    }
}
