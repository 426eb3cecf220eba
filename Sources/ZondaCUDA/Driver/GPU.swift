import CZondaCUDA
public import ZondaCore

/// What a GPU is; the same for its lifetime.
public struct GPU: Sendable, Hashable {
    /// The driver's number among the GPUs that this process sees; `cuda:ordinal`.
    public let ordinal: Int
    /// The maker's name: "NVIDIA H100 80GB HBM3".
    public let name: String
    public let capability: ComputeCapability
    /// All of its memory, in bytes, with what the driver keeps for itself.
    public let memoryByteCount: Int
    public let multiprocessorCount: Int
    /// Bytes of shared memory that one block can have, once its kernel asks for more than 48 KiB.
    public let sharedByteCountPerBlock: Int
    /// Bytes of shared memory that the resident blocks of one multiprocessor divide among them.
    public let sharedByteCountPerMultiprocessor: Int
    public let registerCountPerMultiprocessor: Int
    public let threadCountPerMultiprocessor: Int
    public let l2ByteCount: Int
    /// Bytes per second by clock and bus width, both edges; what kernels can read is some 90 % of it. 0 when the driver
    /// doesn't tell.
    public let peakBandwidth: Double
    /// Whether it has no memory of its own.
    public let isIntegrated: Bool
    /// Sixteen bytes, in hexadecimal: the same GPU in every process, whatever its ordinal.
    public let uuid: String
    /// "0000:1b:00.0".
    public let busID: String

    public var id: String { "cuda:\(ordinal)" }

    /// Asks the driver, which must have been started.
    ///
    /// - Throws: `noDevice` when there is no GPU `ordinal`.
    public init(_ ordinal: Int, _ driver: CUDADriver) throws(ZondaError) {
        var device: zonda_cu_device = 0
        try driver.check(
            driver.functions.cuDeviceGet(&device, Int32(clamping: ordinal)), "cuDeviceGet", "cuda:\(ordinal)")
        let asked = DeviceQuery(device: device, driver: driver)
        self.ordinal = ordinal
        name = try asked.text(capacity: 256, "cuDeviceGetName", driver.functions.cuDeviceGetName)
        busID = try asked.text(capacity: 32, "cuDeviceGetPCIBusId", driver.functions.cuDeviceGetPCIBusId)
        capability = ComputeCapability(
            try asked.attribute(ZONDA_CU_DEVICE_COMPUTE_CAPABILITY_MAJOR),
            try asked.attribute(ZONDA_CU_DEVICE_COMPUTE_CAPABILITY_MINOR))
        memoryByteCount = try asked.memoryByteCount()
        multiprocessorCount = try asked.attribute(ZONDA_CU_DEVICE_MULTIPROCESSOR_COUNT)
        sharedByteCountPerBlock = try asked.attribute(ZONDA_CU_DEVICE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN)
        sharedByteCountPerMultiprocessor = try asked.attribute(ZONDA_CU_DEVICE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR)
        registerCountPerMultiprocessor = try asked.attribute(ZONDA_CU_DEVICE_MAX_REGISTERS_PER_MULTIPROCESSOR)
        threadCountPerMultiprocessor = try asked.attribute(ZONDA_CU_DEVICE_MAX_THREADS_PER_MULTIPROCESSOR)
        l2ByteCount = try asked.attribute(ZONDA_CU_DEVICE_L2_CACHE_SIZE)
        let clock = try asked.attribute(ZONDA_CU_DEVICE_MEMORY_CLOCK_RATE)
        let busWidth = try asked.attribute(ZONDA_CU_DEVICE_MEMORY_BUS_WIDTH)
        peakBandwidth = 2 * Double(clock) * 1000 * Double(busWidth) / 8
        isIntegrated = try asked.attribute(ZONDA_CU_DEVICE_INTEGRATED) != 0
        uuid = try asked.uuid()
    }

    /// All GPUs that the driver shows.
    public static func all(_ driver: CUDADriver) throws(ZondaError) -> [GPU] {
        var gpus: [GPU] = []
        for ordinal in 0..<(try driver.gpuCount()) { gpus.append(try GPU(ordinal, driver)) }
        return gpus
    }
}
