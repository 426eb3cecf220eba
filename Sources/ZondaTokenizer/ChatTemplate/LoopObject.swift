/// The special variable `loop`.
final class LoopObject: Object {
    private let values: [Value]
    private let depth0: Int
    /// Of a recursive loop, which is called to render further values: what to render, and the variables around it.
    private let recursion: (syntax: LoopSyntax, parent: Renderer.Frame)?
    private let valueDepth: Int
    private var lastChanged: Value?
    var index = 0

    init(
        _ values: [Value], of iterable: Value, depth: Int, recursion: (syntax: LoopSyntax, parent: Renderer.Frame)?
    ) throws {
        self.values = values
        depth0 = depth
        self.recursion = recursion
        valueDepth = try iterable.depth.nested()
    }

    override var typeName: String { "LoopContext" }
    override var printed: String { "<LoopContext \(index + 1)/\(values.count)>" }
    override var depth: Int { valueDepth }
    override var length: Int? { values.count }
    override var isCallable: Bool { true }
    override var isIterable: Bool { true }

    override func attribute(_ name: String) throws -> Value? {
        switch name {
        case "index": .int(index + 1)
        case "index0": .int(index)
        case "first": .bool(index == 0)
        case "last": .bool(index == values.count - 1)
        case "length": .int(values.count)
        case "revindex": .int(values.count - index)
        case "revindex0": .int(values.count - index - 1)
        case "depth": .int(depth0 + 1)
        case "depth0": .int(depth0)
        case "previtem": index > 0 ? values[index - 1] : .undefined(.hint("there is no previous item"))
        case "nextitem":
            index + 1 < values.count ? values[index + 1] : .undefined(.hint("there is no next item"))
        case "cycle":
            .object(
                Function(name, kind: "method") { [index] arguments, _ in
                    let choices = arguments.positional
                    guard !choices.isEmpty else { throw Fault(.type, "no items for cycling given") }
                    return choices[index % choices.count]
                })
        case "changed":
            .object(
                Function(name, kind: "method", subject: .object(self)) { [self] arguments, renderer in
                    try changed(to: try .tuple(arguments.positional), renderer)
                })
        default: nil
        }
    }

    private func changed(to value: Value, _ renderer: Renderer) throws -> Value {
        if let lastChanged, try renderer.isEqual(lastChanged, value) { return .bool(false) }
        if lastChanged == nil { try renderer.keep(self) }
        lastChanged = value
        return .bool(true)
    }

    override func clear() { lastChanged = nil }

    /// Renders the loop once more, over the values given.
    override func call(_ arguments: Arguments, _ renderer: Renderer) throws -> Value {
        let iterable = try arguments.bound(to: ["iterable"], required: 1, of: "loop")[0] ?? .none
        guard let recursion else {
            throw Fault(.type, "The loop must have the 'recursive' marker to be called recursively.")
        }
        return .string(
            try renderer.captured {
                _ = try renderer.run(recursion.syntax, over: iterable, parent: recursion.parent, depth: depth0 + 1)
            })
    }
}
