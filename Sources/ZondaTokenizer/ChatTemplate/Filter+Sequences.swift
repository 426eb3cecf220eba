import OrderedCollections

extension Filter {
    static let sequenceFilters: [String: Filter] = [
        "length": Filter("len") { value, _, renderer in .int(try renderer.length(of: value)) },
        "count": Filter("len") { value, _, renderer in .int(try renderer.length(of: value)) },
        "list": Filter("list") { value, _, renderer in try .list(renderer.elements(of: value)) },
        "first": Filter("first") { value, _, renderer in
            if case .object(let generator as Generator) = value {
                return try generator.next() ?? .undefined(.hint("No first item, sequence was empty."))
            }
            return try renderer.elements(of: value).first ?? .undefined(.hint("No first item, sequence was empty."))
        },
        "last": Filter("last") { value, _, renderer in
            if case .undefined = value { throw Fault(.type, "'Undefined' object is not reversible") }
            if case .object(let generator as Generator) = value {
                throw Fault(.type, "'\(generator.typeName)' object is not reversible")
            }
            return try renderer.elements(of: value).last ?? .undefined(.hint("No last item, sequence was empty."))
        },
        "random": Filter("random") { _, _, _ in
            throw Fault(.limit, "random would make a prompt that no one can repeat, and is not supported")
        },
        "join": Filter("join", ["d", "attribute"]) { value, arguments, renderer in
            let read = try reader(arguments[1], renderer)
            let separator = try arguments[0].map { try renderer.string($0) } ?? ""
            let values = try renderer.elements(of: value)
            try renderer.spend(bytes: separator.utf8.count, times: values.count)
            let texts = try values.map { value in
                let text = try renderer.string(try read(value))
                try renderer.spend(bytes: text.utf8.count)
                return text
            }
            let joined = texts.joined(separator: separator)
            try renderer.spend(bytes: joined.utf8.count)
            return .string(joined)
        },
        "reverse": Filter("reverse") { value, _, renderer in
            if let text = value.text {
                try renderer.spend(bytes: text.utf8.count, weight: 2)
                return .string(String(String.UnicodeScalarView(text.unicodeScalars.reversed())))
            }
            guard ValueTest.isIterable(value) else { throw Fault(.filterArgument, "argument must be iterable") }
            if case .object(let object) = value, object.isExhaustible {
                return try .list(renderer.elements(of: value).reversed())
            }
            let name = value.isList ? "list_reverseiterator" : "reversed"
            return .object(try Generator(over: value, typeName: name) { try renderer.elements(of: value).reversed() })
        },
        "sort": Filter("sort", ["reverse", "case_sensitive", "attribute"]) { value, arguments, renderer in
            try renderer.spend(bytes: arguments[2]?.text?.utf8.count ?? 0, weight: 4)
            let attributes =
                arguments[2]?.text?.split(separator: ",", omittingEmptySubsequences: false)
                .map { Value.string(String($0)) } ?? [arguments[2] ?? .none]
            let readers = try attributes.map { try reader($0, ignoresCase: !flag(arguments[1]), renderer) }
            return try .list(
                renderer.sorted(renderer.elements(of: value), isReversed: flag(arguments[0])) { item in
                    readers.count == 1 ? try readers[0](item) : try .list(readers.map { try $0(item) })
                })
        },
        "unique": Filter("unique", ["case_sensitive", "attribute"]) { value, arguments, renderer in
            let read = try reader(arguments[1], ignoresCase: !flag(arguments[0]), renderer)
            return .object(
                try Generator(over: value) {
                    var seen: Set<Key> = []
                    return try renderer.elements(of: value).filter {
                        try seen.insert(renderer.key(try read($0))).inserted
                    }
                })
        },
        "batch": Filter("batch", ["linecount", "fill_with"], required: 1) { value, arguments, renderer in
            let size = try integer(arguments[0], 0)
            let fill = arguments[1].flatMap { $0.isNone ? nil : $0 }
            return .object(
                try Generator(over: value) { try batches(try renderer.elements(of: value), size, fill, renderer) })
        },
        "slice": Filter("slice", ["slices", "fill_with"], required: 1) { value, arguments, renderer in
            let count = try integer(arguments[0], 0)
            let fill = arguments[1].flatMap { $0.isNone ? nil : $0 }
            return .object(
                try Generator(over: value) { try slices(try renderer.elements(of: value), count, fill, renderer) })
        },
        "groupby": Filter("groupby", ["attribute", "default", "case_sensitive"], required: 1) {
            value, arguments, renderer in
            let fallback = arguments[1].flatMap { $0.isNone ? nil : $0 }
            let read = try reader(
                arguments[0], fallback: fallback, ignoresCase: !flag(arguments[2]), renderer)
            let readPlain = try reader(arguments[0], fallback: fallback, renderer)
            var groups: [(key: Value, values: [Value])] = []
            for item in try renderer.sorted(renderer.elements(of: value), isReversed: false, by: read) {
                let key = try read(item)
                if let last = groups.last?.key, try renderer.isEqual(last, key) {
                    groups[groups.count - 1].values.append(item)
                } else {
                    groups.append((key, [item]))
                }
            }
            return try .list(
                groups.map { _, values in
                    let key = try values.first.map(readPlain) ?? .none
                    return .tuple(try Elements([key, try .list(values)], names: ["grouper", "list"]))
                })
        },
        "dictsort": Filter("dictsort", ["case_sensitive", "by", "reverse"]) { value, arguments, renderer in
            let by = arguments[1]?.text ?? "key"
            guard by == "key" || by == "value" else {
                throw Fault(.filterArgument, "You can only sort by either \"key\" or \"value\"")
            }
            if case .undefined(let undefined) = value { throw undefined.fault }
            guard case .dictionary(let entries) = value else {
                throw Fault(.type, "'\(value.typeName)' object has no attribute 'items'")
            }
            try renderer.spend(elements: entries.values.count)
            let pairs = try entries.values.map { try Value.tuple([$0.key.value, $0.value]) }
            let read = try reader(.int(by == "key" ? 0 : 1), ignoresCase: !flag(arguments[0]), renderer)
            return try .list(renderer.sorted(pairs, isReversed: flag(arguments[2]), by: read))
        },
        "items": Filter("items") { value, _, renderer in
            .object(
                try Generator(over: value) {
                    if case .undefined = value { return [] }
                    guard case .dictionary(let entries) = value else {
                        throw Fault(.type, "Can only get item pairs from a mapping.")
                    }
                    try renderer.spend(elements: entries.values.count)
                    return try entries.values.map { try .tuple([$0.key.value, $0.value]) }
                })
        },
    ]

    private static func batches(
        _ values: [Value], _ size: Int, _ fill: Value?, _ renderer: Renderer
    ) throws -> [Value] {
        var batches: [[Value]] = []
        for value in values {
            if batches.isEmpty || batches[batches.count - 1].count == size { batches.append([]) }
            batches[batches.count - 1].append(value)
        }
        if let fill, let last = batches.last, last.count < size {
            try renderer.spend(elements: size - last.count)
            batches[batches.count - 1] += repeatElement(fill, count: size - last.count)
        }
        return try batches.map { try .list($0) }
    }

    private static func slices(
        _ values: [Value], _ count: Int, _ fill: Value?, _ renderer: Renderer
    ) throws -> [Value] {
        guard count != 0 else { throw Fault(.zeroDivision, "integer division or modulo by zero") }
        guard count > 0 else { return [] }
        try renderer.spend(elements: count)
        let (size, longer) = values.count.quotientAndRemainder(dividingBy: count)
        var start = 0
        return try (0..<count).map { index in
            let end = start + size + (index < longer ? 1 : 0)
            defer { start = end }
            return try .list(Array(values[start..<end]) + (index >= longer ? [fill].compactMap { $0 } : []))
        }
    }
}
