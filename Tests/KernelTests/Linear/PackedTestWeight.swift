import CZondaBlocks
import CZondaKernels
import EmulatedKernels
import Testing
import ZondaCPU
import ZondaCUDA
import ZondaCore
import ZondaFormats

/// Owns device memory; `DeviceBuffer` alone can't be kept in a collection.
final class Held {
    let buffer: DeviceBuffer
    var address: UInt64 { buffer.address }
    init(_ buffer: consuming DeviceBuffer) { self.buffer = buffer }
}

/// A random weight of any type that a file may hold: packed on the device, and its values by the reference.
struct PackedTestWeight {
    /// The names of its kernels' template arguments: of the file's encoding and of the layout.
    struct Kind: CustomStringConvertible {
        let dtype: DType
        let layout: zonda_gpu_layout
        let name: String
        var description: String { dtype.rawValue }
        var isBFloat: Bool { dtype == .bf16 || dtype == .f32 }
        var isPlain: Bool { !dtype.isPacked }
        /// Whether the host makes 276 bytes of 256 columns first.
        var isExpanded: Bool { layout == ZONDA_LAYOUT_X8 }
        var packKernel: String {
            isPlain ? "pack_numbers<\(name)>" : "pack_blocks<File\(isExpanded ? "X8" : dtype.rawValue)>"
        }

        init(_ dtype: DType, _ layout: zonda_gpu_layout, _ name: String? = nil) {
            (self.dtype, self.layout) = (dtype, layout)
            self.name = name ?? dtype.rawValue
        }

        /// How many records a warp of linear_few keeps in flight.
        var stages: Int {
            switch layout {
            case ZONDA_LAYOUT_X8: 2
            case ZONDA_LAYOUT_Q5_K, ZONDA_LAYOUT_Q6_K: 3
            case ZONDA_LAYOUT_Q2_K: 6
            case ZONDA_LAYOUT_F32, ZONDA_LAYOUT_F16, ZONDA_LAYOUT_BF16, ZONDA_LAYOUT_Q5_0, ZONDA_LAYOUT_Q5_1,
                ZONDA_LAYOUT_Q8_0, ZONDA_LAYOUT_Q3_K:
                5
            default: 4
            }
        }
        var slotBytes: Int { Int(zonda_gpu_unit_bytes(layout) * zonda_gpu_record_units(layout)) }
        var unitBytes: Int { Int(zonda_gpu_unit_bytes(layout)) }
        var isLong: Bool { zonda_gpu_unit_columns(layout) == 256 }
        var terms: Int { isBFloat ? 2 : 1 }
    }

    static let kinds: [Kind] =
        [
            Kind(.f32, ZONDA_LAYOUT_F32), Kind(.f16, ZONDA_LAYOUT_F16), Kind(.bf16, ZONDA_LAYOUT_BF16),
            Kind(.q4_0, ZONDA_LAYOUT_Q4_0), Kind(.q4_1, ZONDA_LAYOUT_Q4_1), Kind(.q5_0, ZONDA_LAYOUT_Q5_0),
            Kind(.q5_1, ZONDA_LAYOUT_Q5_1), Kind(.q8_0, ZONDA_LAYOUT_Q8_0), Kind(.q8_1, ZONDA_LAYOUT_Q8_0, "Q8_0"),
            Kind(.q1_0, ZONDA_LAYOUT_Q8_0, "Q8_0"), Kind(.q2_0, ZONDA_LAYOUT_Q8_0, "Q8_0"),
            Kind(.iq4_NL, ZONDA_LAYOUT_IQ4_NL), Kind(.mxfp4, ZONDA_LAYOUT_MXFP4), Kind(.nvfp4, ZONDA_LAYOUT_NVFP4),
            Kind(.q2_K, ZONDA_LAYOUT_Q2_K), Kind(.q3_K, ZONDA_LAYOUT_Q3_K), Kind(.q4_K, ZONDA_LAYOUT_Q4_K),
            Kind(.q5_K, ZONDA_LAYOUT_Q5_K), Kind(.q6_K, ZONDA_LAYOUT_Q6_K), Kind(.iq4_XS, ZONDA_LAYOUT_IQ4_XS),
        ]
        + [.q8_K, .iq2_XXS, .iq2_XS, .iq2_S, .iq3_XXS, .iq3_S, .iq1_S, .iq1_M, .tq1_0, .tq2_0].map {
            Kind($0, ZONDA_LAYOUT_X8, "X8")
        }
    static func kind(_ dtype: DType) -> Kind { kinds.first { $0.dtype == dtype }! }

