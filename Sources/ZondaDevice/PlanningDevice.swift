public import ZondaCore

/// A device as a plan sees it: what is put on it is counted and not held.
///
/// Loading a model on it, with the code that loads the model itself, counts exactly what the model will take. Its memory
/// has addresses and no bytes behind them: they may be put into operations and must not be followed.
///
/// Not `Sendable`: used by one thread, as any device.
public final class PlanningDevice: Device {
    public let device: any Device
    /// Bytes of packed weights.
    public private(set) var packedByteCount = 0
    /// Bytes of all other allocations.
    public private(set) var allocatedByteCount = 0
    private var nextAddress: UInt = 1 << 20

    public var info: DeviceInfo { device.info }

    /// - Parameter device: what is planned for; it says how large things are on it.
    public init(_ device: any Device) { self.device = device }

    public func layout(of weight: WeightSpec) throws(ZondaError) -> PackedLayout { try device.layout(of: weight) }

    /// Reads nothing.
    public func pack(_ weight: WeightSpec, from source: any TileSource) throws(ZondaError) -> PackedWeight {
        let layout = try device.layout(of: weight)
        packedByteCount += device.allocatedByteCount(layout.byteCount)
        return PackedWeight(name: weight.name, layout: layout, memory: memory(layout.byteCount))
    }

    public func allocate(byteCount: Int) throws(ZondaError) -> DeviceMemory {
        allocatedByteCount += device.allocatedByteCount(byteCount)
        return memory(byteCount)
    }

    public func upload(_ values: [Float], to tensor: Tensor) throws(ZondaError) {}

    public func pageByteCount(of spec: KVSpec) throws(ZondaError) -> Int { try device.pageByteCount(of: spec) }

    public func allocatedByteCount(_ byteCount: Int) -> Int { device.allocatedByteCount(byteCount) }

    public func streamMemory(limits: StepLimits, step: StepRecorder) throws(ZondaError) -> StreamMemory {
        try device.streamMemory(limits: limits, step: step)
    }

    /// - Throws: always: a plan runs nothing.
    public func makeStream(limits: StepLimits) throws(ZondaError) -> any Stream {
        throw ZondaError(.internalFault, "a stream was asked of a device that only plans", remedy: "report this")
    }

    /// Aligned as any device's memory is, as kernels are chosen by that.
    private func memory(_ byteCount: Int) -> DeviceMemory {
        defer { nextAddress += UInt(max(byteCount, 1) + 1023) / 1024 * 1024 }
        return DeviceMemory(address: nextAddress, byteCount: byteCount) { _ in }
    }
}
