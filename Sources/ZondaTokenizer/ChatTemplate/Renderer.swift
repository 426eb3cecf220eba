import ZondaCore
import ZondaFormats

/// One rendering of a template: walks its tree and writes text.
///
/// Not `Sendable`: it is made, used and dropped by one call of `Template.render`.
final class Renderer {
    let names: [NameReference]
    let scopes: [ScopeTable.Scope]
    let now: CalendarTime
    /// The operation that is running, for messages.
    var site = Site.none
    var output = ""
    var frame: Frame
    let root: Frame
    var depth = 0
    private var stepsLeft = TemplateLimit.steps
    private var globals: [Value] = []
    /// What may hold a cycle of references, which `finish` cuts: frames that macros captured, and namespaces.
    private var capturedFrames: [Frame] = []
    private var namespaces: [Namespace] = []

    /// Variables of one scope while it is being rendered. A slot is nil until it is assigned.
    final class Frame {
        var slots: [Value?]
        let parent: Frame?

        init(slotCount: Int, parent: Frame?) {
            slots = [Value?](repeating: nil, count: slotCount)
            self.parent = parent
        }
    }

    /// Where statements go on: at the next one, or out of the innermost loop, or at its next round.
    enum Flow { case next, leave, again }

    init(_ table: ScopeTable, context: JSONValue, now: CalendarTime) throws {
        names = table.references
        scopes = table.scopes
        self.now = now
        root = Frame(slotCount: table.scopes[0].slotCount, parent: nil)
        frame = root
        globals = try table.globals.map { name in
            if let given = context[name] { return try Value(given) }
            return Function.global(named: name) ?? .undefined(.name(name))
        }
    }

    /// Cuts the references that would keep this rendering's values alive.
    func finish() {
        for frame in capturedFrames { frame.slots = [] }
        for namespace in namespaces { namespace.clear() }
    }

    func keep(_ namespace: Namespace) { namespaces.append(namespace) }
    func keep(_ frame: Frame) { capturedFrames.append(frame) }

    // MARK: Bounds

    func step() throws {
        stepsLeft -= 1
        if stepsLeft < 0 { throw Fault.limit("steps of rendering", TemplateLimit.steps) }
    }

    func spend(steps: Int) throws {
        stepsLeft -= steps
        if stepsLeft < 0 { throw Fault.limit("steps of rendering", TemplateLimit.steps) }
    }

    /// To be called before a string of `bytes` is made.
    func spend(bytes: Int) throws {
        guard bytes <= TemplateLimit.text else { throw Fault.limit("bytes of one text", TemplateLimit.text) }
        try spend(steps: bytes / TemplateLimit.bytesPerStep)
    }

    /// To be called before that many elements are listed.
    func spend(elements: Int) throws {
        guard elements <= TemplateLimit.steps else { throw Fault.limit("elements", TemplateLimit.steps) }
        try spend(steps: elements)
    }

    /// The bytes of `count` copies of `bytes`, checked.
    func spend(bytes: Int, times count: Int) throws {
        let (total, overflows) = bytes.multipliedReportingOverflow(by: max(0, count))
        try spend(bytes: overflows ? Int.max : total)
    }

    func descend() throws {
        depth += 1
        guard depth <= TemplateLimit.depth else { throw Fault.limit("nested evaluations", TemplateLimit.depth) }
        try step()
    }

    // MARK: Text and frames

    func write(_ text: String) throws {
        try spend(bytes: text.utf8.count)
        output += text
        guard output.utf8.count <= TemplateLimit.text else {
            throw Fault.limit("bytes of rendered text", TemplateLimit.text)
        }
    }

    /// What `body` writes, kept apart from the output.
    func captured(_ body: () throws -> Void) throws -> String {
        var outer = ""
        swap(&outer, &output)
        try body()
        swap(&outer, &output)
        return outer
    }

    func value(of index: Int) -> Value {
        let name = names[index]
        for place in name.places {
            var frame = frame
            for _ in 0..<place.hops { frame = frame.parent ?? frame }
            if let value = frame.slots[place.slot] { return value }
        }
        return globals[name.global]
    }

    /// Renders statements in a new scope.
    func run(_ body: Body, parent: Frame? = nil) throws -> Flow {
        let outer = frame
        frame = Frame(slotCount: scopes[body.scope].slotCount, parent: parent ?? outer)
        let flow = try run(body.statements)
        frame = outer
        return flow
    }
}
