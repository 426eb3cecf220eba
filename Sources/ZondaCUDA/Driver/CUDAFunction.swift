import CZondaCUDA
public import ZondaCore

/// One kernel on one GPU; holds its module.
///
/// `Sendable`: immutable, and the driver takes calls from any thread.
public struct CUDAFunction: Sendable {
    /// Its name expression.
    public let name: String
    public let module: CUDAModule
    /// 32-bit registers per thread.
    public let registerCount: Int
    /// Bytes per thread that lie in memory instead of registers: the kernel's own arrays, or spilled registers.
    public let localByteCount: Int
    /// Bytes of shared memory per block that the kernel declares itself.
    public let staticSharedByteCount: Int
    /// The largest block that has enough registers.
    public let maxThreadCount: Int
    nonisolated(unsafe) let handle: zonda_cu_function

    init(_ handle: zonda_cu_function, name: String, module: CUDAModule) throws(ZondaError) {
        let driver = module.context.driver
        func attribute(_ attribute: zonda_cu_function_attribute) throws(ZondaError) -> Int {
            var value: Int32 = 0
            try driver.check(
                driver.functions.cuFuncGetAttribute(&value, attribute, handle), "cuFuncGetAttribute", name)
            return Int(value)
        }
        registerCount = try attribute(ZONDA_CU_FUNCTION_REGISTER_COUNT)
        localByteCount = try attribute(ZONDA_CU_FUNCTION_LOCAL_SIZE)
        staticSharedByteCount = try attribute(ZONDA_CU_FUNCTION_SHARED_SIZE)
        maxThreadCount = try attribute(ZONDA_CU_FUNCTION_MAX_THREADS_PER_BLOCK)
        self.handle = handle
        self.name = name
        self.module = module
    }

    private var driver: CUDADriver { module.context.driver }

    /// Lets launches ask for up to `byteCount` bytes of dynamic shared memory; needed once for more than 48 KiB.
    ///
    /// - Throws: `unsupported` when a block of this GPU can't have so much, with both numbers.
    public func allowDynamicShared(byteCount: Int) throws(ZondaError) {
        let gpu = module.context.gpu
        let available = gpu.sharedByteCountPerBlock - staticSharedByteCount
        guard byteCount <= available else {
            throw ZondaError(
                .unsupported,
                "\(name) needs \(byteCount) bytes of shared memory per block and \(gpu.name) has \(available)",
                facts: ["needed": "\(byteCount)", "available": "\(available)", "device": gpu.id])
        }
        try driver.check(
            driver.functions.cuFuncSetAttribute(
                handle, ZONDA_CU_FUNCTION_MAX_DYNAMIC_SHARED_SIZE, Int32(clamping: byteCount)),
            "cuFuncSetAttribute", "\(byteCount) bytes of shared memory for \(name)")
    }

    /// Blocks of `threadCount` threads with `sharedByteCount` bytes of dynamic shared memory that fit on one
    /// multiprocessor at a time.
    public func blocksPerMultiprocessor(threadCount: Int, sharedByteCount: Int = 0) throws(ZondaError) -> Int {
        var count: Int32 = 0
        try driver.check(
            driver.functions.cuOccupancyMaxActiveBlocksPerMultiprocessor(
                &count, handle, Int32(clamping: threadCount), sharedByteCount),
            "cuOccupancyMaxActiveBlocksPerMultiprocessor", name)
        return Int(count)
    }
}
