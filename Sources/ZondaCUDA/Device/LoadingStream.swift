import ZondaCore
import ZondaDevice

/// Moves weights and values to the GPU through pinned memory: while one half is copied, the other is filled.
///
/// Every call returns with its work submitted; `finish` waits. Not `Sendable`: used by the device's own thread.
final class LoadingStream {
    let stream: CUDAStream
    private let halves: [Half]
    private var next = 0

    /// Bytes of one half: large enough for the bus, small enough to be filled quickly.
    static let halfByteCount = 16 << 20
    static let pinnedByteCount = 2 * halfByteCount

    /// A pinned buffer, what it is copied to, and the event behind the last use of both.
    private final class Half {
        let pinned: PinnedBuffer
        let staged: DeviceBuffer
        let isFree: CUDAEvent

        init(in context: CUDAContext) throws(ZondaError) {
            pinned = try PinnedBuffer(byteCount: LoadingStream.halfByteCount, in: context)
            staged = try DeviceBuffer(byteCount: LoadingStream.halfByteCount, for: "loading", in: context)
            isFree = try CUDAEvent(in: context)
        }
    }

    init(in context: CUDAContext) throws(ZondaError) {
        stream = try CUDAStream(in: context)
        halves = [try Half(in: context), try Half(in: context)]
    }

    /// Copies bytes that `fill` writes to a buffer on the GPU, and calls `use` with its address to submit what reads it.
    func stage(
        byteCount: Int, _ fill: (UnsafeMutableRawBufferPointer) throws(ZondaError) -> Void,
        use: (UInt64) throws(ZondaError) -> Void
    ) throws(ZondaError) {
        let half = halves[next]
        next = 1 - next
        try half.isFree.synchronize()
        let bytes = UnsafeMutableRawBufferPointer(rebasing: half.pinned.bytes[..<byteCount])
        try fill(bytes)
        try stream.copy(UnsafeRawBufferPointer(bytes), to: half.staged.address)
        try use(half.staged.address)
        try half.isFree.record(on: stream)
    }

    /// Where a kernel of this stream may leave up to `halfByteCount` bytes for the next one: work of a stream runs in order,
    /// so whatever was staged here before has been used by then.
    var stagingAddress: UInt64 { halves[next].staged.address }

    func zero(_ memory: DeviceMemory) throws(ZondaError) {
        try stream.fill(UInt64(memory.address), byteCount: memory.byteCount, with: 0)
        try finish()
    }

    /// Copies values row by row.
    func upload(_ values: [Float], to target: TensorAddress) throws(ZondaError) {
        let rowsAtOnce = Self.halfByteCount / (max(target.columns, 1) * 4)
        guard rowsAtOnce > 0 else {
            throw ZondaError(.unsupported, "rows of \(target.columns) values are too long to be uploaded to a GPU")
        }
        for first in stride(from: 0, to: target.rows, by: rowsAtOnce) {
            let count = min(rowsAtOnce, target.rows - first)
            try stage(byteCount: count * target.columns * 4) { (bytes) throws(ZondaError) in
                values.withUnsafeBytes { all in
                    let start = first * target.columns * 4
                    bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: all[start..<start + bytes.count]))
                }
            } use: { (staged) throws(ZondaError) in
                try copyRows(first..<first + count, from: staged, to: target)
            }
        }
        try finish()
    }

    /// Copies at most half a buffer of words, and waits for them.
    func upload(_ words: [UInt64], to target: DeviceMemory) throws(ZondaError) {
        let byteCount = words.count * MemoryLayout<UInt64>.stride
        guard byteCount <= min(Self.halfByteCount, target.byteCount) else {
            throw ZondaError(
                .internalFault, "\(byteCount) bytes uploaded to \(target.byteCount)", remedy: "report this")
        }
        try stage(byteCount: byteCount) { bytes in
            words.withUnsafeBytes { bytes.copyMemory(from: $0) }
        } use: { (staged) throws(ZondaError) in
            try copy(staged, to: UInt64(target.address), byteCount: byteCount)
        }
        try finish()
    }

    // Not in the closure itself: Swift 6.3.1 crashes when it inlines one that borrows the stream.
    @inline(never)
    private func copy(_ staged: UInt64, to address: UInt64, byteCount: Int) throws(ZondaError) {
        try stream.copy(from: staged, to: address, byteCount: byteCount)
    }

    private func copyRows(_ rows: Range<Int>, from staged: UInt64, to target: TensorAddress) throws(ZondaError) {
        let rowByteCount = target.columns * 4
        if target.stride == target.columns {
            let start = target.address + UInt64(rows.lowerBound * rowByteCount)
            return try stream.copy(from: staged, to: start, byteCount: rows.count * rowByteCount)
        }
        for row in rows {
            try stream.copy(
                from: staged + UInt64((row - rows.lowerBound) * rowByteCount),
                to: target.address + UInt64(row * target.stride * 4), byteCount: rowByteCount)
        }
    }

    /// Waits until everything has arrived.
    func finish() throws(ZondaError) { try stream.synchronize() }
}
