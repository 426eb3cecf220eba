import ZondaCore
import ZondaDevice

/// Pages as the reference lays them out: [page][key, value][kvHead][token] and then one head's values in the stored type.
struct ReferenceCache {
    let spec: KVSpec
    /// Values that share one q8_0 scale; the last block of a head may be shorter.
    private static let block = 32

    init(_ spec: KVSpec) throws(ZondaError) {
        guard [.f16, .f32, .q8_0].contains(spec.dtype), spec.kvHeads > 0, spec.headSize > 0 else {
            throw ZondaError(
                .unsupported,
                "a KV cache of type \(spec.dtype.rawValue) with \(spec.kvHeads) heads of \(spec.headSize)",
                remedy: "choose f16, f32 or q8_0")
        }
        self.spec = spec
    }

    var headByteCount: Int {
        switch spec.dtype {
        case .f32: spec.headSize * 4
        case .f16: spec.headSize * 2
        default: (spec.headSize + Self.block - 1) / Self.block * spec.dtype.blockBytes
        }
    }

    var pageByteCount: Int { 2 * spec.kvHeads * KVCache.pageSize * headByteCount }

    enum Kind: Int {
        case key
        case value
    }

    private func pointer(_ cache: KVCache, _ kind: Kind, head: Int, slot: Int) throws(ZondaError)
        -> UnsafeMutableRawPointer
    {
        let (page, token) = slot.quotientAndRemainder(dividingBy: KVCache.pageSize)
        let index = (kind.rawValue * spec.kvHeads + head) * KVCache.pageSize + token
        let offset = page * pageByteCount + index * headByteCount
        guard
            slot >= 0, offset + headByteCount <= cache.memory.byteCount,
            let base = UnsafeMutableRawPointer(bitPattern: cache.memory.address)
        else {
            throw ZondaError(.internalFault, "slot \(slot) of a KV cache of \(cache.memory.byteCount) bytes")
        }
        return base + offset
    }

    func store(
        _ values: UnsafeMutableBufferPointer<Float>, _ cache: KVCache, _ kind: Kind, head: Int, slot: Int
    ) throws(ZondaError) {
        let target = try pointer(cache, kind, head: head, slot: slot)
        let range = head * spec.headSize..<(head + 1) * spec.headSize
        switch spec.dtype {
        case .f32:
            for (i, column) in range.enumerated() {
                target.storeBytes(of: values[column], toByteOffset: i * 4, as: Float.self)
            }
        case .f16:
            for (i, column) in range.enumerated() {
                // What is too large stays the largest number: an infinity would make every later score NaN.
                let value = values[column].isNaN ? values[column] : min(max(values[column], -65504), 65504)
                target.storeBytes(of: Float16(value), toByteOffset: i * 2, as: Float16.self)
            }
        default:
            for (i, first) in stride(from: range.lowerBound, to: range.upperBound, by: Self.block).enumerated() {
                let block = values[first..<min(first + Self.block, range.upperBound)]
                storeBlock(block, at: target + i * spec.dtype.blockBytes)
            }
        }
    }

    /// q8_0: a scale of f16, then one signed byte per value. Values are divided by the scale as stored, so its own
    /// rounding costs nothing. An infinity or NaN makes the whole block NaN.
    private func storeBlock(_ values: Slice<UnsafeMutableBufferPointer<Float>>, at target: UnsafeMutableRawPointer) {
        let isFinite = values.allSatisfy(\.isFinite)
        let scale = isFinite ? Float16((values.map { abs($0) }.max() ?? 0) / 127) : .nan
        target.storeBytes(of: scale, as: Float16.self)
        let inverse = scale > 0 ? 1 / Float(scale) : 0
        for (i, value) in values.enumerated() {
            let rounded = isFinite ? (value * inverse).rounded(.toNearestOrEven) : 0
            target.storeBytes(of: Int8(min(max(rounded, -127), 127)), toByteOffset: 2 + i, as: Int8.self)
        }
    }

    /// One head's values of the token in `slot`, as stored.
    func load(_ cache: KVCache, _ kind: Kind, head: Int, slot: Int) throws(ZondaError) -> [Float] {
        let source = try pointer(cache, kind, head: head, slot: slot)
        return (0..<spec.headSize).map { i in
            switch spec.dtype {
            case .f32: return source.loadUnaligned(fromByteOffset: i * 4, as: Float.self)
            case .f16: return Float(source.loadUnaligned(fromByteOffset: i * 2, as: Float16.self))
            default:
                let block = source + i / Self.block * spec.dtype.blockBytes
                let scale = Float(block.loadUnaligned(as: Float16.self))
                return scale * Float(block.load(fromByteOffset: 2 + i % Self.block, as: Int8.self))
            }
        }
    }
}
