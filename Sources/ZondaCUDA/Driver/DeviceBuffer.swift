import CZondaCUDA
public import ZondaCore
public import ZondaDevice

/// Memory of a GPU, freed when the value goes.
///
/// Freeing waits for all work of the GPU that may use it (`cuMemFree` does), so no stream need be named.
public struct DeviceBuffer: ~Copyable, Sendable {
    /// Aligned to 256 bytes.
    public let address: UInt64
    public let byteCount: Int
    private let context: CUDAContext

    /// Takes memory, with whatever was in it.
    ///
    /// - Throws: `outOfMemory` with `needed`, `available` and `device`.
    public init(byteCount: Int, for purpose: String, in context: CUDAContext) throws(ZondaError) {
        address = try context.allocate(byteCount, purpose)
        self.byteCount = byteCount
        self.context = context
    }

    deinit { context.free(address) }
}

extension DeviceMemory {
    /// Memory of a GPU that is freed with the last reference, with whatever was in it.
    ///
    /// - Throws: `outOfMemory` with `needed`, `available` and `device`.
    public static func allocate(
        byteCount: Int, for purpose: String, in context: CUDAContext
    ) throws(ZondaError) -> DeviceMemory {
        let address = try context.allocate(byteCount, purpose)
        return DeviceMemory(address: UInt(address), byteCount: byteCount) { context.free(UInt64($0)) }
    }
}

extension CUDAContext {
    fileprivate func allocate(_ byteCount: Int, _ purpose: String) throws(ZondaError) -> zonda_cu_address {
        var address: zonda_cu_address = 0
        // The driver refuses 0 bytes.
        let result = driver.functions.cuMemAlloc(&address, max(byteCount, 1))
        guard result != ZONDA_CU_ERROR_OUT_OF_MEMORY else { throw exhausted(byteCount, purpose) }
        try driver.check(result, "cuMemAlloc", "\(byteCount) bytes for \(purpose) on \(gpu.id)")
        return address
    }

    fileprivate func free(_ address: zonda_cu_address) {
        release { _ = $0.functions.cuMemFree(address) }
    }

    private func exhausted(_ byteCount: Int, _ purpose: String) -> ZondaError {
        let available = (try? memory().free) ?? 0
        return ZondaError(
            .outOfMemory, "\(purpose) needs \(byteCount) bytes and \(available) are free on \(gpu.id), \(gpu.name)",
            remedy: "choose a smaller weight type or a shorter context, or end other processes on the GPU "
                + "(`nvidia-smi` lists them)",
            facts: ["needed": "\(byteCount)", "available": "\(available)", "device": gpu.id])
    }
}
