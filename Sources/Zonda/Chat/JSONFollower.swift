/// Follows one JSON value byte by byte as it is generated, and says where it ends (RFC 8259).
struct JSONFollower: Sendable {
    enum Progress { case goesOn, complete, invalid }

    /// What may come next.
    private enum Place {
        case value, valueOrEnd, keyOrEnd, key, colon, commaOrEnd
        /// In a string; `escape` counts what is left of an escape sequence: a letter, or hexadecimal digits.
        case string(isKey: Bool, escape: Escape)
        /// In `true`, `false` or `null`: the bytes still to come.
        case word(ArraySlice<UInt8>)
        case number(NumberPlace)
    }

    private enum Escape {
        case none, letter
        case digits(Int)
    }

    private enum NumberPlace { case sign, zero, integer, point, fraction, exponent, exponentSign, exponentDigits }

    /// As deep as `JSONValue` parses.
    static let maxDepth = 128

    private var place = Place.value
    /// The closing bytes of the arrays and objects that are open.
    private var closings: [UInt8] = []

    /// Whether the next byte would be inside a string, where JSON wants control characters escaped.
    var isInString: Bool {
        if case .string = place { true } else { false }
    }

    /// Takes a byte. Numbers at the top have no end of their own and are refused: what is followed here is an argument
    /// list, a string or a member that a delimiter of its owner ends, see `endsBefore`.
    mutating func append(_ byte: UInt8) -> Progress {
        switch place {
        case .value, .valueOrEnd: return begin(byte)
        case .keyOrEnd where byte == UInt8(ascii: "}"): return close(byte)
        case .keyOrEnd, .key:
            if Self.isSpace(byte) { return .goesOn }
            guard byte == UInt8(ascii: "\"") else { return .invalid }
            place = .string(isKey: true, escape: .none)
            return .goesOn
        case .colon:
            if Self.isSpace(byte) { return .goesOn }
            guard byte == UInt8(ascii: ":") else { return .invalid }
            place = .value
            return .goesOn
        case .commaOrEnd: return separate(byte)
        case .string(let isKey, let escape): return string(byte, isKey, escape)
        case .word(let rest):
            guard byte == rest.first else { return .invalid }
            if rest.count > 1 {
                place = .word(rest.dropFirst())
                return .goesOn
            }
            return ended()
        case .number(let number): return self.number(byte, number)
        }
    }

    /// Whether a number at the top is complete if the next byte is not part of it.
    var endsBefore: Bool {
        guard closings.isEmpty, case .number(let place) = place else { return false }
        return Self.isComplete(place)
    }

    private mutating func begin(_ byte: UInt8) -> Progress {
        switch byte {
        case _ where Self.isSpace(byte): return .goesOn
        case UInt8(ascii: "]"):
            guard case .valueOrEnd = place else { return .invalid }
            return close(byte)
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard closings.count < Self.maxDepth else { return .invalid }
            let isObject = byte == UInt8(ascii: "{")
            closings.append(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
            place = isObject ? .keyOrEnd : .valueOrEnd
        case UInt8(ascii: "\""): place = .string(isKey: false, escape: .none)
        case UInt8(ascii: "t"): place = .word(Array("rue".utf8)[...])
        case UInt8(ascii: "f"): place = .word(Array("alse".utf8)[...])
        case UInt8(ascii: "n"): place = .word(Array("ull".utf8)[...])
        case UInt8(ascii: "-"): place = .number(.sign)
        case UInt8(ascii: "0"): place = .number(.zero)
        case UInt8(ascii: "1")...UInt8(ascii: "9"): place = .number(.integer)
        default: return .invalid
        }
        return .goesOn
    }

    private mutating func close(_ byte: UInt8) -> Progress {
        guard closings.popLast() == byte else { return .invalid }
        return ended()
    }

    private mutating func separate(_ byte: UInt8) -> Progress {
        switch byte {
        case _ where Self.isSpace(byte): return .goesOn
        case UInt8(ascii: ","):
            place = closings.last == UInt8(ascii: "}") ? .key : .value
            return .goesOn
        default: return close(byte)
        }
    }

    private mutating func ended() -> Progress {
        place = .commaOrEnd
        return closings.isEmpty ? .complete : .goesOn
    }

    private mutating func string(_ byte: UInt8, _ isKey: Bool, _ escape: Escape) -> Progress {
        var next = Escape.none
        switch escape {
        case .none where byte == UInt8(ascii: "\""):
            if isKey {
                place = .colon
                return .goesOn
            }
            return ended()
        case .none: if byte == UInt8(ascii: "\\") { next = .letter }
        case .letter:
            guard Array("\"\\/bfnrtu".utf8).contains(byte) else { return .invalid }
            if byte == UInt8(ascii: "u") { next = .digits(4) }
        case .digits(let count):
            guard Self.isHexadecimal(byte) else { return .invalid }
            if count > 1 { next = .digits(count - 1) }
        }
        place = .string(isKey: isKey, escape: next)
        return .goesOn
    }

    private mutating func number(_ byte: UInt8, _ at: NumberPlace) -> Progress {
        let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        switch (at, byte) {
        case (.sign, UInt8(ascii: "0")): place = .number(.zero)
        case (.sign, _) where isDigit, (.integer, _) where isDigit: place = .number(.integer)
        case (.zero, UInt8(ascii: ".")), (.integer, UInt8(ascii: ".")): place = .number(.point)
        case (.point, _) where isDigit, (.fraction, _) where isDigit: place = .number(.fraction)
        case (.zero, UInt8(ascii: "e")), (.integer, UInt8(ascii: "e")), (.fraction, UInt8(ascii: "e")),
            (.zero, UInt8(ascii: "E")), (.integer, UInt8(ascii: "E")), (.fraction, UInt8(ascii: "E")):
            place = .number(.exponent)
        case (.exponent, UInt8(ascii: "+")), (.exponent, UInt8(ascii: "-")): place = .number(.exponentSign)
        case (.exponent, _) where isDigit, (.exponentSign, _) where isDigit, (.exponentDigits, _) where isDigit:
            place = .number(.exponentDigits)
        default:
            guard Self.isComplete(at), !closings.isEmpty else { return .invalid }
            place = .commaOrEnd
            return separate(byte)
        }
        return .goesOn
    }

    private static func isComplete(_ place: NumberPlace) -> Bool {
        switch place {
        case .zero, .integer, .fraction, .exponentDigits: true
        case .sign, .point, .exponent, .exponentSign: false
        }
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
