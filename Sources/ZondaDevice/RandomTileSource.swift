public import ZondaCore

/// Rows of a weight made of random bits: a shape can be run, and timed, without a file.
///
/// A row depends on the seed and its number only. Its values have about the standard deviation asked for, so that a
/// model made of them neither vanishes nor overflows; NVFP4, whose blocks have no fine scale, comes within a factor of 2.
public struct RandomTileSource: TileSource {
    private let spec: WeightSpec
    private let deviation: Float
    private let seed: UInt64
    private let rowByteCount: Int

    /// - Parameter deviation: standard deviation of the values; nil is 1 / √columns, which keeps the size of activations.
    /// - Throws: `badTensor` when rows do not fill whole blocks.
    public init(_ spec: WeightSpec, deviation: Float? = nil, seed: UInt64) throws(ZondaError) {
        guard let rowByteCount = spec.dtype.byteCount(of: spec.columns), spec.columns > 0 else {
            throw ZondaError(
                .badTensor,
                "\(spec.name): rows of \(spec.columns) values do not fill blocks of \(spec.dtype.blockSize) of "
                    + spec.dtype.rawValue)
        }
        self.spec = spec
        self.deviation = deviation ?? 1 / Float(spec.columns).squareRoot()
        self.seed = seed
        self.rowByteCount = rowByteCount
    }

    public func withRows(
        _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(ZondaError) -> Void
    ) throws(ZondaError) {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: range.count * rowByteCount, alignment: 8)
        defer { bytes.deallocate() }
        for (index, row) in range.enumerated() {
            fill(UnsafeMutableRawBufferPointer(rebasing: bytes[index * rowByteCount..<(index + 1) * rowByteCount]), row)
        }
        try body(UnsafeRawBufferPointer(bytes))
    }

    public func discardRows(below row: Int) {}

    public var randomRows: RandomRows? { RandomRows(spec.dtype, deviation: deviation, seed: seed) }

    private func fill(_ row: UnsafeMutableRawBufferPointer, _ index: Int) {
        var generator = SplitMix(state: seed &+ UInt64(truncatingIfNeeded: index) &* RandomRows.rowStride)
        for offset in stride(from: 0, to: row.count, by: 8) {
            let bits = generator.next()
            guard row.count - offset < 8 else {
                row.storeBytes(of: bits.littleEndian, toByteOffset: offset, as: UInt64.self)
                continue
            }
            for i in 0..<row.count - offset {
                row[offset + i] = UInt8(truncatingIfNeeded: bits >> UInt64(8 * i))
            }
        }
        for start in stride(from: 0, to: row.count, by: spec.dtype.blockBytes) {
            spec.dtype.setScale(
                of: UnsafeMutableRawBufferPointer(rebasing: row[start..<start + spec.dtype.blockBytes]), deviation)
        }
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014).
private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Random rows as a recipe, for a device that makes them without the host.
///
/// Bytes 8i ... 8i + 7 of row r are output i (from 0, lowest byte first) of SplitMix64 whose state begins at
/// `seed + r * rowStride`. Of each block of a quantized type, `patches` then fix the bytes that hold scales; plain numbers
/// are `RandomRows.uniform` of their bits.
public struct RandomRows: Sendable, Hashable {
    /// byte = byte & keep | value, at `offset` in every block.
    public struct Patch: Sendable, Hashable {
        public var offset: Int
        public var keep: UInt8
        public var value: UInt8

        public init(offset: Int, keep: UInt8, value: UInt8) {
            self.offset = offset
            self.keep = keep
            self.value = value
        }
    }

    public let dtype: DType
    public let deviation: Float
    public let seed: UInt64

    public static let rowStride: UInt64 = 0xD1B5_4A32_D192_ED03
    /// Plain numbers are (bits / 32768 - 1) * deviation * `spread`, of 16 bits: uniform, hence the square root of 3.
    public static let spread: Float = 1.732

    init(_ dtype: DType, deviation: Float, seed: UInt64) {
        self.dtype = dtype
        self.deviation = deviation
        self.seed = seed
    }

    /// The bytes of a block that are not random, or not all of their bits: found by setting the scales of a block of zeros
    /// and of one of ones. Empty for plain numbers.
    public var patches: [Patch] {
        guard dtype.isPacked else { return [] }
        let zeros = block(filledWith: 0)
        let ones = block(filledWith: 0xFF)
        return zeros.indices.compactMap { offset in
            let keep = zeros[offset] ^ ones[offset]
            return keep == 0xFF ? nil : Patch(offset: offset, keep: keep, value: zeros[offset])
        }
    }

