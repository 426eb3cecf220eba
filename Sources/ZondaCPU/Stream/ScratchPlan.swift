import ZondaCore
import ZondaDevice

/// Hands out scratch memory to the operations of one recording.
///
/// Operations run one after the other, so each starts again at the front; the block is as large as the largest one
/// needs. A recording is therefore built twice by the same code: once over a made-up address to learn the size, then
/// over the memory itself.
struct ScratchPlan {
    private let base: UInt
    private let threadCount: Int
    private var offset = 0
    private(set) var byteCount = 0

    /// A plan that only measures: its pointers must not be followed.
    static func measuring(threadCount: Int) -> ScratchPlan {
        ScratchPlan(base: UInt(HostMemory.alignment), threadCount: threadCount)
    }

    init(over memory: DeviceMemory, threadCount: Int) { self.init(base: memory.address, threadCount: threadCount) }

    private init(base: UInt, threadCount: Int) {
        self.base = base
        self.threadCount = threadCount
    }

    /// The next operation begins.
    mutating func restart() { offset = 0 }

    mutating func take<T: BitwiseCopyable>(_ type: T.Type, count: Int) -> UnsafeMutablePointer<T> {
        takeBytes(count * MemoryLayout<T>.stride).assumingMemoryBound(to: T.self)
    }

    mutating func takeBytes(_ count: Int) -> UnsafeMutableRawPointer {
        let size = (count + HostMemory.alignment) / HostMemory.alignment * HostMemory.alignment
        // The base is an address of memory, or `alignment` when measuring: never zero.
        let pointer = UnsafeMutableRawPointer(bitPattern: base + UInt(offset)).unsafelyUnwrapped
        offset += size
        byteCount = max(byteCount, offset)
        return pointer
    }

    /// `count` bytes for each thread.
    mutating func takePerThread(_ count: Int) -> PerThread {
        // An odd number of lines apart, so that threads do not compete for the same sets of a cache.
        let lines = (count + HostMemory.alignment - 1) / HostMemory.alignment | 1
        let stride = lines * HostMemory.alignment
        return PerThread(base: takeBytes(stride * threadCount), stride: stride)
    }

    /// Memory of which each thread has its own part.
    struct PerThread {
        let base: UnsafeMutableRawPointer
        let stride: Int

        subscript(thread: Int32) -> UnsafeMutableRawPointer { base + Int(thread) * stride }
    }
}
