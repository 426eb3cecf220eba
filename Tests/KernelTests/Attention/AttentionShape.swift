import CZondaKernels

/// A type of the GPU's cache: its name in kernels, and what storing does to values.
enum CacheType: UInt32, CaseIterable, Sendable, CustomStringConvertible {
    case f16, bf16, e4m3, f32

    var description: String {
        switch self {
        case .f16: "f16"
        case .bf16: "bf16"
        case .e4m3: "e4m3"
        case .f32: "float"
        }
    }
    var code: zonda_cache_type { zonda_cache_type(rawValue: rawValue) }

    /// One head's values of one token as the cache keeps them.
    func stored(_ head: [Float]) -> [Float] {
        switch self {
        case .f32: return head
        case .f16: return head.map { Narrow.float(f16: Narrow.f16(min(max($0, -65504), 65504))) }
        case .bf16: return head.map { Narrow.float(bf16: Narrow.bf16($0)) }
        case .e4m3:
            let largest = head.map(abs).max() ?? 0
            guard largest > 0 else { return head }
            return head.map { Narrow.float(e4m3: Narrow.e4m3($0 * (448 / largest))) * (largest / 448) }
        }
    }
}

/// Heads, and what scores go through.
struct AttentionShape: Sendable, CustomStringConvertible {
    var type = CacheType.f16
    var heads = 4
    var kvHeads = 2
    var headSize = 64
    var window = 0
    var softcap: Float = 0

    var scale: Float { 1 / Float(headSize).squareRoot() }
    var group: Int { heads / kvHeads }
    var width: Int { heads * headSize }
    var kvWidth: Int { kvHeads * headSize }
    var pageByteCount: Int { Int(zonda_cache_page_bytes(type.code, Int32(kvHeads), Int32(headSize))) }
    /// As kernels are named: `<f16, 64>`.
    var instance: String { "<\(type), \(zonda_cache_padded_head(Int32(headSize)))>" }

    var description: String {
        "\(type) \(heads)/\(kvHeads) heads of \(headSize), window \(window), cap \(softcap)"
    }
}

/// Rows of one sequence in a step: positions first ..< first + count.
struct AttentionSpan: Sendable {
    var sequence: Int
    var first: Int
    var count: Int

    init(_ sequence: Int, _ first: Int, _ count: Int) {
        self.sequence = sequence
        self.first = first
        self.count = count
    }
}
