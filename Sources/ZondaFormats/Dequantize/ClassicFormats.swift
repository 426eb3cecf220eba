import ZondaCore

// GGML's first formats, most of 32 values: one scale, some with a minimum. Byte j holds value j in its low half and value
// j + 16 in its high half. d and m are half-precision.

/// d, 16 bytes of bits: 128 values of d or -d.
enum Q1_0: BlockFormat {
    static let dtype = DType.q1_0
    static func decode(_ block: Block, _ out: UnsafeMutablePointer<Float>) {
        let d = block.half(0)
        for value in 0..<128 {
            out[value] = block.byte(2 + value / 8) &>> Int32(value % 8) & 1 == 1 ? d : -d
        }
    }
}

/// d, 16 bytes of 2-bit values, four to a byte in order: 64 values of d (q - 1).
enum Q2_0: BlockFormat {
    static let dtype = DType.q2_0
    static func decode(_ block: Block, _ out: UnsafeMutablePointer<Float>) {
        let d = block.half(0)
        for value in 0..<64 {
            out[value] = d * Float(block.byte(2 + value / 4) &>> Int32(value % 4 * 2) & 3 &- 1)
        }
    }
}

/// d, 16 bytes: d (q - 8).
enum Q4_0: BlockFormat {
    static let dtype = DType.q4_0
    static func decode(_ block: Block, _ out: UnsafeMutablePointer<Float>) {
        let d = block.half(0)
        for j in 0..<16 {
            let byte = block.byte(2 + j)
            out[j] = d * Float(byte & 15 &- 8)
            out[j + 16] = d * Float(byte &>> 4 &- 8)
        }
    }
}

/// d, m, 16 bytes: d q + m.
enum Q4_1: BlockFormat {
    static let dtype = DType.q4_1
    static func decode(_ block: Block, _ out: UnsafeMutablePointer<Float>) {
        let (d, m) = (block.half(0), block.half(2))
        for j in 0..<16 {
            let byte = block.byte(4 + j)
            out[j] = d * Float(byte & 15) + m
            out[j + 16] = d * Float(byte &>> 4) + m
        }
    }
}

/// d, 32 fifth bits, 16 bytes: d (q - 16).
enum Q5_0: BlockFormat {
    static let dtype = DType.q5_0
    static func decode(_ block: Block, _ out: UnsafeMutablePointer<Float>) {
        let (d, high) = (block.half(0), block.uint32(2))
        for j in 0..<16 {
            let byte = block.byte(6 + j)
            out[j] = d * Float(byte & 15 | fifthBit(high, j) &- 16)
            out[j + 16] = d * Float(byte &>> 4 | fifthBit(high, j + 16) &- 16)
        }
    }
}

/// d, m, 32 fifth bits, 16 bytes: d q + m.
enum Q5_1: BlockFormat {
    static let dtype = DType.q5_1
    static func decode(_ block: Block, _ out: UnsafeMutablePointer<Float>) {
        let (d, m, high) = (block.half(0), block.half(2), block.uint32(4))
        for j in 0..<16 {
            let byte = block.byte(8 + j)
            out[j] = d * Float(byte & 15 | fifthBit(high, j)) + m
            out[j + 16] = d * Float(byte &>> 4 | fifthBit(high, j + 16)) + m
        }
    }
}

@inline(__always)
private func fifthBit(_ bits: UInt32, _ index: Int) -> Int32 {
    Int32(truncatingIfNeeded: (bits &>> UInt32(truncatingIfNeeded: index) & 1) &<< 4)
}

/// d, 32 signed bytes: d q.
enum Q8_0: BlockFormat {
    static let dtype = DType.q8_0
    static func decode(_ block: Block, _ out: UnsafeMutablePointer<Float>) {
        let d = block.half(0)
        for j in 0..<32 { out[j] = Float(block.signedByte(2 + j)) * d }
    }
}

/// d, the sum of the values, 32 signed bytes: d q.
enum Q8_1: BlockFormat {
    static let dtype = DType.q8_1
    static func decode(_ block: Block, _ out: UnsafeMutablePointer<Float>) {
        let d = block.half(0)
        for j in 0..<32 { out[j] = Float(block.signedByte(4 + j)) * d }
    }
}
