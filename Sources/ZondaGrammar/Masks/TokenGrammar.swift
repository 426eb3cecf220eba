import Synchronization
public import ZondaCore

/// A grammar over a vocabulary, with the masks that were needed so far: shared by all requests that have this grammar.
///
/// Sendable: the automaton and the vocabulary are immutable; the tables behind the masks are touched only under `tables`,
/// for microseconds once they are warm and for some milliseconds at a state that no request has met.
public final class TokenGrammar: Sendable {
    /// Memory for masks and sets of states, above which the tables are begun anew. A JSON Schema takes a few MiB.
    public static let maxCacheBytes = 64 << 20

    public let vocabulary: GrammarVocabulary
    let automaton: Automaton
    let tables: Mutex<Tables>

    /// What the mutex guards: new positions are made in the newest table, older ones move there when they next move on.
    struct Tables {
        var newest: TableBox
        var renewalCount = 0
    }

    /// - Throws: `ZondaError` of code `badRequest` for a grammar without any text, with left recursion, with a token that
    ///   the vocabulary does not have, or above a named cap.
    public convenience init(_ grammar: Grammar, _ vocabulary: GrammarVocabulary) throws(ZondaError) {
        try self.init(grammar, vocabulary, maxCacheBytes: Self.maxCacheBytes)
    }

    let cacheBytes: Int
    /// These stand for themselves and are no text.
    let namedTokens: Set<TokenID>

    init(_ grammar: Grammar, _ vocabulary: GrammarVocabulary, maxCacheBytes: Int) throws(ZondaError) {
        automaton = try AutomatonBuilder.build(grammar)
        namedTokens = automaton.namedTokens
        for token in namedTokens.sorted() {
            guard token >= 0, Int(token) < vocabulary.count else {
                throw ZondaError(
                    .badRequest, "the grammar names token \(token), but the vocabulary has \(vocabulary.count) tokens",
                    remedy: "use a token of this model")
            }
        }
        self.vocabulary = vocabulary
        cacheBytes = maxCacheBytes
        let box = TableBox(MaskTable(automaton, vocabulary))
        (start, mayEndAtStart) = try box.table.withConfigurations { table throws(ZondaError) in
            let start = try table.startPosition()
            return (start, try table.mayEnd(start))
        }
        tables = Mutex(Tables(newest: box))
    }

    /// Where a text begins. In every table the same, since it is what a table holds first.
    let start: Position
    let mayEndAtStart: Bool

    /// Memory that masks and sets of states take now.
    public var cachedByteCount: Int { tables.withLock { $0.newest.table.byteCount } }

    /// Runs `body` on the table of a position, after moving both to the newest where there is a newer one.
    func withTable<T>(
        of state: inout GrammarState.Place, _ body: (inout MaskTable, inout Position) throws(ZondaError) -> T
    ) throws(ZondaError) -> T {
        var place = state
        defer { state = place }
        return try tables.withLock { tables throws(ZondaError) in
            if tables.newest.table.byteCount > cacheBytes {
                tables.newest = TableBox(MaskTable(automaton, vocabulary))
                tables.renewalCount += 1
                _ = try tables.newest.table.withConfigurations { table throws(ZondaError) in try table.startPosition() }
            }
            if let old = place.table, old !== tables.newest {
                let source = old.table.configurations
                place.position.set = try tables.newest.table.withConfigurations { table throws(ZondaError) in
                    try table.mapping(source.sets[Int(place.position.set)], stacks: source.stacks) { $0 }
                }
            }
            place.table = tables.newest
            tables.newest.table.beginSteps()
            return try body(&tables.newest.table, &place.position)
        }
    }
}

/// A table that positions refer to. `@unchecked Sendable`: only `TokenGrammar.withTable` reads or writes it, under a lock.
final class TableBox: @unchecked Sendable {
    var table: MaskTable

    init(_ table: MaskTable) { self.table = table }
}
