import Glibc

extension Renderer {
    func compute(_ operation: UnaryOperator, _ value: Value) throws -> Value {
        if case .undefined(let undefined) = value { throw undefined.fault }
        if case .float(let number) = value { return .float(operation == .negative ? -number : number) }
        guard let integer = value.wideInteger else {
            throw Fault(.type, "bad operand type for unary \(operation.rawValue): '\(value.typeName)'")
        }
        guard operation == .negative else { return .integer(integer) }
        return try checked((0 as Int128).subtractingReportingOverflow(integer))
    }

    func compute(_ operation: BinaryOperator, _ left: Value, _ right: Value) throws -> Value {
        if operation == .modulo, let format = left.text {
            let text = try PercentFormat(renderer: self).format(format, with: right)
            if case .markup = left { return .markup(text) }
            return .string(text)
        }
        if case .undefined(let undefined) = left { throw undefined.fault }
        if case .undefined(let undefined) = right { throw undefined.fault }
        if case .int(let first) = left, case .int(let second) = right, let quick = quick(operation, first, second) {
            return quick
        }
        if let first = left.wideInteger, let second = right.wideInteger {
            return try compute(operation, first, second)
        }
        if let first = left.number, let second = right.number {
            // Remainders and powers are slow in the worst case.
            try spend(steps: 64)
            return .float(try compute(operation, first, second))
        }
        if operation == .add, let sum = try join(left, right) { return sum }
        if operation == .multiply {
            if let count = right.wideInteger, let product = try repeated(left, count) { return product }
            if let count = left.wideInteger, let product = try repeated(right, count) { return product }
        }
        if operation == .add, left.text != nil {
            throw Fault(.type, "can only concatenate str (not \"\(right.typeName)\") to str")
        }
        if operation == .add {
            switch left {
            case .list, .tuple:
                let type = left.typeName
                throw Fault(.type, "can only concatenate \(type) (not \"\(right.typeName)\") to \(type)")
            default: break
            }
        }
        throw Fault(
            .type,
            "unsupported operand type(s) for \(operation.rawValue): '\(left.typeName)' and '\(right.typeName)'")
    }

    // MARK: Numbers

    /// Sums, differences and products that fit.
    private func quick(_ operation: BinaryOperator, _ left: Int, _ right: Int) -> Value? {
        let (value, overflows): (Int, Bool)
        switch operation {
        case .add: (value, overflows) = left.addingReportingOverflow(right)
        case .subtract: (value, overflows) = left.subtractingReportingOverflow(right)
        case .multiply: (value, overflows) = left.multipliedReportingOverflow(by: right)
        default: return nil
        }
        return overflows ? nil : .int(value)
    }

    private func checked(_ result: (partialValue: Int128, overflow: Bool)) throws -> Value {
        guard !result.overflow else { throw Fault(.limit, "an integer of more than 128 bits") }
        return .integer(result.partialValue)
    }

    private func compute(_ operation: BinaryOperator, _ left: Int128, _ right: Int128) throws -> Value {
        switch operation {
        case .add: return try checked(left.addingReportingOverflow(right))
        case .subtract: return try checked(left.subtractingReportingOverflow(right))
        case .multiply: return try checked(left.multipliedReportingOverflow(by: right))
        case .divide:
            guard right != 0 else { throw Fault(.zeroDivision, "division by zero") }
            return .float(Double(left) / Double(right))
        case .floorDivide, .modulo:
            guard right != 0 else { throw Fault(.zeroDivision, "integer division or modulo by zero") }
            // Rounded down, and the remainder has the divisor's sign; Swift rounds to zero.
            let (quotient, overflows) = left.dividedReportingOverflow(by: right)
            guard !overflows else { return operation == .modulo ? .int(0) : try checked((quotient, true)) }
            let remainder = left - quotient * right
            let adjusts = remainder != 0 && (remainder < 0) != (right < 0)
            if operation == .modulo { return .integer(adjusts ? remainder + right : remainder) }
            return .integer(adjusts ? quotient - 1 : quotient)
        case .power:
            guard right >= 0 else {
                guard left != 0 else { throw Fault(.zeroDivision, "0.0 cannot be raised to a negative power") }
                return .float(pow(Double(left), Double(right)))
            }
            return try raise(left, to: right)
        }
    }

