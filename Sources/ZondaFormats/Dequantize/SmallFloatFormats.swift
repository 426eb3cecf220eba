import ZondaCore

// Formats of few levels: ternary digits and 4-bit floats.

/// 48 bytes of five ternary digits, 4 of four, d: d (digit - 1). A byte is the fraction digits / 243 of 256, so the next
/// digit is what a product with 3 carries out of the byte.
enum TQ1_0: BlockFormat {
    static let dtype = DType.tq1_0
    static func decode(_ block: Block, _ out: UnsafeMutablePointer<Float>) {
        let d = block.half(52)
        run(block, from: 0, bytes: 32, digits: 5, d, out)
        run(block, from: 32, bytes: 16, digits: 5, d, out + 160)
        run(block, from: 48, bytes: 4, digits: 4, d, out + 240)
    }

    @inline(__always)
    private static func run(
        _ block: Block, from start: Int, bytes: Int, digits: Int, _ d: Float, _ out: UnsafeMutablePointer<Float>
    ) {
        var power: Int32 = 1
        for digit in 0..<digits {
            for j in 0..<bytes {
                let rest = block.byte(start + j) &* power & 255
                out[digit * bytes + j] = d * Float((rest &* 3) &>> 8 &- 1)
            }
            power &*= 3
        }
    }
}

/// 64 bytes of 2-bit values, d: d (q - 1).
enum TQ2_0: BlockFormat {
    static let dtype = DType.tq2_0
    static func decode(_ block: Block, _ out: UnsafeMutablePointer<Float>) {
        let d = block.half(64)
        for group in 0..<8 {
            let (source, shift) = (32 * (group / 4), Int32(group % 4 * 2))
            for l in 0..<32 { out[32 * group + l] = d * Float(block.byte(source + l) &>> shift & 3 &- 1) }
        }
    }
}

/// A power of two, 16 bytes of E2M1 floats. Source: OCP Microscaling Formats (MX) 1.0.
enum MXFP4: BlockFormat {
    static let dtype = DType.mxfp4
    static func decode(_ block: Block, _ out: UnsafeMutablePointer<Float>) {
        // Half of 2^(e - 127), as the values below are doubled; the two smallest are denormal.
        let exponent = UInt32(truncatingIfNeeded: block.byte(0))
        let d = Float(bitPattern: exponent < 2 ? 0x0020_0000 << exponent : (exponent - 1) << 23)
        for j in 0..<16 {
            out[j] = d * doubledE2M1(block.nibble(1 + j, 0))
            out[j + 16] = d * doubledE2M1(block.nibble(1 + j, 1))
        }
    }
}

/// Four E4M3 scales without sign, then 8 bytes of E2M1 floats for each: 64 values in groups of 16.
enum NVFP4: BlockFormat {
    static let dtype = DType.nvfp4
    static func decode(_ block: Block, _ out: UnsafeMutablePointer<Float>) {
        for group in 0..<4 {
            let d = halfE4M3(block.byte(group))
            for j in 0..<8 {
                out[16 * group + j] = d * doubledE2M1(block.nibble(4 + 8 * group + j, 0))
                out[16 * group + j + 8] = d * doubledE2M1(block.nibble(4 + 8 * group + j, 1))
            }
        }
    }

    /// Half the value of an E4M3 float whose sign is ignored; its NaN counts as 0.
    private static func halfE4M3(_ byte: Int32) -> Float {
        let (exponent, mantissa) = (byte &>> 3 & 15, Float(byte & 7))
        if byte == 0x7F { return 0 }
        if exponent == 0 { return mantissa * 0x1p-10 }
        // 2^(exponent - 7), halved
        return (1 + mantissa / 8) * Float(bitPattern: UInt32(truncatingIfNeeded: exponent &+ 119) << 23)
    }
}

/// Twice the value of a 4-bit E2M1 float: 0, 1, 2, 3, 4, 6, 8, 12 and their negatives.
@inline(__always)
private func doubledE2M1(_ bits: Int32) -> Float {
    let nibbles: UInt64 = 0xC864_3210
    let magnitude = Float(Int32(truncatingIfNeeded: nibbles &>> UInt64(truncatingIfNeeded: 4 &* (bits & 7)) & 15))
    // The reference's negative zero is an integer, hence positive.
    return bits > 8 ? -magnitude : magnitude
}
