/// The names that somebody may have meant.
enum NearestNames {
    private static let count = 5
    /// Longer names are compared as far as this: the distance costs the product of two lengths.
    private static let comparedCount = 128
    private static let candidateCount = 2_000

    /// At most five, the nearest first.
    static func names(to wanted: String, among names: [String]) -> [String] {
        let wanted = Array(wanted.lowercased().unicodeScalars.prefix(comparedCount))
        let ranked = names.prefix(candidateCount).map { name in
            (name: name, distance: distance(wanted, Array(name.lowercased().unicodeScalars.prefix(comparedCount))))
        }
        return ranked.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(count).map(\.name)
    }

    /// Letters put in, left out or changed (Levenshtein 1966).
    private static func distance(_ first: [Unicode.Scalar], _ second: [Unicode.Scalar]) -> Int {
        var row = Array(0...second.count)
        for (i, left) in first.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, right) in second.enumerated() {
                let change = diagonal + (left == right ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(change, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[second.count]
    }
}
