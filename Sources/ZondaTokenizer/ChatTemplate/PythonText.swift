import Glibc

/// Python's view of text over Swift's UTF-8: code points where Swift has characters, equality by code point where Swift
/// compares canonical forms, Python's white space and its quoting.
enum PythonText {
    // MARK: White space

    /// `str.isspace` of one code point; also `\s` of a Python expression.
    static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }

    /// Whether the bytes are white space only, and some.
    static func isSpace(_ bytes: ArraySlice<UInt8>) -> Bool {
        !bytes.isEmpty && startWithoutSpace(bytes) == bytes.endIndex
    }

    /// The index of the first byte that is not part of leading white space.
    static func startWithoutSpace(_ bytes: ArraySlice<UInt8>) -> Int {
        var start = bytes.startIndex
        while start < bytes.endIndex {
            let (scalar, length) = scalar(bytes[start...])
            guard isSpace(scalar) else { break }
            start += length
        }
        return start
    }

    /// The index after the last byte that is not part of trailing white space.
    static func endWithoutSpace(_ bytes: ArraySlice<UInt8>) -> Int {
        var end = bytes.endIndex
        while end > bytes.startIndex {
            var first = end - 1
            while first > bytes.startIndex, bytes[first] & 0xC0 == 0x80 { first -= 1 }
            guard isSpace(scalar(bytes[first..<end]).scalar) else { break }
            end = first
        }
        return end
    }

    /// The code point that the bytes, UTF-8 and not empty, begin with, and its length in bytes.
    static func scalar(_ bytes: ArraySlice<UInt8>) -> (scalar: Unicode.Scalar, length: Int) {
        let first = bytes[bytes.startIndex]
        let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        guard length > 1, bytes.count >= length else {
            return (first < 0x80 ? Unicode.Scalar(first) : "\u{FFFD}", 1)
        }
        var value = UInt32(first) & (0xFF >> UInt32(length + 1))
        for byte in bytes[(bytes.startIndex + 1)..<(bytes.startIndex + length)] {
            value = value << 6 | UInt32(byte & 0x3F)
        }
        return (Unicode.Scalar(value) ?? "\u{FFFD}", length)
    }

    // MARK: Comparing and counting

    /// Equality by code point. (`String.==` also holds for other spellings of the same characters.)
    static func isEqual(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count && compare(left, right) == 0
    }

    /// The order of code points, which is also the order of their UTF-8: negative, 0 or positive.
    static func compare(_ left: String, _ right: String) -> Int {
        withBytes(left) { left in
            withBytes(right) { right in
                guard let start = left.baseAddress, let other = right.baseAddress else {
                    return left.count - right.count
                }
                let order = Int(memcmp(start, other, min(left.count, right.count)))
                return order != 0 ? order : left.count - right.count
            }
        }
    }

    /// The number of code points.
    static func count(_ text: String) -> Int {
        withBytes(text) { bytes in
            var continuations = 0
            for byte in bytes { continuations += byte & 0xC0 == 0x80 ? 1 : 0 }
            return bytes.count - continuations
        }
    }

    static func withBytes<Result>(_ text: String, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        if let result = text.utf8.withContiguousStorageIfAvailable(body) { return result }
        return Array(text.utf8).withUnsafeBufferPointer(body)
    }

    // MARK: Names and quoting

    /// `\w` of a Python expression.
    static func isWordCharacter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x30...0x39, 0x41...0x5A, 0x5F, 0x61...0x7A: true
        case ..<0x80: false
        default: isAlphanumeric(scalar) || scalar.properties.isXIDContinue
        }
    }

    static func isIdentifier(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, first == "_" || first.properties.isXIDStart else { return false }
        return text.unicodeScalars.dropFirst().allSatisfy { $0.properties.isXIDContinue }
    }

    static func isAlphabetic(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        default: false
        }
    }

    static func isAlphanumeric(_ scalar: Unicode.Scalar) -> Bool {
        isAlphabetic(scalar) || scalar.properties.numericType != nil
    }

    static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: scalar == " "
        default: true
        }
    }

    /// `repr` of a string: single quotes unless it has those and no double ones.
    static func quoted(_ text: String) -> String {
        let scalars = text.unicodeScalars
        let quote: Unicode.Scalar = scalars.contains("'") && !scalars.contains("\"") ? "\"" : "'"
        var quoted = String(quote)
        for scalar in scalars {
            switch scalar {
            case quote, "\\":
                quoted += "\\"
                quoted.unicodeScalars.append(scalar)
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case " "..."~": quoted.unicodeScalars.append(scalar)
            default:
                if isPrintable(scalar) { quoted.unicodeScalars.append(scalar) } else { quoted += escape(scalar) }
            }
        }
        quoted.unicodeScalars.append(quote)
        return quoted
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar.value {
        case ..<0x100: "\\x" + hex(scalar.value, digits: 2)
        case ..<0x10000: "\\u" + hex(scalar.value, digits: 4)
        default: "\\U" + hex(scalar.value, digits: 8)
        }
    }

    /// `value` in lower-case hexadecimal, padded with zeros.
    static func hex(_ value: UInt32, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