    private func raise(_ base: Int128, to exponent: Int128) throws -> Value {
        if base == 0 || base == 1 { return .integer(exponent == 0 ? 1 : base) }
        if base == -1 { return .int(exponent % 2 == 0 ? 1 : -1) }
        guard exponent < 128 else { throw Fault(.limit, "an integer of more than 128 bits") }
        try spend(steps: Int(exponent))
        var product = Value.int(1)
        for _ in 0..<exponent { product = try compute(.multiply, product.wideInteger ?? 0, base) }
        return product
    }

    private func compute(_ operation: BinaryOperator, _ left: Double, _ right: Double) throws -> Double {
        switch operation {
        case .add: return left + right
        case .subtract: return left - right
        case .multiply: return left * right
        case .divide:
            guard right != 0 else { throw Fault(.zeroDivision, "float division by zero") }
            return left / right
        case .floorDivide, .modulo:
            guard right != 0 else {
                throw Fault(.zeroDivision, operation == .modulo ? "float modulo" : "float floor division by zero")
            }
            var remainder = fmod(left, right)
            if remainder != 0, (remainder < 0) != (right < 0) { remainder += right }
            if operation == .modulo { return remainder == 0 ? copysign(0, right) : remainder }
            let quotient = (left - remainder) / right
            return quotient == 0 ? copysign(0, left / right) : quotient.rounded()
        case .power:
            if left == 0, right < 0 { throw Fault(.zeroDivision, "0.0 cannot be raised to a negative power") }
            if left < 0, right.rounded() != right { throw Fault(.limit, "complex numbers are not supported") }
            let result = pow(left, right)
            guard result.isFinite || !left.isFinite || !right.isFinite else {
                throw Fault(.overflow, "(34, 'Numerical result out of range')")
            }
            return result
        }
    }

    // MARK: Sequences

    private func join(_ left: Value, _ right: Value) throws -> Value? {
        switch (left, right) {
        case (.string(let first), .string(let second)):
            try spend(bytes: first.utf8.count + second.utf8.count)
            return .string(first + second)
        case (.markup, _), (_, .markup):
            guard let first = left.text, let second = right.text else { return nil }
            try spend(bytes: first.utf8.count + second.utf8.count, weight: 5)
            let text = HTML.escaped(left) + HTML.escaped(right)
            return .markup(text)
        case (.list(let first), .list(let second)):
            try spend(elements: first.values.count + second.values.count)
            return try .list(first.values + second.values)
        case (.tuple(let first), .tuple(let second)):
            try spend(elements: first.values.count + second.values.count)
            return try .tuple(first.values + second.values)
        default: return nil
        }
    }

    private func repeated(_ value: Value, _ count: Int128) throws -> Value? {
        let count = max(0, Int(clamping: count))
        switch value {
        case .string(let text), .markup(let text):
            try spend(bytes: text.utf8.count, times: count)
            let product = text.isEmpty ? "" : String(repeating: text, count: count)
            if case .markup = value { return .markup(product) }
            return .string(product)
        case .list(let elements): return try .list(repeated(elements.values, count))
        case .tuple(let elements): return try .tuple(repeated(elements.values, count))
        default: return nil
        }
    }

    private func repeated(_ values: [Value], _ count: Int) throws -> [Value] {
        let (total, overflows) = values.count.multipliedReportingOverflow(by: count)
        try spend(elements: overflows ? Int.max : total)
        guard total > 0 else { return [] }
        return (0..<total).map { values[$0 % values.count] }
    }
}
