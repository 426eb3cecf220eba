/// How one value is laid out by `str.format` and `%`: Python's format specification.
struct FormatSpecification {
    var fill: Unicode.Scalar = " "
    var alignment: Unicode.Scalar?
    var sign: Unicode.Scalar = "-"
    var isAlternate = false
    var width = 0
    var grouping: Unicode.Scalar?
    var precision: Int?
    var type: Unicode.Scalar?

    init() {}

    /// Reads `[[fill]align][sign][#][0][width][,][.precision][type]`.
    init(parsing text: String) throws {
        var rest = text.unicodeScalars[...]
        let second = rest.dropFirst().first
        if let first = rest.first, let second, "<>=^".unicodeScalars.contains(second) {
            fill = first
            alignment = second
            rest = rest.dropFirst(2)
        } else if let first = rest.first, "<>=^".unicodeScalars.contains(first) {
            alignment = rest.popFirst()
        }
        if let first = rest.first, "+- ".unicodeScalars.contains(first) {
            sign = first
            rest.removeFirst()
        }
        if rest.first == "z" { rest.removeFirst() }
        if rest.first == "#" {
            isAlternate = true
            rest.removeFirst()
        }
        if rest.first == "0" {
            if alignment == nil { (fill, alignment) = ("0", "=") }
            rest.removeFirst()
        }
        width = try Self.number(&rest) ?? 0
        if let first = rest.first, first == "," || first == "_" { grouping = rest.popFirst() }
        if rest.first == "." {
            rest.removeFirst()
            guard let digits = try Self.number(&rest) else { throw Fault(.value, "Format specifier missing precision") }
            precision = digits
        }
        type = rest.popFirst()
        guard rest.isEmpty else { throw Fault(.value, "Invalid format specifier '\(text)'") }
    }

    /// A width or a precision, bounded so that no text of that size is made.
    static func number(_ rest: inout Substring.UnicodeScalarView) throws -> Int? {
        var value: Int?
        while let scalar = rest.first, let digit = scalar.properties.numericType == .decimal ? scalar.value : nil,
            (0x30...0x39).contains(digit)
        {
            value = (value ?? 0) * 10 + Int(digit - 0x30)
            guard value ?? 0 <= 1_000_000 else { throw Fault.limit("a format's width or precision", 1_000_000) }
            rest.removeFirst()
        }
        return value
    }

    // MARK: Values

    func format(_ value: Value, _ renderer: Renderer) throws -> String {
        switch value {
        case .string(let text), .markup(let text): return try format(text, renderer)
        case .bool where type == nil: return try format(try renderer.string(value), renderer)
        case .bool, .int, .wide:
            let integer = value.wideInteger ?? 0
            switch type {
            case "e", "E", "f", "F", "g", "G", "%": return try format(Double(integer), renderer)
            default: return try format(integer, renderer)
            }
        case .float(let number): return try format(number, renderer)
        default:
            guard isEmpty else {
                throw Fault(.type, "unsupported format string passed to \(value.typeName).__format__")
            }
            return try renderer.string(value)
        }
    }

    private var isEmpty: Bool {
        alignment == nil && width == 0 && precision == nil && type == nil && grouping == nil && sign == "-"
            && !isAlternate
    }

    func format(_ text: String, _ renderer: Renderer) throws -> String {
        guard type == nil || type == "s" else { throw unknownType("str") }
        guard alignment != "=" || fill == "0" else {
            throw Fault(.value, "'=' alignment not allowed in string format specifier")
        }
        var text = text
        if let precision {
            text = String(text.unicodeScalars.prefix(precision))
        }
        return try laidOut("", text, alignment == "=" ? "<" : alignment ?? "<", renderer)
    }

    private func format(_ integer: Int128, _ renderer: Renderer) throws -> String {
        guard precision == nil else { throw Fault(.value, "Precision not allowed in integer format specifier") }
        let (radix, prefix): (Int, String) =
            switch type {
            case nil, "d", "n": (10, "")
            case "b": (2, "0b")
            case "o": (8, "0o")
            case "x": (16, "0x")
            case "X": (16, "0X")
            case "c": (0, "")
            default: throw unknownType("int")
            }
        if radix == 0 {
            guard let value = UInt32(exactly: integer), let scalar = Unicode.Scalar(value) else {
                throw Fault(.overflow, "%c arg not in range(0x110000)")
            }
            return try laidOut("", String(scalar), alignment ?? "<", renderer)
        }
        let digits = String(integer.magnitude, radix: radix, uppercase: type == "X")
        let grouped = grouped(digits, every: radix == 10 ? 3 : 4)
        return try laidOut(signText(integer < 0) + (isAlternate ? prefix : ""), grouped, alignment ?? ">", renderer)
    }

    private func format(_ number: Double, _ renderer: Renderer) throws -> String {
        try renderer.spend(bytes: (precision ?? 6) + 400)
        let magnitude = number.magnitude
        var text: String
        switch type {
        case nil:
            text = precision.map { general(magnitude, precision: $0) } ?? PythonNumber.representation(magnitude)
        case "e", "E", "f", "F", "g", "G":
            let precision = precision ?? 6
            let conversion = Character(type ?? "f")
            let isGeneral = type == "g" || type == "G"
            text = PythonNumber.formatted(
                magnitude, conversion: conversion, precision: isGeneral ? max(1, precision) : precision,
                isAlternate: isAlternate)
        case "n": text = PythonNumber.formatted(magnitude, conversion: "g", precision: max(1, precision ?? 6))
        case "%": text = PythonNumber.formatted(magnitude * 100, conversion: "f", precision: precision ?? 6) + "%"
        default: throw unknownType("float")
        }
        if grouping != nil {
            let whole = text.prefix { $0.isASCII && $0.isNumber }
            text = grouped(String(whole), every: 3) + text.dropFirst(whole.count)
        }
        return try laidOut(signText(number.sign == .minus && !number.isNaN), text, alignment ?? ">", renderer)
    }

    /// Without a type, a float with a precision prints like `g`, but with one digit after the point at least.
    private func general(_ magnitude: Double, precision: Int) -> String {
        let text = PythonNumber.formatted(magnitude, conversion: "g", precision: max(1, precision))
        return text.contains { ".en".contains($0) } ? text : text + ".0"
    }

    private func signText(_ isNegative: Bool) -> String { isNegative ? "-" : sign == "-" ? "" : String(sign) }

    private func grouped(_ digits: String, every size: Int) -> String {
        guard let grouping else { return digits }
        var grouped = ""
        let count = digits.count
        for (index, digit) in digits.enumerated() {
            if index > 0, (count - index) % size == 0 { grouped += String(grouping) }
            grouped.append(digit)
        }
        return grouped
    }

    private func laidOut(
        _ sign: String, _ body: String, _ alignment: Unicode.Scalar, _ renderer: Renderer
    ) throws -> String {
        switch alignment {
        case "=":
            return try sign
                + PythonText.padded(body, to: max(0, width - sign.utf8.count), with: fill, left: { $0 }, renderer)
        case "<": return try PythonText.padded(sign + body, to: width, with: fill, left: { _ in 0 }, renderer)
        case "^": return try PythonText.padded(sign + body, to: width, with: fill, left: { $0 / 2 }, renderer)
        default: return try PythonText.padded(sign + body, to: width, with: fill, left: { $0 }, renderer)
        }
    }

    private func unknownType(_ object: String) -> Fault {
        Fault(.value, "Unknown format code '\(type.map { String($0) } ?? "")' for object of type '\(object)'")
    }
}
