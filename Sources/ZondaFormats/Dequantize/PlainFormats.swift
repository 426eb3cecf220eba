import ZondaCore

// Numbers stored one by one: blocks of one value.

enum F64: BlockFormat {
    static let dtype = DType.f64
    static func decode(_ block: Block, _ out: UnsafeMutablePointer<Float>) {
        let bits = block.at.loadUnaligned(as: UInt64.self)
        out[0] = Float(Double(bitPattern: UInt64(littleEndian: bits)))
    }
}

enum F32: BlockFormat {
    static let dtype = DType.f32
    @inline(__always)
    static func decode(_ block: Block, _ out: UnsafeMutablePointer<Float>) { out[0] = block.float(0) }
}

enum F16: BlockFormat {
    static let dtype = DType.f16
    @inline(__always)
    static func decode(_ block: Block, _ out: UnsafeMutablePointer<Float>) { out[0] = block.half(0) }
}

enum BF16: BlockFormat {
    static let dtype = DType.bf16
    @inline(__always)
    static func decode(_ block: Block, _ out: UnsafeMutablePointer<Float>) {
        out[0] = Float(bitPattern: UInt32(truncatingIfNeeded: block.uint16(0)) << 16)
    }
}
