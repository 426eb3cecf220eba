/// A place in a text, for parsers that go through it once.
struct ScalarCursor {
    let text: [Unicode.Scalar]
    private(set) var at = 0

    init(_ text: String) { self.text = Array(text.unicodeScalars) }

    var isAtEnd: Bool { at >= text.count }

    /// The scalar here; nil at the end.
    var next: Unicode.Scalar? { at < text.count ? text[at] : nil }

    /// The scalar after `next`; nil beyond the end.
    var second: Unicode.Scalar? { at + 1 < text.count ? text[at + 1] : nil }

    mutating func advance() { at += 1 }

    mutating func move(to place: Int) { at = place }

    /// Takes the scalar here; nil at the end.
    mutating func pop() -> Unicode.Scalar? {
        guard let scalar = next else { return nil }
        at += 1
        return scalar
    }

    /// Takes `token` if it is here.
    mutating func take(_ token: String) -> Bool {
        var end = at
        for scalar in token.unicodeScalars {
            guard end < text.count, text[end] == scalar else { return false }
            end += 1
        }
        at = end
        return true
    }

    /// Takes scalars as long as they fulfill a condition.
    mutating func take(while condition: (Unicode.Scalar) -> Bool) -> String {
        let start = at
        while let scalar = next, condition(scalar) { at += 1 }
        return String(String.UnicodeScalarView(text[start..<at]))
    }

    /// Takes so many hexadecimal digits; nil where others stand.
    mutating func takeHexadecimal(_ digits: Int) -> UInt32? {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let scalar = next, scalar.isASCII, let digit = Character(scalar).hexDigitValue else { return nil }
            value = value << 4 | UInt32(digit)
            at += 1
        }
        return value
    }

    /// Takes a decimal number, one above `cap` as `cap + 1`; nil where no digit stands.
    mutating func takeCount(upTo cap: Int) -> Int? {
        let start = at
        var value = 0
        while let scalar = next, ("0"..."9").contains(scalar) {
            value = min(10 * value + Int(scalar.value - 0x30), cap + 1)
            at += 1
        }
        return at > start ? value : nil
    }
}
