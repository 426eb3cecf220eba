/// The `%` operator on strings.
struct PercentFormat {
    let renderer: Renderer

    /// - Parameter value: a tuple of the values, a dictionary for `%(name)s`, or the only value.
    func format(_ text: String, with value: Value) throws -> String {
        var values = [value][...]
        if case .tuple(let elements) = value { values = elements.values[...] }
        var takesAll = false
        if case .dictionary = value { takesAll = true }
        if case .undefined = value { takesAll = true }
        if case .list = value { takesAll = true }
        var formatted = ""
        var rest = text.unicodeScalars[...]
        try renderer.spend(bytes: text.utf8.count, weight: 2)
        while let scalar = rest.popFirst() {
            guard scalar == "%" else {
                formatted.unicodeScalars.append(scalar)
                continue
            }
            let piece = try directive(&rest, value, &values, &takesAll)
            // Reading a directive takes longer than its text.
            try renderer.spend(steps: 8)
            try renderer.append(piece, to: &formatted)
        }
        guard values.isEmpty || takesAll else {
            throw Fault(.type, "not all arguments converted during string formatting")
        }
        return formatted
    }

    private func directive(
        _ rest: inout Substring.UnicodeScalarView, _ whole: Value, _ values: inout ArraySlice<Value>,
        _ takesAll: inout Bool
    ) throws -> String {
        var named: Value?
        if rest.first == "(" {
            let name = String(rest.dropFirst().prefix { $0 != ")" })
            rest = rest.dropFirst(name.unicodeScalars.count + 2)
            guard case .dictionary(let entries) = whole else { throw Fault(.type, "format requires a mapping") }
            guard let value = entries[name] else { throw Fault(.key, PythonText.quoted(name)) }
            named = value
            takesAll = true
        }
        func next() throws -> Value {
            if let named { return named }
            guard let value = values.popFirst() else { throw Fault(.type, "not enough arguments for format string") }
            return value
        }
        var specification = FormatSpecification()
        var isLeft = false
        var isZeroFilled = false
        while let flag = rest.first, "-+ #0".unicodeScalars.contains(flag) {
            rest.removeFirst()
            switch flag {
            case "-": isLeft = true
            case "0": isZeroFilled = true
            case "#": specification.isAlternate = true
            case "+": specification.sign = "+"
            default: if specification.sign == "-" { specification.sign = " " }
            }
        }
        func count() throws -> Int? {
            guard rest.first == "*" else { return try FormatSpecification.number(&rest) }
            rest.removeFirst()
            guard let integer = try next().wideInteger else { throw Fault(.type, "* wants int") }
            guard integer.magnitude <= 1_000_000 else { throw Fault.limit("a format's width or precision", 1_000_000) }
            return Int(integer)
        }
        if let width = try count() {
            isLeft = isLeft || width < 0
            specification.width = abs(width)
        }
        if rest.first == "." {
            rest.removeFirst()
            specification.precision = max(0, try count() ?? 0)
        }
        while let length = rest.first, "hlL".unicodeScalars.contains(length) { rest.removeFirst() }
        guard let conversion = rest.popFirst() else { throw Fault(.value, "incomplete format") }
        if conversion == "%" { return "%" }
        return try convert(try next(), conversion, specification, isLeft: isLeft, isZeroFilled: isZeroFilled)
    }

    private func convert(
        _ value: Value, _ conversion: Unicode.Scalar, _ specification: FormatSpecification, isLeft: Bool,
        isZeroFilled: Bool
    ) throws -> String {
        var specification = specification
        specification.alignment = isLeft ? "<" : ">"
        func zeroFill() {
            if isZeroFilled, !isLeft { (specification.fill, specification.alignment) = ("0", "=") }
        }
        switch conversion {
        case "s": return try specification.format(try renderer.string(value), renderer)
        case "r", "a": return try specification.format(try renderer.representation(value), renderer)
        case "c":
            if let text = value.text {
                guard text.unicodeScalars.count == 1 else { throw Fault(.type, "%c requires int or char") }
                return try specification.format(text, renderer)
            }
            specification.type = "c"
            return try specification.format(value, renderer)
        case "d", "i", "u", "x", "X", "o":
            zeroFill()
            if case .undefined(let undefined) = value { throw undefined.fault }
            guard let number = value.number,
                conversion == "d" || conversion == "i" || conversion == "u" || value.wideInteger != nil
            else {
                throw Fault(.type, "%\(conversion) format: a real number is required, not \(value.typeName)")
            }
            guard let integer = value.wideInteger ?? Int128(exactly: number.rounded(.towardZero)) else {
                throw Fault(.overflow, "cannot convert float infinity to integer")
            }
            specification.type = "xXo".unicodeScalars.contains(conversion) ? conversion : "d"
            let digits = specification.precision ?? 0
            specification.precision = nil
            if digits > 1 {
                // A precision of an integer is its least number of digits.
                let text = String(integer.magnitude, radix: conversion == "o" ? 8 : specification.type == "d" ? 10 : 16)
                let padded = try PythonText.padded(text, to: digits, with: "0", left: { $0 }, renderer)
                specification.type = nil
                return try specification.format((integer < 0 ? "-" : "") + padded, renderer)
            }
            return try specification.format(.integer(integer), renderer)
        case "e", "E", "f", "F", "g", "G":
            zeroFill()
            if case .undefined(let undefined) = value { throw undefined.fault }
            guard let number = value.number else {
                throw Fault(.type, "must be real number, not \(value.typeName)")
            }
            specification.type = conversion
            return try specification.format(.float(number), renderer)
        default:
            throw Fault(.value, "unsupported format character '\(conversion)'")
        }
    }
}
