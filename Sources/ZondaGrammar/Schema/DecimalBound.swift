import ZondaFormats

/// A bound of a number, exactly as it is written in the schema.
struct DecimalBound: Hashable, Sendable {
    var isNegative: Bool
    /// Without leading zeros, "0" for none.
    var integer: String
    /// Without trailing zeros.
    var fraction: String
    var isExclusive: Bool

    var text: String { "\(isExclusive ? "x" : "")\(isNegative ? "-" : "")\(integer).\(fraction)" }

    var isZero: Bool { integer == "0" && fraction.isEmpty }

    /// nil for what is no number, or so large or small that its digits could not be written out.
    init?(_ value: JSONValue, isExclusive: Bool) {
        let text: String
        switch value {
        case .integer(let number): text = String(number)
        // The shortest text that reads as the same double.
        case .number(let number) where number.isFinite: text = "\(number)"
        default: return nil
        }
        self.isExclusive = isExclusive
        isNegative = text.hasPrefix("-")
        let parts = text.drop { $0 == "-" }.split(separator: "e", maxSplits: 1)
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        var digits = Array(mantissa.joined().utf8)
        var point = mantissa[0].utf8.count + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
        guard abs(point) < 400 else { return nil }
        while point < 0 {
            digits.insert(UInt8(ascii: "0"), at: 0)
            point += 1
        }
        while point > digits.count { digits.append(UInt8(ascii: "0")) }
        let zero = UInt8(ascii: "0")
        let whole = digits[..<point].drop { $0 == zero }
        integer = whole.isEmpty ? "0" : String(decoding: whole, as: UTF8.self)
        var rest = digits[point...]
        while rest.last == zero { rest.removeLast() }
        fraction = String(decoding: rest, as: UTF8.self)
        if isZero { isNegative = false }
    }

    /// Whether the value (not the bound's kind) is less.
    func isLess(than other: DecimalBound) -> Bool {
        if isNegative != other.isNegative { return isNegative }
        return isNegative ? other.magnitudeIsLess(than: self) : magnitudeIsLess(than: other)
    }

    private func magnitudeIsLess(than other: DecimalBound) -> Bool {
        if integer.utf8.count != other.integer.utf8.count { return integer.utf8.count < other.integer.utf8.count }
        if integer != other.integer { return integer < other.integer }
        return fraction < other.fraction
    }
}
