/// Filters that choose or map elements, most of them lazily.
extension Filter {
    static let choiceFilters: [String: Filter] = [
        "default": fallback,
        "d": fallback,
        "attr": Filter("attr", ["name"], required: 1) { value, arguments, renderer in
            guard let name = arguments[0]?.text else { throw Fault(.type, "attribute name must be string") }
            // Attributes only: an item of a dictionary is none.
            if case .dictionary = value, Method.named(name, of: value) == nil, !Method.isUnsafe(name, of: value) {
                return .undefined(.attribute(name, typeName: value.objectName))
            }
            return try renderer.attribute(name, of: value)
        },
        "map": Filter(open: { value, arguments, renderer in
            .object(
                try Generator(over: value) {
                    guard value.isTrue else { return [] }
                    let map = try mapping(arguments, renderer)
                    return try renderer.elements(of: value).map { item in
                        try renderer.step()
                        return try map(item)
                    }
                })
        }),
        "select": chooser(byAttribute: false, keeps: true),
        "reject": chooser(byAttribute: false, keeps: false),
        "selectattr": chooser(byAttribute: true, keeps: true),
        "rejectattr": chooser(byAttribute: true, keeps: false),
    ]

    private static let fallback = Filter("default", ["default_value", "boolean"]) { value, arguments, _ in
        let replaces = value.isUndefined || (flag(arguments[1]) && !value.isTrue)
        return replaces ? arguments[0] ?? .emptyString : value
    }

    private static func mapping(_ arguments: Arguments, _ renderer: Renderer) throws -> (Value) throws -> Value {
        if arguments.positional.isEmpty, arguments.keywords.contains(where: { $0.name == "attribute" }) {
            let bound = try Arguments(keywords: arguments.keywords).bound(to: ["attribute", "default"], of: "map")
            return try reader(bound[0], fallback: bound[1].flatMap { $0.isNone ? nil : $0 }, renderer)
        }
        guard let name = arguments.positional.first else {
            throw Fault(.filterArgument, "map requires a filter argument")
        }
        let filter = name.text.flatMap(Filter.named)
        let rest = Arguments(positional: Array(arguments.positional.dropFirst()), keywords: arguments.keywords)
        let label = try renderer.string(name)
        return { item in
            guard let filter else { throw Fault(.runtime, "No filter named '\(label)'.") }
            return try filter.apply(item, rest, renderer)
        }
    }

    /// `select` and its relatives: by a test, or by truth where none is given.
    private static func chooser(byAttribute: Bool, keeps: Bool) -> Filter {
        Filter(open: { value, arguments, renderer in
            .object(
                try Generator(over: value) {
                    guard value.isTrue else { return [] }
                    var rest = arguments.positional[...]
                    var read: (Value) throws -> Value = { $0 }
                    if byAttribute {
                        guard let attribute = rest.popFirst() else {
                            throw Fault(.filterArgument, "Missing parameter for attribute name")
                        }
                        read = try reader(attribute, renderer)
                    }
                    let name = try rest.popFirst().map { try renderer.string($0) }
                    let test = name.flatMap(ValueTest.named)
                    let passed = Arguments(positional: Array(rest), keywords: arguments.keywords)
                    return try renderer.elements(of: value).filter { item in
                        try renderer.step()
                        let item = try read(item)
                        guard let name else { return item.isTrue == keeps }
                        guard let test else { throw Fault(.runtime, "No test named '\(name)'.") }
                        return try test.holds(item, passed, renderer) == keeps
                    }
                })
        })
    }
}
