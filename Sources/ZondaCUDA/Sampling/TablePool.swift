import ZondaCore
import ZondaDevice

/// Arrays of 32-bit values for the samplers that need some: biases, counts of tokens, the newest tokens. What a sequence
/// gives back is the next one's, in the order of the stream, so memory grows only with the sequences that run at a time.
///
/// Not `Sendable`: owned by one stream.
final class TablePool {
    private let device: CUDADevice
    private var free: [Int: [DeviceMemory]] = [:]

    init(on device: CUDADevice) { self.device = device }

    /// Memory for `count` values, with whatever is in it.
    func take(count: Int) throws(ZondaError) -> DeviceMemory {
        let byteCount = Self.byteCount(of: count)
        if let memory = free[byteCount]?.popLast() { return memory }
        return try device.allocate(byteCount: byteCount)
    }

    func giveBack(_ memory: DeviceMemory) { free[memory.byteCount, default: []].append(memory) }

    /// A power of two below `step`, so that windows of many lengths share their memory.
    private static func byteCount(of count: Int) -> Int {
        let step = 16 << 10
        guard count * 4 < step else { return pieces(count * 4, of: step) * step }
        var size = 256
        while size < count * 4 { size *= 2 }
        return size
    }
}
