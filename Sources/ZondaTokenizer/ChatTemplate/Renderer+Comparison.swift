import OrderedCollections

extension Renderer {
    func compare(_ left: Value, _ comparison: Comparison, _ right: Value) throws -> Bool {
        switch comparison {
        case .equal: try isEqual(left, right)
        case .notEqual: try !isEqual(left, right)
        case .less: try isOrdered(left, "<", right)
        case .lessOrEqual: try isOrdered(left, "<=", right)
        case .greater: try isOrdered(left, ">", right)
        case .greaterOrEqual: try isOrdered(left, ">=", right)
        case .in: try contains(right, left)
        case .notIn: try !contains(right, left)
        }
    }

    func isEqual(_ left: Value, _ right: Value) throws -> Bool {
        switch (left, right) {
        case (.string(let left), .string(let right)): return try isEqual(left, right)
        case (.int(let left), .int(let right)): return left == right
        case (.undefined, .undefined), (.none, .none): return true
        case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
            guard left !== right else { return true }
            return try areEqual(left.values, right.values)
        case (.dictionary(let left), .dictionary(let right)):
            return try left === right || areEqual(left, right)
        case (.object(let left), .object(let right)): return try areEqual(left, right)
        default: break
        }
        if let left = left.text, let right = right.text { return try isEqual(left, right) }
        if let left = left.wideInteger, let right = right.wideInteger { return left == right }
        if let left = left.number, let right = right.number { return left == right }
        return false
    }

    private func isEqual(_ left: String, _ right: String) throws -> Bool {
        guard left.utf8.count == right.utf8.count else { return false }
        try spend(bytes: left.utf8.count)
        return PythonText.compare(left, right) == 0
    }

    private func areEqual(_ left: [Value], _ right: [Value]) throws -> Bool {
        guard left.count == right.count else { return false }
        for (left, right) in zip(left, right) {
            try step()
            guard try isEqual(left, right) else { return false }
        }
        return true
    }

    private func areEqual(_ left: Entries, _ right: Entries) throws -> Bool {
        guard left.values.count == right.values.count else { return false }
        for (key, value) in left.values {
            guard let other = right.values[try self.key(key.value)], try isEqual(value, other) else { return false }
        }
        return true
    }

    private func areEqual(_ left: Object, _ right: Object) throws -> Bool {
        if left === right { return true }
        switch (left, right) {
        case (let left as BytesObject, let right as BytesObject):
            try spend(bytes: left.bytes.count)
            return left.bytes == right.bytes
        case (let left as RangeObject, let right as RangeObject):
            guard left.count == right.count, left.count > 0 else { return left.count == right.count }
            return left.start == right.start && (left.count == 1 || left.step == right.step)
        case (let left as DictionaryView, let right as DictionaryView):
            guard left.part == right.part, left.part != .values else { return false }
            guard left.entries.values.count == right.entries.values.count else { return false }
            if left.part == .items { return try areEqual(left.entries, right.entries) }
            return try left.entries.values.keys.allSatisfy { right.entries.values[try key($0.value)] != nil }
        default: return false
        }
    }

    /// `left < right` and its relatives.
    func isOrdered(_ left: Value, _ sign: String, _ right: Value) throws -> Bool {
        guard let order = try order(left, right, sign) else { return false }
        return switch sign {
        case "<": order < 0
        case "<=": order <= 0
        case ">": order > 0
        default: order >= 0
        }
    }

    /// Negative, 0 or positive; nil when one is not a number.
    private func order(_ left: Value, _ right: Value, _ sign: String) throws -> Int? {
        try step()
        if case .undefined(let undefined) = left { throw undefined.fault }
        if case .undefined(let undefined) = right { throw undefined.fault }
        if let left = left.text, let right = right.text {
            try spend(bytes: min(left.utf8.count, right.utf8.count))
            return PythonText.compare(left, right)
        }
        if let left = left.wideInteger, let right = right.wideInteger {
            return left < right ? -1 : left > right ? 1 : 0
        }
        if let left = left.number, let right = right.number {
            return left < right ? -1 : left > right ? 1 : left == right ? 0 : nil
        }
        switch (left, right) {
        case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
            for (left, right) in zip(left.values, right.values) where try !isEqual(left, right) {
                return try order(left, right, sign)
            }
            return left.values.count - right.values.count
        default:
            throw Fault(
                .type,
                "'\(sign)' not supported between instances of '\(left.typeName)' and '\(right.typeName)'")
        }
    }

    /// `item in container`.
    func contains(_ container: Value, _ item: Value) throws -> Bool {
        switch container {
        case .undefined: return false
        case .string(let text), .markup(let text):
            guard let part = item.text else {
                throw Fault(.type, "'in <string>' requires string as left operand, not \(item.typeName)")
            }
            try spend(bytes: text.utf8.count)
            return PythonText.contains(text, part)
        case .dictionary(let entries): return entries.values[try key(item)] != nil
        case .object(let view as DictionaryView) where view.part == .keys:
            return view.entries.values[try key(item)] != nil
        case .list(let elements), .tuple(let elements): return try contains(elements.values, item)
        case .object(let object):
            if let elements = try object.elements(self) { return try contains(elements, item) }
            fallthrough
        default: throw Fault(.type, "argument of type '\(container.typeName)' is not iterable")
        }
    }

    private func contains(_ values: [Value], _ item: Value) throws -> Bool {
        for value in values {
            try step()
            if try isEqual(value, item) { return true }
        }
        return false
    }

    /// Sorted as Python's `sorted`, stable, by keys compared with `<`.
    func sorted(_ values: [Value], isReversed: Bool, by key: (Value) throws -> Value) throws -> [Value] {
        let keyed = try values.map { (key: try key($0), value: $0) }
        // Reversing before and after keeps equal ones in their order, as Python does.
        let ordered = try (isReversed ? keyed.reversed() : keyed).sorted { try isOrdered($0.key, "<", $1.key) }
        return (isReversed ? ordered.reversed() : ordered).map(\.value)
    }
}
