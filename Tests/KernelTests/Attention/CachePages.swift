import CZondaKernels

/// Pages read back, by the layout that zonda_cache.h describes, written down a second time.
struct CachePages {
    private let type: CacheType
    private let kvHeads: Int
    private let headSize: Int
    private let bytes: [UInt8]
    private var isTouched: [Bool]

    init(_ type: CacheType, kvHeads: Int, headSize: Int, words: [UInt32]) {
        self.type = type
        self.kvHeads = kvHeads
        self.headSize = headSize
        bytes = words.withUnsafeBytes(Array.init)
        isTouched = [Bool](repeating: false, count: bytes.count)
    }

    private var valueByteCount: Int {
        switch type {
        case .f32: 4
        case .f16, .bf16: 2
        case .e4m3: 1
        }
    }
    /// Of rounding to nearest, and a little for values near a power of two.
    private var relativeError: Double {
        switch type {
        case .f32: 0
        case .f16: 0x1.02p-11
        case .bf16: 0x1.02p-8
        case .e4m3: 0x1.02p-4
        }
    }
    private var paddedSize: Int { (headSize + 15) / 16 * 16 }
    private var halfByteCount: Int { 32 * paddedSize * valueByteCount }
    private var headByteCount: Int { 2 * halfByteCount + (type == .e4m3 ? 2 * 32 * 4 : 0) }

    /// How far the head's values in the cache are from these, in units of the type's tolerance. Marks their bytes.
    mutating func check(_ values: [Double], half: Int, head: Int, slot: Int) -> Double {
        let (page, token) = (slot / 32, slot % 32)
        let block = (page * kvHeads + head) * headByteCount
        var scale = 1.0
        if type == .e4m3 {
            let at = block + 2 * halfByteCount + (half * 32 + token) * 4
            scale = Double(Float(bitPattern: UInt32(truncatingIfNeeded: take(at, 4))))
        }
        let limit = type == .f16 || type == .e4m3 ? 65504 : Double.infinity
        let limited = values.map { min(max($0, -limit), limit) }
        let largest = limited.map(abs).max() ?? 0
        var worst = 0.0
        for i in 0..<paddedSize {
            let expected: Double = i < headSize ? limited[i] : 0
            let stored = number(take(block + half * halfByteCount + place(token, i), valueByteCount)) * scale
            let smallest: Double = type == .e4m3 ? largest / 448 / 1024 : 0x1p-25
            // What the arithmetic in f32 before may be off.
            let slack: Double = 1e-5 * (1 + largest)
            let tolerance: Double = relativeError * abs(expected) + smallest + slack
            worst = max(worst, abs(stored - expected) / tolerance)
        }
        return worst
    }

    func untouchedAreIntact(filledWith byte: UInt8) -> Bool {
        zip(bytes, isTouched).allSatisfy { $1 || $0 == byte }
    }

    /// Rows of a power of two in pieces mix all lower bits of the token in, odd ones none.
    private func place(_ token: Int, _ index: Int) -> Int {
        let perPiece = 16 / valueByteCount
        let pieces = paddedSize / perPiece
        let mix =
            pieces % 8 == 0
            ? token % 8 : pieces % 4 == 0 ? token % 8 / 2 : pieces % 2 == 0 ? token % 8 / 4 : 0
        return (token * pieces + (index / perPiece ^ mix)) * 16 + index % perPiece * valueByteCount
    }

    private mutating func take(_ offset: Int, _ count: Int) -> UInt64 {
        (0..<count).reduce(0) { word, i in
            isTouched[offset + i] = true
            return word | UInt64(bytes[offset + i]) << UInt64(8 * i)
        }
    }

    private func number(_ bits: UInt64) -> Double {
        switch type {
        case .f32: Double(Float(bitPattern: UInt32(bits)))
        case .f16: Double(Narrow.float(f16: UInt16(bits)))
        case .bf16: Double(Narrow.float(bf16: UInt16(bits)))
        case .e4m3: Double(Narrow.float(e4m3: UInt8(bits)))
        }
    }
}
