import ZondaCore

// The IQ formats: rows of a codebook, with signs and scales. d is half-precision, 256 values (IQ4_NL: 32).

/// d, then for each 32 values four row numbers, 4 x 7 sign bits and a 4-bit scale.
enum IQ2_XXS: BlockFormat {
    static let dtype = DType.iq2_XXS
    static func decode(_ block: Block, _ out: UnsafeMutablePointer<Float>) {
        let d = block.half(0)
        for group in 0..<8 {
            let extra = block.uint32(2 + 8 * group + 4)
            let s = d * (0.5 + Float(extra >> 28)) * 0.25
            for row in 0..<4 {
                let values = CodebookGrid.iq2XXS[block.byte(2 + 8 * group + row)]
                write(values, 8, signs: evenSigns(extra, row), s, out + 32 * group + 8 * row)
            }
        }
    }
}

/// d, 32 row numbers of 9 bits with 7 sign bits, 16 scales of 4 bits.
enum IQ2_XS: BlockFormat {
    static let dtype = DType.iq2_XS
    static func decode(_ block: Block, _ out: UnsafeMutablePointer<Float>) {
        let d = block.half(0)
        for row in 0..<32 {
            let s = d * (0.5 + Float(block.nibble(66 + row / 4, row / 2 % 2))) * 0.25
            let code = block.uint16(2 + 2 * row)
            write(CodebookGrid.iq2XS[code & 511], 8, signs: evenSigns(UInt32(code) >> 9, 0), s, out + 8 * row)
        }
    }
}

/// d, 32 row numbers of 10 bits in two parts, 32 bytes of signs between them, 16 scales of 4 bits.
enum IQ2_S: BlockFormat {
    static let dtype = DType.iq2_S
    static func decode(_ block: Block, _ out: UnsafeMutablePointer<Float>) {
        let d = block.half(0)
        for row in 0..<32 {
            let s = d * (0.5 + Float(block.nibble(74 + row / 4, row / 2 % 2))) * 0.25
            let high = block.byte(66 + row / 4) &>> Int32(row % 4 * 2) & 3
            let values = CodebookGrid.iq2S[block.byte(2 + row) | high &<< 8]
            write(values, 8, signs: UInt32(block.byte(34 + row)), s, out + 8 * row)
        }
    }
}

/// d, 64 row numbers, then for each 32 values 4 x 7 sign bits and a 4-bit scale.
enum IQ3_XXS: BlockFormat {
    static let dtype = DType.iq3_XXS
    static func decode(_ block: Block, _ out: UnsafeMutablePointer<Float>) {
        let d = block.half(0)
        for group in 0..<8 {
            let extra = block.uint32(66 + 4 * group)
            let s = d * (0.5 + Float(extra >> 28)) * 0.5
            for row in 0..<8 {
                let values = CodebookGrid.iq3XXS[block.byte(2 + 8 * group + row)]
                let signs = evenSigns(extra, row / 2) >> UInt32(row % 2 * 4)
                write(values, 4, signs: signs, s, out + 32 * group + 4 * row)
            }
        }
    }
}

/// d, 64 row numbers of 9 bits in two parts, 32 bytes of signs, 8 scales of 4 bits.
enum IQ3_S: BlockFormat {
    static let dtype = DType.iq3_S
    static func decode(_ block: Block, _ out: UnsafeMutablePointer<Float>) {
        let d = block.half(0)
        for row in 0..<64 {
            let s = d * Float(1 &+ 2 &* block.nibble(106 + row / 16, row / 8 % 2))
            let high = block.byte(66 + row / 8) &>> Int32(row % 8) & 1
            let values = CodebookGrid.iq3S[block.byte(2 + row) | high &<< 8]
            let signs = UInt32(block.nibble(74 + row / 2, row % 2))
            write(values, 4, signs: signs, s, out + 4 * row)
        }
    }
}

