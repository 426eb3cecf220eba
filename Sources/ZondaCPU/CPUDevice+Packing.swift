import CZondaSIMD
import Synchronization
public import ZondaCore
public import ZondaDevice

extension CPUDevice {
    /// Source bytes that are packed between two calls of `discardRows`: what is resident twice at one time.
    private static let waveByteCount = 32 << 20
    /// Source bytes of one item of work.
    private static let itemByteCount = 256 << 10

    public func layout(of weight: WeightSpec) throws(ZondaError) -> PackedLayout {
        guard let type = weight.dtype.kernelType else { throw weight.wrongType }
        guard
            weight.dtype.byteCount(of: weight.columns) != nil, let rows = Int32(exactly: weight.rows),
            let columns = Int32(exactly: weight.columns),
            case let byteCount = zonda_packed_bytes(type, rows, columns), byteCount > 0
        else { throw weight.wrongSize }
        return PackedLayout(
            dtype: weight.dtype, rows: weight.rows, columns: weight.columns, byteCount: byteCount,
            rowGranule: ZONDA_TILE_ROWS)
    }

    public func pack(_ weight: WeightSpec, from source: any TileSource) throws(ZondaError) -> PackedWeight {
        let layout = try layout(of: weight)
        let memory = try HostMemory.allocate(byteCount: layout.byteCount, for: weight.name)
        let packer = try TilePacker(weight, source, to: memory)
        let itemRows = packer.rows(of: Self.itemByteCount)
        let waveRows = max(packer.rows(of: Self.waveByteCount), itemRows)
        let failure = Failure()
        for first in stride(from: 0, to: weight.rows, by: waveRows) {
            let end = min(first + waveRows, weight.rows)
            pool.forEach((end - first + itemRows - 1) / itemRows) { item, _ in
                let start = first + item * itemRows
                do throws(ZondaError) {
                    try packer.pack(start..<min(start + itemRows, end))
                } catch { failure.note(error) }
            }
            if let error = failure.first { throw error }
            source.discardRows(below: end)
        }
        return PackedWeight(name: weight.name, layout: layout, memory: memory)
    }

    public func keep(_ weight: WeightSpec, from source: any TileSource) throws(ZondaError) -> PackedWeight {
        var layout = try layout(of: weight)
        guard let rows = try source.mappedRows() else { return try pack(weight, from: source) }
        guard rows.byteCount == weight.dtype.byteCount(of: weight.columns).map({ $0 * weight.rows }) else {
            throw ZondaError(
                .badTensor, "\(weight.name): \(weight.rows) rows have \(rows.byteCount) bytes",
                remedy: "the file is damaged; fetch it again")
        }
        layout.byteCount = 0
        return PackedWeight(name: weight.name, layout: layout, memory: rows, storage: .file)
    }

    /// The first error of several threads.
    private final class Failure: Sendable {
        private let error = Mutex<ZondaError?>(nil)
        var first: ZondaError? { error.withLock { $0 } }
        func note(_ new: ZondaError) { error.withLock { $0 = $0 ?? new } }
    }
}

/// Packs rows of one weight; any number of threads may pack different tiles at once.
private struct TilePacker: Sendable {
    private static let tileRows = ZONDA_TILE_ROWS
    private let spec: WeightSpec
    private let source: any TileSource
    private let memory: DeviceMemory
    private let type: zonda_type
    private let rowByteCount: Int
    private let tileByteCount: Int

    init(_ spec: WeightSpec, _ source: any TileSource, to memory: DeviceMemory) throws(ZondaError) {
        guard let type = spec.dtype.kernelType, let rowByteCount = spec.dtype.byteCount(of: spec.columns) else {
            throw ZondaError(.internalFault, "\(spec.name) has a layout but no packed form")
        }
        self.spec = spec
        self.source = source
        self.memory = memory
        self.type = type
        self.rowByteCount = rowByteCount
        tileByteCount = zonda_packed_tile_bytes(type, Int32(spec.columns))
    }

    /// Whole tiles of about `byteCount` source bytes.
    func rows(of byteCount: Int) -> Int {
        max(byteCount / (rowByteCount * Self.tileRows), 1) * Self.tileRows
    }

    /// `range` begins at a tile.
    func pack(_ range: Range<Int>) throws(ZondaError) {
        try source.withRows(range) { (bytes) throws(ZondaError) in
            guard bytes.count == range.count * rowByteCount, let base = bytes.baseAddress else {
                throw ZondaError(
                    .badTensor,
                    "\(spec.name): rows \(range) have \(bytes.count) bytes, expected \(range.count * rowByteCount)",
                    remedy: "the file is damaged; fetch it again")
            }
            for first in stride(from: range.lowerBound, to: range.upperBound, by: Self.tileRows) {
                let count = min(Self.tileRows, range.upperBound - first)
                try packTile(base + (first - range.lowerBound) * rowByteCount, first: first, count: count)
            }
        }
    }

    private func packTile(_ rows: UnsafeRawPointer, first: Int, count: Int) throws(ZondaError) {
        let target = UnsafeMutableRawPointer(
            bitPattern: memory.address + UInt(first / Self.tileRows * tileByteCount))
        guard
            let target, zonda_pack_tile(type, rows, rowByteCount, Int32(count), Int32(spec.columns), target)
        else {
            throw ZondaError(
                .badTensor,
                "\(spec.name): rows \(first) ..< \(first + count) of \(spec.dtype.rawValue) can't be packed",
                remedy: "the file is damaged; fetch it again")
        }
    }
}
