import Glibc

/// Numbers as Python prints and rounds them.
enum PythonNumber {
    /// `repr` of a float: the shortest digits that read back the same, with an exponent below 1e-4 and from 1e16.
    static func representation(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
        guard value != 0 else { return value.sign == .minus ? "-0.0" : "0.0" }
        let (digits, exponent) = shortestDigits(value.magnitude)
        let sign = value < 0 ? "-" : ""
        if exponent < -4 || exponent >= 16 {
            let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
            let magnitude = abs(exponent)
            return
                "\(sign)\(digits.prefix(1))\(fraction)e\(exponent < 0 ? "-" : "+")\(magnitude < 10 ? "0" : "")\(magnitude)"
        }
        if exponent < 0 { return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits }
        let whole = exponent + 1
        if digits.count <= whole { return sign + digits + String(repeating: "0", count: whole - digits.count) + ".0" }
        return sign + digits.prefix(whole) + "." + digits.dropFirst(whole)
    }

    /// The shortest digits of a positive number, and the power of ten of the first.
    private static func shortestDigits(_ value: Double) -> (digits: String, exponent: Int) {
        let parts = value.description.split(separator: "e")
        let number = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        var exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let fraction = number.count > 1 && number[1] != "0" ? String(number[1]) : ""
        var digits = String(number[0]) + fraction
        exponent += number[0].count - 1
        while digits.hasPrefix("0"), digits.count > 1 {
            digits.removeFirst()
            exponent -= 1
        }
        while digits.hasSuffix("0"), digits.count > 1 { digits.removeLast() }
        return (digits, exponent)
    }

    /// Formatted as C's `printf` does with one number.
    ///
    /// - Parameter conversion: `e`, `E`, `f`, `F`, `g` or `G`.
    static func formatted(_ value: Double, conversion: Character, precision: Int, isAlternate: Bool = false) -> String {
        guard value.isFinite else {
            let text = value.isNaN ? "nan" : value < 0 ? "-inf" : "inf"
            return conversion.isUppercase ? text.uppercased() : text
        }
        let format = "%\(isAlternate ? "#" : "").\(precision)\(conversion)"
        return withVaList([value]) { list in
            var buffer = [CChar](repeating: 0, count: precision + 400)
            let count = vsnprintf(&buffer, buffer.count, format, list)
            return String(decoding: buffer.prefix(max(0, Int(count))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    /// `round(value, digits)`: the decimal nearest to the exact value, halves to even.
    static func rounded(_ value: Double, digits: Int) -> Double {
        guard value.isFinite, digits < 320 else { return value }
        if digits >= 0 { return Double(formatted(value, conversion: "f", precision: digits)) ?? value }
        guard digits > -310 else { return copysign(0, value) }
        let scale = pow(10, Double(-digits))
        return (value / scale).rounded(.toNearestOrEven) * scale
    }

    /// `float(text)`.
    static func float(_ text: String) -> Double? {
        let text = withoutSeparators(PythonText.stripped(text))
        switch text?.lowercased() {
        case "inf", "+inf", "infinity", "+infinity": return .infinity
        case "-inf", "-infinity": return -.infinity
        case "nan", "+nan", "-nan": return .nan
        default: break
        }
        guard let text, text.utf8.allSatisfy({ "0123456789.eE+-".utf8.contains($0) }) else { return nil }
        return Double(text)
    }

    /// `int(text, base)`, for base 0 and 2 to 36.
    static func integer(_ text: String, base: Int) -> Int128? {
        guard var digits = withoutSeparators(PythonText.stripped(text)).map({ Substring($0) }) else { return nil }
        let isNegative = digits.hasPrefix("-")
        if isNegative || digits.hasPrefix("+") { digits = digits.dropFirst() }
        var base = base
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where base == radix || base == 0 {
            if digits.lowercased().hasPrefix(prefix) {
                digits = digits.dropFirst(2)
                base = radix
            }
        }
        if base == 0 { base = 10 }
        guard (2...36).contains(base), let first = digits.utf8.first, first != UInt8(ascii: "-"),
            first != UInt8(ascii: "+")
        else { return nil }
        return Int128((isNegative ? "-" : "") + digits, radix: base)
    }

    /// Without underscores, each of which must stand between two digits.
    private static func withoutSeparators(_ text: String) -> String? {
        guard text.utf8.contains(UInt8(ascii: "_")) else { return text }
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        for (left, right) in zip(parts, parts.dropFirst()) {
            guard left.last?.isHexDigit == true, right.first?.isHexDigit == true else { return nil }
        }
        return parts.joined()
    }
}
