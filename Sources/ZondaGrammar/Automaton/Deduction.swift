/// Facts that follow from others, in time linear in the number of clauses (Dowling and Gallier 1984).
struct Deduction {
    private struct Clause {
        var premises: (Int32, Int32)
        var conclusion: Int32
    }

    /// The fact that holds anyway.
    static let given = 0

    private var factCount = 1
    private var clauses: [Clause] = []

    mutating func addFact() -> Int {
        factCount += 1
        return factCount - 1
    }

    /// Adds so many facts with consecutive numbers; the result is the first.
    mutating func addFacts(_ count: Int) -> Int {
        factCount += count
        return factCount - count
    }

    /// `conclusion` follows where both premises hold.
    mutating func add(_ conclusion: Int, from first: Int, and second: Int = given) {
        clauses.append(Clause(premises: (Int32(first), Int32(second)), conclusion: Int32(conclusion)))
    }

    /// By fact: whether it holds.
    func solved() -> [Bool] {
        // Clauses by premise: those of fact f are uses[starts[f]..<starts[f + 1]].
        var starts = [Int32](repeating: 0, count: factCount + 1)
        for clause in clauses {
            starts[Int(clause.premises.0) + 1] += 1
            starts[Int(clause.premises.1) + 1] += 1
        }
        for fact in 0..<factCount { starts[fact + 1] += starts[fact] }
        var ends = starts
        var uses = [Int32](repeating: 0, count: 2 * clauses.count)
        for (index, clause) in clauses.enumerated() {
            for premise in [Int(clause.premises.0), Int(clause.premises.1)] {
                uses[Int(ends[premise])] = Int32(index)
                ends[premise] += 1
            }
        }
        var missing = [UInt8](repeating: 2, count: clauses.count)
        var holds = [Bool](repeating: false, count: factCount)
        holds[Self.given] = true
        var queue = [Int32(Self.given)]
        while let fact = queue.popLast() {
            for use in uses[Int(starts[Int(fact)])..<Int(starts[Int(fact) + 1])] {
                missing[Int(use)] -= 1
                guard missing[Int(use)] == 0 else { continue }
                let conclusion = clauses[Int(use)].conclusion
                guard !holds[Int(conclusion)] else { continue }
                holds[Int(conclusion)] = true
                queue.append(conclusion)
            }
        }
        return holds
    }
}
