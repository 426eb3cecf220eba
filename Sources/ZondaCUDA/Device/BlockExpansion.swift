import CZondaBlocks
import ZondaCore

/// Makes of IQ1, IQ2, IQ3, TQ and Q8_K what kernels pack: 276 bytes of each 256 columns, with the same values exactly.
struct BlockExpansion {
    let type: zonda_type
    private let blockByteCount: Int

    /// Bytes of a block once it is expanded.
    static let byteCount = Int(ZONDA_EXPANDED_BYTES)
    /// Columns of a block.
    static let columns = 256
    /// Of one item of work: half a MiB, so that starting threads costs little beside it.
    private static let itemBlocks = 2048
    /// As many as a disk cache keeps busy beside the copy to the GPU.
    private static let threadCount = 4

    /// Nil for types that kernels take as they are.
    init?(_ type: zonda_type?) {
        guard let type, zonda_is_expanded(type) else { return nil }
        self.type = type
        blockByteCount = Int(zonda_block_bytes(type))
    }

    /// Expands whole blocks that follow each other, whatever their bits.
    ///
    /// - Parameter target: `byteCount` bytes for each of them.
    /// - Throws: `internalFault` when the sizes do not belong together.
    func expand(_ blocks: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer) throws(ZondaError) {
        let count = blocks.count / blockByteCount
        guard
            count * blockByteCount == blocks.count, count * Self.byteCount == target.count,
            let from = blocks.baseAddress, let to = target.baseAddress
        else {
            throw ZondaError(
                .internalFault, "\(blocks.count) bytes of blocks of \(blockByteCount) do not expand to \(target.count)",
                remedy: "report this")
        }
        // Items are disjoint, and joined before this returns.
        nonisolated(unsafe) let (source, destination) = (from, to)
        let (type, size) = (type, blockByteCount)
        let items = Array(stride(from: 0, to: count, by: Self.itemBlocks))
        let done = Workers.map(items, threadCount: Self.threadCount) { first in
            zonda_expand_blocks(
                type, source + first * size, min(Self.itemBlocks, count - first), destination + first * Self.byteCount)
        }
        guard done.allSatisfy({ $0 }) else {
            throw ZondaError(.internalFault, "blocks of a type that is not expanded", remedy: "report this")
        }
    }
}
