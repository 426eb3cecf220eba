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
    /// What may hold a cycle of references, or a chain of any length, which `finish` cuts: frames that macros and loops
    /// captured, and objects that a template can change.
    private var capturedFrames: [Frame] = []
    private var changedObjects: [Object] = []

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
        for object in changedObjects { object.clear() }
    }

    /// Costs more than its time, because what is kept is not freed before the rendering ends.
    func keep(_ object: Object) throws {
        try spend(steps: 16)
        changedObjects.append(object)
    }

    func keep(_ frame: Frame) throws {
        try spend(steps: 16)
        capturedFrames.append(frame)
    }

    // MARK: Bounds

    /// Steps charged so far.
    var stepCount: Int { TemplateLimit.steps - stepsLeft }

    func step() throws { try spend(steps: 1) }

    func spend(steps: Int) throws {
        stepsLeft -= steps
        if stepsLeft < 0 { throw Fault.limit("steps of rendering", TemplateLimit.steps) }
    }

    /// To be called before a string of `bytes` is made or searched.
    func spend(bytes: Int) throws {
        guard bytes <= TemplateLimit.text else { throw Fault.limit("bytes of one text", TemplateLimit.text) }
        try spend(steps: bytes / TemplateLimit.bytesPerStep)
    }

    /// To be called before work on `bytes` that takes `weight` times as long as a copy.
    func spend(bytes: Int, weight: Int) throws {
        try spend(steps: bytes / TemplateLimit.bytesPerStep * weight)
    }

    /// To be called before that many elements are listed.
    func spend(elements: Int) throws {
        guard elements <= TemplateLimit.steps else { throw Fault.limit("elements", TemplateLimit.steps) }
        try spend(steps: elements)
    }

    /// The elements of `count` lists of `elements`, checked.
    func spend(elements: Int, times count: Int) throws {
        let (total, overflows) = elements.multipliedReportingOverflow(by: max(0, count))
        try spend(elements: overflows ? Int.max : total)
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

    /// Appends to a text that is being made.
    func append(_ piece: String, to text: inout String) throws {
        try spend(bytes: piece.utf8.count)
        guard text.utf8.count + piece.utf8.count <= TemplateLimit.text else {
            throw Fault.limit("bytes of one text", TemplateLimit.text)
        }
        text += piece
    }

    func write(_ text: String) throws {
        try step()
        try append(text, to: &output)
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
        var frame = frame
        var hops = 0
        for place in name.places {
            // Charged, not checked: the next step does that.
            stepsLeft -= (place.hops - hops) >> 2
            while hops < place.hops {
                frame = frame.parent ?? frame
                hops += 1
            }
            if let value = frame.slots[place.slot] { return value }
        }
        return globals[name.global]
    }

    /// Variables of a scope, none assigned yet.
    func makeFrame(_ scope: Int, parent: Frame) throws -> Frame {
        let count = scopes[scope].slotCount
        try spend(steps: count >> 2)
        return Frame(slotCount: count, parent: parent)
    }

    /// Renders statements in a new scope.
    func run(_ body: Body, parent: Frame? = nil) throws -> Flow {
        let outer = frame
        frame = try makeFrame(body.scope, parent: parent ?? outer)
        let flow = try run(body.statements)
        frame = outer
        return flow
    }
}
