import CZondaSIMD
import Glibc
import ZondaCore
import ZondaDevice

/// The jobs of one step over argument blocks at fixed addresses; replayed with one wake-up of the pool.
///
/// Not `Sendable`: owned by one stream. It keeps alive the memory that its jobs use.
final class Recording {
    private(set) var jobs: [zonda_job] = []
    /// What the jobs belong to, in order: for profiles.
    private(set) var parts: [Part] = []
    let bounds: StepBounds
    /// What the host computes from the step's inputs before the jobs run, such as the work list of attention.
    private var preparations: [(StepMemory) throws(ZondaError) -> Void] = []
    private var blocks: [UnsafeMutableRawPointer] = []
    private var owners: [ObjectIdentifier: AnyObject] = [:]

    /// The jobs of one operation: those up to `end` that no part before has.
    struct Part {
        var operation: Operation
        var end: Int
    }

    init(bounds: StepBounds) { self.bounds = bounds }

    /// The jobs since the last part are those of `operation`.
    func endPart(_ operation: Operation) { parts.append(Part(operation: operation, end: jobs.count)) }

    deinit { for block in blocks { block.deallocate() } }

    func retain(_ owner: AnyObject) { owners[ObjectIdentifier(owner)] = owner }

    /// Calls `body` before each run.
    func prepare(_ body: @escaping (StepMemory) throws(ZondaError) -> Void) { preparations.append(body) }

    func prepare(for memory: StepMemory) throws(ZondaError) {
        for body in preparations { try body(memory) }
    }

    /// Room for `count` values that lives as long as the recording.
    func allocate<T: BitwiseCopyable>(_ type: T.Type, count: Int) -> UnsafeMutablePointer<T> {
        let block = UnsafeMutableRawPointer.allocate(
            byteCount: max(count, 1) * MemoryLayout<T>.stride, alignment: HostMemory.alignment)
        memset(block, 0, max(count, 1) * MemoryLayout<T>.stride)
        blocks.append(block)
        return block.assumingMemoryBound(to: T.self)
    }

    /// Values copied to where they live as long as the recording.
    func copy<T: BitwiseCopyable>(_ values: [T]) -> UnsafeMutablePointer<T> {
        let copy = allocate(T.self, count: values.count)
        for (index, value) in values.enumerated() { copy[index] = value }
        return copy
    }

    /// Adds a job of `items` items; `work` gets the address of a copy of `arguments`.
    func add<Arguments: BitwiseCopyable>(
        _ arguments: Arguments, items: Int, itemsAt: UnsafePointer<Int32>? = nil, serial: Bool = false,
        _ work: @escaping @convention(c) (_ arguments: UnsafeRawPointer?, _ item: Int32, _ thread: Int32) -> Void
    ) {
        jobs.append(
            zonda_job(
                work: work, arguments: copy([arguments]), item_count_at: itemsAt, item_count: Int32(items),
                serial: serial))
    }

    /// Adds a job that is a kernel by itself, with the number of its items at an address.
    func add<Arguments: BitwiseCopyable>(
        _ arguments: UnsafeMutablePointer<Arguments>, itemsAt: UnsafePointer<Int32>?,
        work: @escaping @convention(c) (_ arguments: UnsafeRawPointer?, _ item: Int32, _ thread: Int32) -> Void
    ) {
        jobs.append(
            zonda_job(
                work: work, arguments: UnsafeRawPointer(arguments), item_count_at: itemsAt, item_count: 0,
                serial: false))
    }
}