/// d, 32 low bytes of row numbers, then for each 32 values four times their upper 3 bits, a 3-bit scale and the sign of
/// the shift.
enum IQ1_S: BlockFormat {
    static let dtype = DType.iq1_S
    static func decode(_ block: Block, _ out: UnsafeMutablePointer<Float>) {
        let d = block.half(0)
        for group in 0..<8 {
            let extra = block.uint16(34 + 2 * group)
            let s = d * Float(2 &* (extra &>> 12 & 7) &+ 1)
            let shift: Float = extra & 0x8000 == 0 ? 0.125 : -0.125
            for row in 0..<4 {
                let number = block.byte(2 + 4 * group + row) | (extra &>> Int32(3 * row) & 7) &<< 8
                writeShifted(CodebookGrid.iq1[number], by: shift, s, out + 32 * group + 8 * row)
            }
        }
    }
}

/// 32 low bytes of row numbers, 32 half bytes of their upper 3 bits and the sign of the shift, 16 scales of 3 bits. d is
/// what is left of the scales: the top 4 bits of each of their four words.
enum IQ1_M: BlockFormat {
    static let dtype = DType.iq1_M
    static func decode(_ block: Block, _ out: UnsafeMutablePointer<Float>) {
        var dBits: UInt32 = 0
        for word in 0..<4 { dBits |= UInt32(block.uint16(48 + 2 * word) &>> 12) << UInt32(4 * word) }
        let d = Float(halfBits: dBits)
        for row in 0..<32 {
            let scale = block.uint16(48 + row / 8 * 2) &>> Int32(row / 2 % 4 * 3) & 7
            let extra = block.nibble(32 + row / 2, row % 2)
            let shift: Float = extra & 8 == 0 ? 0.125 : -0.125
            let values = CodebookGrid.iq1[block.byte(row) | (extra & 7) &<< 8]
            writeShifted(values, by: shift, d * Float(2 &* scale &+ 1), out + 8 * row)
        }
    }
}

/// d, 16 bytes of 4-bit codes for uneven levels, in the order of Q4_0.
enum IQ4_NL: BlockFormat {
    static let dtype = DType.iq4_NL
    static func decode(_ block: Block, _ out: UnsafeMutablePointer<Float>) {
        writeUneven(block, 2, block.half(0), out)
    }
}

/// d, 8 scales of 6 bits in two parts, 128 bytes of 4-bit codes for the levels of IQ4_NL.
enum IQ4_XS: BlockFormat {
    static let dtype = DType.iq4_XS
    static func decode(_ block: Block, _ out: UnsafeMutablePointer<Float>) {
        let (d, high) = (block.half(0), block.uint16(2))
        for group in 0..<8 {
            let scale = block.nibble(4 + group / 2, group % 2) | (high &>> Int32(2 * group) & 3) &<< 4
            writeUneven(block, 8 + 16 * group, d * Float(scale &- 32), out + 32 * group)
        }
    }
}

/// Seven signs, and an eighth that makes the number of negative ones even.
@inline(__always)
private func evenSigns(_ packed: UInt32, _ index: Int) -> UInt32 {
    let seven = packed &>> UInt32(truncatingIfNeeded: 7 &* index) & 127
    return seven | UInt32(truncatingIfNeeded: seven.nonzeroBitCount & 1) &<< 7
}

@inline(__always)
private func write(_ row: UInt64, _ width: Int, signs: UInt32, _ scale: Float, _ out: UnsafeMutablePointer<Float>) {
    for v in 0..<width {
        let product = scale * Float(Int8(truncatingIfNeeded: row &>> UInt64(truncatingIfNeeded: 8 &* v)))
        let sign = (signs &>> UInt32(truncatingIfNeeded: v) & 1) &<< 31
        out[v] = Float(bitPattern: product.bitPattern ^ sign)
    }
}

@inline(__always)
private func writeShifted(_ row: UInt64, by shift: Float, _ scale: Float, _ out: UnsafeMutablePointer<Float>) {
    for v in 0..<8 {
        out[v] = scale * (Float(Int8(truncatingIfNeeded: row &>> UInt64(truncatingIfNeeded: 8 &* v))) + shift)
    }
}

@inline(__always)
private func writeUneven(_ block: Block, _ offset: Int, _ scale: Float, _ out: UnsafeMutablePointer<Float>) {
    for j in 0..<16 {
        out[j] = scale * unevenLevels[Int(block.nibble(offset + j, 0))]
        out[j + 16] = scale * unevenLevels[Int(block.nibble(offset + j, 1))]
    }
}

private let unevenLevels: [16 of Float] = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113]
