import ZondaCore

// The K formats: 256 values with small scales of their own for each 16 or 32, and one or two half-precision factors.

/// 16 bytes of scale and minimum, 64 bytes of 2-bit values, d, dmin: (d s) q - (dmin m) for each 16.
enum Q2_K: BlockFormat {
    static let dtype = DType.q2_K
    static func decode(_ block: Block, _ out: UnsafeMutablePointer<Float>) {
        let (d, dmin) = (block.half(80), block.half(82))
        for group in 0..<16 {
            let scale = block.byte(group)
            let (s, m) = (d * Float(scale & 15), dmin * Float(scale &>> 4))
            let (source, shift) = (16 + crumbOffset(group), crumbShift(group))
            for l in 0..<16 { out[16 * group + l] = s * Float(block.byte(source + l) &>> shift & 3) - m }
        }
    }
}

/// 32 bytes of third bits, 64 bytes of 2-bit values, 16 scales of 6 bits, d: (d s) (q - 4 where the third bit is off).
enum Q3_K: BlockFormat {
    static let dtype = DType.q3_K
    static func decode(_ block: Block, _ out: UnsafeMutablePointer<Float>) {
        let d = block.half(108)
        for group in 0..<16 {
            let low = block.nibble(96 + group % 8, group / 8)
            let high = block.byte(104 + group % 4) &>> Int32(group / 4 * 2) & 3
            let s = d * Float(low | high &<< 4 &- 32)
            let (source, shift) = (32 + crumbOffset(group), crumbShift(group))
            let (mask, bit) = (16 * (group % 2), Int32(group / 2))
            for l in 0..<16 {
                let third = (block.byte(mask + l) &>> bit & 1) &<< 2
                out[16 * group + l] = s * Float((block.byte(source + l) &>> shift & 3) &+ third &- 4)
            }
        }
    }
}

// 2-bit values lie in two runs of 32 bytes. A run's lowest two bits are its first 32 values, and so on upwards.

@inline(__always)
private func crumbOffset(_ group: Int) -> Int { 32 * (group / 8) + 16 * (group % 2) }

@inline(__always)
private func crumbShift(_ group: Int) -> Int32 { Int32(group % 8 / 2 * 2) }

/// d, dmin, 8 scales and minima of 6 bits, 128 bytes of 4-bit values: (d s) q - (dmin m) for each 32.
enum Q4_K: BlockFormat {
    static let dtype = DType.q4_K
    static func decode(_ block: Block, _ out: UnsafeMutablePointer<Float>) {
        for group in 0..<8 {
            let (s, m) = scaleAndMinimum(block, group)
            let (source, shift) = (16 + 32 * (group / 2), Int32(group % 2 * 4))
            for l in 0..<32 { out[32 * group + l] = s * Float(block.byte(source + l) &>> shift & 15) - m }
        }
    }
}

/// As Q4_K, with 32 bytes of fifth bits before the 4-bit values.
enum Q5_K: BlockFormat {
    static let dtype = DType.q5_K
    static func decode(_ block: Block, _ out: UnsafeMutablePointer<Float>) {
        for group in 0..<8 {
            let (s, m) = scaleAndMinimum(block, group)
            let (source, shift, bit) = (48 + 32 * (group / 2), Int32(group % 2 * 4), Int32(group))
            for l in 0..<32 {
                let fifth = (block.byte(16 + l) &>> bit & 1) &<< 4
                out[32 * group + l] = s * Float(block.byte(source + l) &>> shift & 15 | fifth) - m
            }
        }
    }
}

/// The scale and minimum of 32 values. Those of groups 0 to 3 are the low 6 bits of bytes 0 to 7; those of groups 4 to 7
/// have 4 bits in bytes 8 to 11 and their upper 2 in what is left of bytes 0 to 7.
@inline(__always)
private func scaleAndMinimum(_ block: Block, _ group: Int) -> (scale: Float, minimum: Float) {
    let (d, dmin) = (block.half(0), block.half(2))
    let scales = 4
    if group < 4 {
        let (s, m) = (block.byte(scales + group) & 63, block.byte(scales + group + 4) & 63)
        return (d * Float(s), dmin * Float(m))
    }
    let s = block.nibble(scales + group + 4, 0) | (block.byte(scales + group - 4) &>> 6) &<< 4
    let m = block.nibble(scales + group + 4, 1) | (block.byte(scales + group) &>> 6) &<< 4
    return (d * Float(s), dmin * Float(m))
}

/// 128 bytes of low 4 bits, 64 bytes of high 2 bits, 16 signed scales, d: (d s) (q - 32).
enum Q6_K: BlockFormat {
    static let dtype = DType.q6_K
    static func decode(_ block: Block, _ out: UnsafeMutablePointer<Float>) {
        let d = block.half(208)
        for group in 0..<16 {
            let s = d * Float(block.signedByte(192 + group))
            let quarter = group % 8 / 2  // low bits: two runs in low nibbles, then the same two in high ones
            let low = 64 * (group / 8) + 32 * (quarter % 2) + 16 * (group % 2)
            let (lowShift, high) = (Int32(quarter / 2 * 4), 128 + crumbOffset(group))
            for l in 0..<16 {
                let upper = (block.byte(high + l) &>> crumbShift(group) & 3) &<< 4
                out[16 * group + l] = s * Float(block.byte(low + l) &>> lowShift & 15 | upper &- 32)
            }
        }
    }
}

/// d as float32, 256 signed bytes, 16 sums: d q.
enum Q8_K: BlockFormat {
    static let dtype = DType.q8_K
    static func decode(_ block: Block, _ out: UnsafeMutablePointer<Float>) {
        let d = block.float(0)
        for j in 0..<256 { out[j] = d * Float(block.signedByte(4 + j)) }
    }
}
