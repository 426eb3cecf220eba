import ZondaCore

/// A way to store a block of values.
protocol BlockFormat {
    static var dtype: DType { get }
    /// Writes the values of one block.
    static func decode(_ block: Block, _ out: UnsafeMutablePointer<Float>)
}

extension BlockFormat {
    /// Writes the values of `blockCount` blocks. The caller has checked both sizes.
    static func decode(_ bytes: UnsafeRawPointer, blockCount: Int, into out: UnsafeMutablePointer<Float>) {
        let (bytesPerBlock, valuesPerBlock) = (dtype.blockBytes, dtype.blockSize)
        for index in 0..<blockCount {
            decode(Block(at: bytes + index * bytesPerBlock), out + index * valuesPerBlock)
        }
    }
}

/// The bytes of one block; offsets are those of the format, within the block's size.
struct Block {
    let at: UnsafeRawPointer

    @inline(__always)
    func byte(_ offset: Int) -> Int32 { Int32(at.load(fromByteOffset: offset, as: UInt8.self)) }

    @inline(__always)
    func signedByte(_ offset: Int) -> Int32 { Int32(at.load(fromByteOffset: offset, as: Int8.self)) }

    @inline(__always)
    func uint16(_ offset: Int) -> Int32 {
        Int32(UInt16(littleEndian: at.loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
    }

    @inline(__always)
    func uint32(_ offset: Int) -> UInt32 {
        UInt32(littleEndian: at.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    @inline(__always)
    func float(_ offset: Int) -> Float { Float(bitPattern: uint32(offset)) }

    /// A half-precision number.
    @inline(__always)
    func half(_ offset: Int) -> Float { Float(halfBits: UInt32(truncatingIfNeeded: uint16(offset))) }

    /// The low 4 bits of a byte for `high` 0, the high ones for 1.
    @inline(__always)
    func nibble(_ offset: Int, _ high: Int) -> Int32 { byte(offset) &>> Int32(truncatingIfNeeded: 4 &* high) & 15 }
}

extension Float {
    /// The half-precision number with these 16 bits. Integer operations and one exact product: a baseline x86-64 has no
    /// instruction for it, and the run-time library's function is many times slower.
    @inline(__always)
    init(halfBits: UInt32) {
        let magnitude = halfBits & 0x7FFF
        let scaled = Float(bitPattern: magnitude << 13) * 0x1p112
        let isFinite = magnitude < 0x7C00
        let bits = isFinite ? scaled.bitPattern : magnitude << 13 | 0x7F80_0000
        self.init(bitPattern: bits | (halfBits & 0x8000) << 16)
    }
}
