import ZondaCore

/// Work on automata over characters, counted so that no pattern and no schema takes more than some seconds: members of
/// subsets, pairs of edges, ranges of characters that are compared.
struct StepCount {
    /// One or two seconds, for all patterns of a schema together. Schemas in use take some ten thousand.
    static let max = 10_000_000

    private(set) var count = 0

    mutating func add(_ steps: Int = 1) throws(ZondaError) {
        count += steps
        guard count <= Self.max else {
            throw ZondaError(
                .badRequest, "patterns, bounds and names take more than \(Self.max) steps, the cap",
                remedy: "use smaller repetition counts, above all within each other, or fewer patterns")
        }
    }
}
