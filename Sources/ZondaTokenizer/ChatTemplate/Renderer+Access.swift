import OrderedCollections

/// Attributes, items, slices and iteration, with the sandbox's rules.
extension Renderer {
    /// `value.name`: an attribute, or else the item of that name.
    func attribute(_ name: String, of value: Value) throws -> Value {
        if case .undefined(let undefined) = value { throw undefined.fault }
        if let found = try member(name, of: value) { return found }
        if case .dictionary(let entries) = value, let found = entries[name] { return found }
        return .undefined(.attribute(name, typeName: value.objectName))
    }

    /// What Python's `getattr` finds; an undefined value for what the sandbox refuses.
    private func member(_ name: String, of value: Value) throws -> Value? {
        if Method.isUnsafe(name, of: value) { return .undefined(.unsafe(attribute: name, typeName: value.typeName)) }
        if case .object(let object) = value { return try object.attribute(name) }
        if case .tuple(let elements) = value, let index = elements.names.firstIndex(of: name) {
            return elements.values[index]
        }
        guard let method = Method.named(name, of: value) else { return nil }
        return .object(
            Function(name, kind: "builtin_function_or_method", subject: value) { arguments, renderer in
                try method(value, arguments, renderer)
            })
    }

    /// `value[index]`: an item, or else the attribute of that name.
    func item(_ index: Value, of value: Value) throws -> Value {
        switch value {
        case .undefined(let undefined): throw undefined.fault
        case .dictionary(let entries):
            if let key = try? key(index), let found = entries.values[key] { return found }
        case .list(let elements), .tuple(let elements):
            if let at = position(index, count: elements.values.count) { return elements.values[at] }
        case .string(let text), .markup(let text):
            if index.wideInteger != nil, let at = position(index, count: try length(of: value)) {
                let scalars = text.unicodeScalars
                return .string(String(scalars[scalars.index(scalars.startIndex, offsetBy: at)]))
            }
        case .object(let object):
            if let found = try object.item(index, self) { return found }
        default: break
        }
        guard let name = index.text else {
            return .undefined(.element(try representation(index), typeName: value.objectName))
        }
        return try member(name, of: value) ?? .undefined(.attribute(name, typeName: value.objectName))
    }

    /// An index counted from the end when negative; nil where it is none, or out of bounds.
    private func position(_ index: Value, count: Int) -> Int? {
        guard let integer = index.wideInteger, let index = Int(exactly: integer), (-count..<count).contains(index)
        else { return nil }
        return index < 0 ? index + count : index
    }

    // MARK: Slices

    func slice(_ value: Value, start: Value, stop: Value, step: Value) throws -> Value {
        switch value {
        case .undefined(let undefined): throw undefined.fault
        case .list(let elements): return try .list(slice(elements.values, start, stop, step))
        case .tuple(let elements): return try .tuple(slice(elements.values, start, stop, step))
        case .string(let text), .markup(let text):
            let sliced = try slice(text, start, stop, step)
            if case .markup = value { return .markup(sliced) }
            return .string(sliced)
        case .object(let range as RangeObject):
            return try .list(slice(range.elements(self) ?? [], start, stop, step))
        case .dictionary: throw Fault(.type, "unhashable type: 'slice'")
        default: throw Fault(.type, "'\(value.typeName)' object is not subscriptable")
        }
    }

    private func slice(_ values: [Value], _ start: Value, _ stop: Value, _ step: Value) throws -> [Value] {
        let bounds = try bounds(start, stop, step, count: values.count)
        try spend(elements: bounds.count)
        if bounds.step == 1 { return Array(values[bounds.start..<bounds.start + bounds.count]) }
        return (0..<bounds.count).map { values[bounds.start + $0 * bounds.step] }
    }

    private func slice(_ text: String, _ start: Value, _ stop: Value, _ step: Value) throws -> String {
        try spend(bytes: text.utf8.count)
        let scalars = text.unicodeScalars
        let bounds = try bounds(start, stop, step, count: PythonText.count(text))
        guard bounds.count > 0 else { return "" }
        if bounds.step == 1 {
            let first = scalars.index(scalars.startIndex, offsetBy: bounds.start)
            return String(scalars[first..<scalars.index(first, offsetBy: bounds.count)])
        }
        let all = Array(scalars)
        var sliced = String.UnicodeScalarView()
        for index in 0..<bounds.count { sliced.append(all[bounds.start + index * bounds.step]) }
        return String(sliced)
    }

    /// Python's `slice.indices`, as a first index, a step and a count.
    private func bounds(
        _ start: Value, _ stop: Value, _ step: Value, count: Int
    ) throws -> (start: Int, step: Int, count: Int) {
        func integer(_ value: Value) throws -> Int? {
            if value.isNone { return nil }
            guard let integer = value.wideInteger else {
                if case .undefined(let undefined) = value { throw undefined.fault }
                throw Fault(.type, "slice indices must be integers or None or have an __index__ method")
            }
            return Int(clamping: integer)
        }
        let step = try integer(step) ?? 1
        guard step != 0 else { throw Fault(.value, "slice step cannot be zero") }
        let (low, high) = step > 0 ? (0, count) : (-1, count - 1)
        func clamped(_ value: Int?, otherwise: Int) -> Int {
            guard let value else { return otherwise }
            return min(max(value < 0 ? value + count : value, low), high)
        }
        let first = clamped(try integer(start), otherwise: step > 0 ? low : high)
        let last = clamped(try integer(stop), otherwise: step > 0 ? high : low)
        let distance = step > 0 ? last - first : first - last
        // The magnitude may be that of `Int.min`.
        return (first, step, distance <= 0 ? 0 : Int((UInt(distance) - 1) / step.magnitude) + 1)
    }

    // MARK: Iteration

    /// All elements, as a loop or an unpacking sees them.
    func elements(of value: Value) throws -> [Value] {
        switch value {
        case .undefined: return []
        case .list(let elements), .tuple(let elements):
            try spend(elements: elements.values.count)
            return elements.values
        case .dictionary(let entries):
            try spend(elements: entries.values.count)
            return entries.values.keys.map(\.value)
        case .string(let text), .markup(let text):
            try spend(elements: text.utf8.count)
            return text.unicodeScalars.map { .string(String($0)) }
        case .object(let object):
            if let elements = try object.elements(self) { return elements }
            fallthrough
        default: throw Fault(.type, "'\(value.typeName)' object is not iterable")
        }
    }

    /// Python's `len`.
    func length(of value: Value) throws -> Int {
        switch value {
        case .undefined: return 0
        case .string(let text), .markup(let text):
            try spend(bytes: text.utf8.count)
            return PythonText.count(text)
        case .list(let elements), .tuple(let elements): return elements.values.count
        case .dictionary(let entries): return entries.values.count
        case .object(let object):
            if let length = object.length { return length }
            fallthrough
        default: throw Fault(.type, "object of type '\(value.typeName)' has no len()")
        }
    }

    /// A value as the key of a dictionary.
    func key(_ value: Value) throws -> Key {
        try checkHashable(value)
        return Key(unchecked: value)
    }

    /// Costs a step per element: tuples may share their parts, and be far larger than what made them.
    private func checkHashable(_ value: Value) throws {
        switch value {
        case .list, .dictionary: throw Fault(.type, "unhashable type: '\(value.typeName)'")
        case .string(let text), .markup(let text): try spend(bytes: text.utf8.count)
        case .tuple(let elements):
            for element in elements.values {
                try step()
                try checkHashable(element)
            }
        default: break
        }
    }
}
