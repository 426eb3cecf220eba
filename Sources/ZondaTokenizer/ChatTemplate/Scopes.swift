/// A variable as an expression names it: the slots to look in, innermost first, then the context.
struct NameReference: Sendable {
    let name: String
    let places: [Place]
    /// An index into `ScopeTable.globals`.
    let global: Int

    struct Place: Sendable {
        /// Scopes to go out from the one that uses the name.
        let hops: Int
        let slot: Int
    }
}

/// All scopes and names of a template, resolved to slots while parsing, so that rendering looks nothing up by name.
///
/// Jinja decides by the source which scope a name belongs to: the innermost that assigns it anywhere. A slot not
/// assigned yet falls through to the next scope out, which gives the same values as the reference's aliases.
struct ScopeTable: Sendable {
    struct Scope: Sendable {
        let parent: Int?
        let isMacro: Bool
        var slots: [String: Int] = [:]
        /// Whether an expression in it or further in uses the loop variable declared here.
        var usesLoop = false
        var slotCount: Int { slots.count }
    }

    private(set) var scopes: [Scope] = [Scope(parent: nil, isMacro: false)]
    /// Names by reference, resolved once the whole source is known: a macro may use a variable assigned after it.
    private(set) var references: [NameReference] = []
    /// Distinct names, to be looked up in the context once per rendering.
    private(set) var globals: [String] = []

    private var pending: [(name: String, scope: Int)] = []
    /// The scope that is being read.
    private(set) var current = 0

    static let macroSpecials = ["varargs", "kwargs", "caller"]

    /// Opens a scope inside the current one, or inside the outermost.
    mutating func open(isMacro: Bool = false, insideRoot: Bool = false) -> Int {
        scopes.append(Scope(parent: insideRoot ? 0 : current, isMacro: isMacro))
        let index = scopes.count - 1
        current = index
        return index
    }

    /// Goes to another scope that is still being read.
    mutating func enter(_ scope: Int) {
        current = scope
    }

    mutating func close(_ scope: Int) {
        current = scopes[scope].parent ?? 0
    }

    /// The slot of `name` in the current scope.
    mutating func declare(_ name: String) -> Int {
        if let slot = scopes[current].slots[name] { return slot }
        let slot = scopes[current].slots.count
        scopes[current].slots[name] = slot
        return slot
    }

    func slot(of name: String, in scope: Int) -> Int? { scopes[scope].slots[name] }

    /// A use of `name` in the current scope, as an index into `references`.
    mutating func reference(_ name: String) -> Int {
        pending.append((name, current))
        if Self.macroSpecials.contains(name) {
            var scope: Int? = current
            while let index = scope, !scopes[index].isMacro { scope = scopes[index].parent }
            if let scope, scopes[scope].slots[name] == nil { scopes[scope].slots[name] = scopes[scope].slots.count }
        }
        return pending.count - 1
    }

    /// Resolves all references.
    mutating func resolve() {
        var indices: [String: Int] = [:]
        for (name, scope) in pending {
            let global = indices[name] ?? globals.count
            if global == globals.count {
                indices[name] = global
                globals.append(name)
            }
            var places: [NameReference.Place] = []
            var index: Int? = scope
            var hops = 0
            while let at = index {
                if let slot = scopes[at].slots[name] {
                    places.append(NameReference.Place(hops: hops, slot: slot))
                    if name == "loop" { scopes[at].usesLoop = true }
                }
                index = scopes[at].parent
                hops += 1
            }
            references.append(NameReference(name: name, places: places, global: global))
        }
        pending = []
    }
}
