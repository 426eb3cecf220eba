/// What a chat template may use. Templates come with models, so they are untrusted programs: each bound is far above
/// what any known template needs and far below what would hang the process or exhaust its stack.
enum TemplateLimit {
    /// Bytes of source; the largest template known has 19 thousand.
    static let source = 1 << 18
    /// Bytes of one name: looking it up costs a step, however long it is.
    static let name = 200
    /// How deep statements and bracketed expressions nest in the source.
    static let nesting = 64
    /// Operators, filters and subscripts chained in one expression: each is one level of its tree.
    static let chain = 1000
    /// Nested evaluations while rendering, macro calls included; bounds the native stack.
    static let depth = 1200
    /// How deep lists, dictionaries and lazy filters nest as values; bounds recursion when they are printed or freed.
    static let valueDepth = 200
    /// Evaluations in one rendering, about a second of work; copying or searching `bytesPerStep` bytes or one element
    /// counts as one, and what costs more counts as more.
    static let steps = 10_000_000
    static let bytesPerStep = 4
    /// Bytes of one string, so also of the rendered text; a million tokens of text have about as many.
    static let text = 4 << 20
    /// The sandbox's own cap on `range`.
    static let range = 100_000
}
