extension Lexer {
    /// The end of the name at the current place; nil where none begins.
    func nameEnd() -> Int? {
        var end = at
        while end < source.count {
            let (scalar, length) = PythonText.scalar(source[end...])
            guard PythonText.isWordCharacter(scalar) else { break }
            end += length
        }
        return end > at ? end : nil
    }

    /// An integer in base 2, 8, 10 or 16, or a float; underscores may stand between digits.
    mutating func number() throws {
        let start = at
        let followsDot = start > 0 && source[start - 1] == UInt8(ascii: ".")
        if !followsDot, let end = floatEnd() {
            let digits = source[start..<end].filter { $0 != UInt8(ascii: "_") }
            guard let value = Double(String(decoding: digits, as: UTF8.self)) else {
                throw failure("a number that can't be read", from: start)
            }
            move(to: end)
            append(.float(value), from: start)
            return
        }
        var radix = 10
        switch byte(at: start + 1) | 0x20 {
        case UInt8(ascii: "b"): radix = 2
        case UInt8(ascii: "o"): radix = 8
        case UInt8(ascii: "x"): radix = 16
        default: break
        }
        var first = start
        if radix != 10 {
            let prefixed = source[start] == UInt8(ascii: "0")
            let digit = byte(at: start + 2) == UInt8(ascii: "_") ? start + 3 : start + 2
            if prefixed, isDigit(byte(at: digit), radix: radix) { first = digit } else { radix = 10 }
        }
        // A decimal that begins with 0 is only zeros: `012` reads as 0 and 12.
        let onlyZeros = radix == 10 && source[start] == UInt8(ascii: "0")
        let end = digitsEnd(from: first, radix: onlyZeros ? 1 : radix)
        let digits = source[first..<end].filter { $0 != UInt8(ascii: "_") }
        guard let value = Int128(String(decoding: digits, as: UTF8.self), radix: radix) else {
            throw Fault(.limit, "an integer of more than 128 bits", at: failure("", from: start).site)
        }
        move(to: end)
        append(.integer(value), from: start)
    }

    private func isDigit(_ byte: UInt8, radix: Int) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0")) < radix
        case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): radix == 16
        default: false
        }
    }

    private func digitsEnd(from start: Int, radix: Int) -> Int {
        var end = start
        while true {
            if isDigit(byte(at: end), radix: radix) {
                end += 1
            } else if end > start, byte(at: end) == UInt8(ascii: "_"), isDigit(byte(at: end + 1), radix: radix) {
                end += 2
            } else {
                return end
            }
        }
    }

    private func floatEnd() -> Int? {
        var end = digitsEnd(from: at, radix: 10)
        var isFloat = false
        if byte(at: end) == UInt8(ascii: "."), isDigit(byte(at: end + 1), radix: 10) {
            end = digitsEnd(from: end + 1, radix: 10)
            isFloat = true
        }
        if byte(at: end) | 0x20 == UInt8(ascii: "e") {
            let sign = byte(at: end + 1)
            let first = sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") ? end + 2 : end + 1
            if isDigit(byte(at: first), radix: 10) {
                end = digitsEnd(from: first, radix: 10)
                isFloat = true
            }
        }
        return isFloat ? end : nil
    }

    /// A string in single or double quotes, with Python's escapes.
    mutating func string() throws {
        let start = at
        let startLine = line
        let quote = source[start]
        var end = start + 1
        while end < source.count, source[end] != quote { end += source[end] == UInt8(ascii: "\\") ? 2 : 1 }
        guard end < source.count else {
            throw failure("unexpected char \(quote == UInt8(ascii: "'") ? "\"'\"" : "'\"'") at \(start)", from: start)
        }
        let value = try unescaped(start + 1..<end)
        move(to: end + 1)
        append(.string(value), from: start, line: startLine)
    }

    private func unescaped(_ range: Range<Int>) throws -> String {
        guard source[range].contains(UInt8(ascii: "\\")) else { return String(decoding: source[range], as: UTF8.self) }
        var text = String.UnicodeScalarView()
        var index = range.lowerBound
        while index < range.upperBound {
            guard source[index] == UInt8(ascii: "\\") else {
                let (scalar, length) = PythonText.scalar(source[index..<range.upperBound])
                text.append(scalar)
                index += length
                continue
            }
            let letter = source[index + 1]
            index += 2
            switch letter {
            case UInt8(ascii: "\n"): break
            case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""): text.append(Unicode.Scalar(letter))
            case UInt8(ascii: "a"): text.append("\u{07}")
            case UInt8(ascii: "b"): text.append("\u{08}")
            case UInt8(ascii: "f"): text.append("\u{0C}")
            case UInt8(ascii: "n"): text.append("\n")
            case UInt8(ascii: "r"): text.append("\r")
            case UInt8(ascii: "t"): text.append("\t")
            case UInt8(ascii: "v"): text.append("\u{0B}")
            case UInt8(ascii: "0")...UInt8(ascii: "7"):
                var end = index
                while end < min(index + 2, range.upperBound), isDigit(source[end], radix: 8) { end += 1 }
                text.append(scalar(source[index - 1..<end], radix: 8))
                index = end
            case UInt8(ascii: "x"), UInt8(ascii: "u"), UInt8(ascii: "U"):
                let count = letter == UInt8(ascii: "x") ? 2 : letter == UInt8(ascii: "u") ? 4 : 8
                let end = index + count
                guard end <= range.upperBound, source[index..<end].allSatisfy({ isDigit($0, radix: 16) }) else {
                    throw failure("truncated \\\(Character(Unicode.Scalar(letter))) escape", from: index - 2)
                }
                text.append(scalar(source[index..<end], radix: 16))
                index = end
            case UInt8(ascii: "N"):
                throw failure("characters by name (\\N{…}) are not supported", from: index - 2)
            default:
                // An unknown escape stands for itself, backslash included.
                text.append("\\")
                index -= 1
            }
        }
        return String(text)
    }

    /// A surrogate has no UTF-8 and becomes U+FFFD.
    private func scalar(_ digits: ArraySlice<UInt8>, radix: Int) -> Unicode.Scalar {
        UInt32(String(decoding: digits, as: UTF8.self), radix: radix).flatMap(Unicode.Scalar.init) ?? "\u{FFFD}"
    }
}