    let kind: Kind
    let rows: Int
    let columns: Int
    let packed: Held
    /// [rows][columns].
    let values: [Float]

    var byteCount: Int { Int(zonda_gpu_weight_bytes(kind.layout, Int64(rows), Int64(columns))) }
    var units: Int {
        (columns + Int(zonda_gpu_unit_columns(kind.layout)) - 1) / Int(zonda_gpu_unit_columns(kind.layout))
    }
    var tiles: Int { (rows + 15) / 16 }

    init(_ kind: Kind, rows: Int, columns: Int, on bench: Bench, _ random: inout Random) throws {
        (self.kind, self.rows, self.columns) = (kind, rows, columns)
        let rowBytes = kind.dtype.byteCount(of: columns)!
        var bytes = [UInt8](repeating: 0, count: rows * rowBytes)
        for block in 0..<bytes.count / kind.dtype.blockBytes {
            Self.fill(&bytes, at: block * kind.dtype.blockBytes, kind.dtype, &random)
        }
        values = try Dequantize.values(kind.dtype, bytes.span.bytes, count: rows * columns)
        var source = bytes
        if kind.isExpanded {
            source = [UInt8](repeating: 0, count: bytes.count / kind.dtype.blockBytes * Int(ZONDA_EXPANDED_BYTES))
            let type = try #require(kind.dtype.kernelType)
            try #require(zonda_expand_blocks(type, bytes, bytes.count / kind.dtype.blockBytes, &source))
        }
        let held = Held(try bench.buffer(Self.words(source)))
        let byteCount = Int(zonda_gpu_weight_bytes(kind.layout, Int64(rows), Int64(columns)))
        packed = Held(try bench.emptyBuffer(wordCount: byteCount / 4))
        let arguments = zonda_pack_arguments(
            source: held.address, destination: packed.address, row_bytes: Int64(source.count / rows), rows: Int32(rows),
            columns: Int32(columns))
        try bench.launch(
            kind.packKernel, in: "pack_weights.cu", grid: .init((units + 3) / 4, tiles), threads: 128, arguments)
        // Swift lets go of a buffer after its last use, which a kernel's is not.
        try withExtendedLifetime(held) { try bench.stream.synchronize() }
    }

    static func words(_ bytes: [UInt8]) -> [UInt32] {
        (0..<(bytes.count + 3) / 4).map { word in
            (0..<4).reduce(UInt32(0)) {
                4 * word + $1 < bytes.count ? $0 | UInt32(bytes[4 * word + $1]) << UInt32(8 * $1) : $0
            }
        }
    }

    /// Random bits, with scales such as weights have.
    private static func fill(_ bytes: inout [UInt8], at start: Int, _ dtype: DType, _ random: inout Random) {
        for i in 0..<dtype.blockBytes { bytes[start + i] = UInt8.random(in: 0...255, using: &random) }
        func put(_ bits: UInt32, _ count: Int, _ offset: Int) {
            for i in 0..<count { bytes[start + offset + i] = UInt8(truncatingIfNeeded: bits >> UInt32(8 * i)) }
        }
        let small = Float.random(in: -0.04...0.04, using: &random)
        let other = Float.random(in: 0...0.04, using: &random)
        switch dtype {
        case .f32, .q8_K: put(small.bitPattern, 4, 0)
        case .iq1_M:  // the top nibbles of four words are the factor
            let factor = UInt32(Narrow.f16(small))
            for word in 0..<4 {
                let at = start + 49 + 2 * word
                bytes[at] = bytes[at] & 15 | UInt8(truncatingIfNeeded: factor >> UInt32(4 * word) & 15) << 4
            }
        case .f16: put(UInt32(Narrow.f16(small)), 2, 0)
        case .bf16: put(UInt32(Narrow.bf16(small)), 2, 0)
        case .mxfp4: bytes[start] = UInt8.random(in: 118...123, using: &random)
        case .nvfp4: for i in 0..<4 { bytes[start + i] = UInt8.random(in: 0x18...0x30, using: &random) }
        default:
            let offsets: [Int] =
                switch dtype {
                case .q2_K: [80, 82]
                case .q3_K: [108]
                case .q6_K: [208]
                case .tq1_0: [52]
                case .tq2_0: [64]
                case .q4_1, .q5_1, .q4_K, .q5_K: [0, 2]
                default: [0]
                }
            for (index, offset) in offsets.enumerated() {
                put(UInt32(Narrow.f16(index == 0 ? small : other)), 2, offset)
            }
        }
    }
}
