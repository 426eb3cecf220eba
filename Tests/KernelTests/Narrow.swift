/// Narrow floating-point types by plain arithmetic: what the kernels' conversions must give.
enum Narrow {
    static func pack(_ low: UInt16, _ high: UInt16) -> UInt32 { UInt32(low) | UInt32(high) << 16 }

    static func float(bf16 bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }
    static func float(f16 bits: UInt16) -> Float { decode(Int(bits), exponentBits: 5, mantissaBits: 10) }
    static func float(e4m3 bits: UInt8) -> Float {
        bits & 0x7F == 0x7F ? .nan : decode(Int(bits), exponentBits: 4, mantissaBits: 3, hasInfinity: false)
    }

    static func bf16(_ x: Float) -> UInt16 {
        guard !x.isNaN else { return 0x7FFF }
        // Scaled so that the value's eight significant bits stand before the point, and back; beyond, it is infinite.
        guard x.isFinite, x != 0 else { return UInt16(x.bitPattern >> 16) }
        let scale = Float(sign: .plus, exponent: max(x.exponent, -126) - 7, significand: 1)
        let rounded = Double((x / scale).rounded(.toNearestOrEven)) * Double(scale)
        return UInt16(Float(rounded).bitPattern >> 16)
    }
    static func f16(_ x: Float) -> UInt16 {
        guard !x.isNaN else { return 0x7FFF }
        let code = nearest(abs(x), codes: 0x7C00, float(f16:))
        return UInt16(code) | (x.sign == .minus ? 0x8000 : 0)
    }
    /// Saturates.
    static func e4m3(_ x: Float) -> UInt8 {
        guard !x.isNaN else { return 0x7F }
        let code = nearest(abs(x), codes: 0x7E) { float(e4m3: UInt8($0)) }
        return UInt8(code) | (x.sign == .minus ? 0x80 : 0)
    }

    /// The code of 0...codes whose value is nearest, the even one of two; values rise with codes.
    private static func nearest(_ x: Float, codes: Int, _ value: (UInt16) -> Float) -> Int {
        var (low, high) = (0, codes)
        while low < high {
            let middle = (low + high + 1) / 2
            if value(UInt16(middle)) <= x { low = middle } else { high = middle - 1 }
        }
        guard low < codes, x > value(UInt16(low)) else { return low }
        let (below, above) = (Double(value(UInt16(low))), Double(value(UInt16(low + 1))))
        // An infinite neighbour stands where the next value would be.
        let step = above.isFinite ? above - below : below - Double(value(UInt16(low - 1)))
        let distance = Double(x) - below
        return distance * 2 > step || (distance * 2 == step && low % 2 == 1) ? low + 1 : low
    }

    private static func decode(_ bits: Int, exponentBits: Int, mantissaBits: Int, hasInfinity: Bool = true) -> Float {
        let bias = 1 << (exponentBits - 1) - 1
        let exponent = bits >> mantissaBits & (1 << exponentBits - 1)
        let mantissa = Float(bits & (1 << mantissaBits - 1)) / Float(1 << mantissaBits)
        let isNegative = bits >> (exponentBits + mantissaBits) & 1 == 1
        let magnitude: Float =
            if hasInfinity, exponent == 1 << exponentBits - 1 {
                mantissa == 0 ? .infinity : .nan
            } else if exponent == 0 {
                Float(sign: .plus, exponent: 1 - bias, significand: 1) * mantissa
            } else {
                Float(sign: .plus, exponent: exponent - bias, significand: 1 + mantissa)
            }
        return isNegative ? -magnitude : magnitude
    }
}
