import ZondaCore
import ZondaDevice

/// Hands out scratch memory of the GPU to the operations of one recording, from the front again for each: kernels run in
/// order. A recording is built twice by the same code, once to learn the size, then over the memory itself.
///
/// What must keep its value from one operation to the next (work lists, counters) is taken from the back, once.
struct DeviceScratch {
    private let base: UInt64
    private var offset = 0
    private var kept = 0
    private var largest = 0
    private let limit: Int

    static let alignment = 256

    /// One that only measures.
    init() { (base, limit) = (UInt64(Self.alignment), 0) }

    init(over memory: DeviceMemory) { (base, limit) = (UInt64(memory.address), memory.byteCount) }

    /// Bytes that a block must have.
    var byteCount: Int { max(largest + kept, Self.alignment) }

    mutating func restart() { offset = 0 }

    mutating func take(_ byteCount: Int) -> UInt64 {
        let start = base + UInt64(offset)
        offset += Self.rounded(byteCount)
        largest = max(largest, offset)
        return start
    }

    /// Memory that no other operation of the recording uses.
    mutating func keep(_ byteCount: Int) -> UInt64 {
        kept += Self.rounded(byteCount)
        return base + UInt64(max(limit - kept, 0))
    }

    private static func rounded(_ byteCount: Int) -> Int { (byteCount + alignment - 1) / alignment * alignment }
}