    private func block(filledWith byte: UInt8) -> [UInt8] {
        var bytes = [UInt8](repeating: byte, count: dtype.blockBytes)
        bytes.withUnsafeMutableBytes { dtype.setScale(of: $0, deviation) }
        return bytes
    }
}

extension DType {
    /// Writes the scales of a block of random bits so that its values have about this standard deviation.
    fileprivate func setScale(of block: UnsafeMutableRawBufferPointer, _ deviation: Float) {
        func store(_ value: Float, at offset: Int) {
            block.storeBytes(of: Float16(value).bitPattern.littleEndian, toByteOffset: offset, as: UInt16.self)
        }
        /// A scale at `offset`, and the minimum beside it that centres values of at least 0.
        func store(deviation unscaled: Float, at offset: Int, minimum: Float? = nil) {
            store(deviation / unscaled, at: offset)
            if let minimum { store(minimum * deviation / unscaled, at: offset + 2) }
        }
        switch self {
        case .f64, .i64, .i32, .i16, .i8, .u8, .bool, .fp8: break
        case .f32, .f16, .bf16: storeUniform(block, deviation)
        case .q4_0: store(deviation: 4.6, at: 0)
        case .q1_0: store(deviation: 1, at: 0)
        case .q2_0: store(deviation: 1.2, at: 0)
        case .q4_1: store(deviation: 4.6, at: 0, minimum: -7.5)
        case .q5_0: store(deviation: 9.2, at: 0)
        case .q5_1: store(deviation: 9.2, at: 0, minimum: -15.5)
        case .q8_0, .q8_1: store(deviation: 74, at: 0, minimum: self == .q8_1 ? 0 : nil)
        case .q2_K: store(deviation: 17, at: 80, minimum: 1.5)
        case .q3_K: store(deviation: 42, at: 108)
        case .q4_K: store(deviation: 255, at: 0, minimum: 7.5)
        case .q5_K: store(deviation: 520, at: 0, minimum: 15.5)
        case .q6_K: store(deviation: 1370, at: 208)
        case .q8_K: block.storeBytes(of: deviation / 74, as: Float.self)
        case .iq2_XXS, .iq2_XS, .iq2_S: store(deviation: 56, at: 0)
        case .iq3_XXS: store(deviation: 130, at: 0)
        case .iq3_S: store(deviation: 144, at: 0)
        case .iq1_S: store(deviation: 6.5, at: 0)
        case .iq1_M: storeSpread(Float16(deviation / 6.5), block)
        case .iq4_NL: store(deviation: 70, at: 0)
        case .iq4_XS: store(deviation: 1300, at: 0)
        case .tq1_0: store(deviation: 0.8, at: 52)
        case .tq2_0: store(deviation: 1.2, at: 64)
        // An exponent with bias 127, of values that are stored doubled.
        case .mxfp4: block[0] = UInt8(clamping: 127 + Int((deviation / 2.9).exponent))
        // Four unsigned 8-bit floats of 4 exponent bits (bias 7) and 3 of mantissa.
        case .nvfp4: for i in 0..<4 { block[i] = UInt8(max(1, min(14, 7 + Int((deviation / 2.9).exponent)))) << 3 }
        }
    }

    private func storeUniform(_ block: UnsafeMutableRawBufferPointer, _ deviation: Float) {
        let bits =
            block.count == 4 ? block.loadUnaligned(as: UInt32.self) >> 16 : UInt32(block.loadUnaligned(as: UInt16.self))
        let value = (Float(bits) / 32768 - 1) * deviation * RandomRows.spread
        switch self {
        case .f32: block.storeBytes(of: value, as: Float.self)
        case .f16: block.storeBytes(of: Float16(value), as: Float16.self)
        default: block.storeBytes(of: UInt16(value.bitPattern >> 16), as: UInt16.self)
        }
    }

    /// IQ1_M keeps its scale in the top nibbles of four words.
    private func storeSpread(_ scale: Float16, _ block: UnsafeMutableRawBufferPointer) {
        for i in 0..<4 {
            let nibble = UInt8(scale.bitPattern >> UInt16(4 * i) & 15)
            block[48 + 2 * i + 1] = block[48 + 2 * i + 1] & 15 | nibble << 4
        }
    }
}
