import Glibc

extension Filter {
    static let numberFilters: [String: Filter] = [
        "abs": Filter("abs") { value, _, renderer in
            if case .undefined(let undefined) = value { throw undefined.fault }
            if case .float(let number) = value { return .float(number.magnitude) }
            guard let integer = value.wideInteger else {
                throw Fault(.type, "bad operand type for abs(): '\(value.typeName)'")
            }
            return integer < 0 ? try renderer.compute(.negative, value) : .integer(integer)
        },
        "int": Filter("int", ["default", "base"]) { value, arguments, renderer in
            if case .undefined(let undefined) = value { throw undefined.fault }
            let base = try integer(arguments[1], 10)
            if let integer = value.wideInteger { return .integer(integer) }
            try renderer.spend(bytes: value.text?.utf8.count ?? 0, weight: 8)
            if let text = value.text, let integer = PythonNumber.integer(text, base: base) { return .integer(integer) }
            let number = try number(value, renderer)
            if let number, case .float = value, !number.isFinite, number.isNaN == false {
                throw Fault(.overflow, "cannot convert float infinity to integer")
            }
            guard let integer = number.flatMap({ Int128(exactly: $0.rounded(.towardZero)) }) else {
                return arguments[0] ?? .int(0)
            }
            return .integer(integer)
        },
        "float": Filter("float", ["default"]) { value, arguments, renderer in
            if case .undefined(let undefined) = value { throw undefined.fault }
            return try number(value, renderer).map(Value.float) ?? arguments[0] ?? .float(0)
        },
        "round": Filter("round", ["precision", "method"]) { value, arguments, renderer in
            let digits = try integer(arguments[0], 0)
            let method = arguments[1]?.text ?? "common"
            guard ["common", "ceil", "floor"].contains(method) else {
                throw Fault(.filterArgument, "method must be common, ceil or floor")
            }
            if case .undefined(let undefined) = value { throw undefined.fault }
            guard let number = value.number else {
                throw Fault(.type, "type \(value.typeName) doesn't define __round__ method")
            }
            // Python rounds by way of the decimal text.
            try renderer.spend(bytes: 400)
            if method == "common" {
                if value.wideInteger == nil { return .float(PythonNumber.rounded(number, digits: digits)) }
                if digits >= 0 { return value.wideInteger.map(Value.integer) ?? value }
                let rounded = PythonNumber.rounded(number, digits: digits)
                return Int128(exactly: rounded).map(Value.integer) ?? value
            }
            let scale = pow(10, Double(digits))
            let scaled = number * scale
            return .float((method == "ceil" ? scaled.rounded(.up) : scaled.rounded(.down)) / scale)
        },
        "sum": Filter("sum", ["attribute", "start"]) { value, arguments, renderer in
            let read = try reader(arguments[0], renderer)
            return try renderer.elements(of: value).reduce(arguments[1] ?? .int(0)) { sum, item in
                if sum.text != nil { throw Fault(.type, "sum() can't sum strings [use ''.join(seq) instead]") }
                return try renderer.compute(.add, sum, try read(item))
            }
        },
        "max": extreme("max", ">"),
        "min": extreme("min", "<"),
    ]

    /// A number, or the number that a text says.
    static func number(_ value: Value, _ renderer: Renderer) throws -> Double? {
        guard let text = value.text else { return value.number }
        try renderer.spend(bytes: text.utf8.count, weight: 8)
        return PythonNumber.float(text)
    }

    private static func extreme(_ name: String, _ sign: String) -> Filter {
        Filter(name, ["case_sensitive", "attribute"]) { value, arguments, renderer in
            let read = try reader(arguments[1], ignoresCase: !flag(arguments[0]), renderer)
            let values = try renderer.elements(of: value)
            guard var best = values.first else {
                return .undefined(.hint("No aggregated item, sequence was empty."))
            }
            var bestKey = try read(best)
            for value in values.dropFirst() {
                let key = try read(value)
                if try renderer.isOrdered(key, sign, bestKey) { (best, bestKey) = (value, key) }
            }
            return best
        }
    }
}
