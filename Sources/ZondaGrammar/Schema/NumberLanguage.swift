import ZondaCore

/// The decimal texts of numbers within bounds, as automata over digits.
enum NumberLanguage {
    /// Digits of an integer, and of the parts of a number, without bounds: enough for 64 bits, and few enough that a model
    /// can't write digits without end.
    static let maxDigits = 18
    /// Digits in all of a number with bounds: so many decimal digits survive a double, so that what a parser compares to
    /// the bound is on the same side of it as the text.
    static let maxBoundedDigits = 15
    /// Above this, an automaton of remainders is large.
    static let maxDivisor = 1000

    static let integers = "(0|-?[1-9]\\d{0,\(maxDigits - 1)})"
    static let numbers = "-?(0|[1-9]\\d{0,\(maxDigits - 1)})(\\.\\d{1,\(maxDigits)})?([eE][+-]?\\d{1,2})?"
    private static let boundedNumbers =
        "-?(0|[1-9]\\d{0,\(maxBoundedDigits - 1)})(\\.\\d{1,\(maxBoundedDigits)})?"
    private static let fewDigits = "-?\\d(\\.?\\d){0,\(maxBoundedDigits - 1)}"
    private static let anyDecimal = "(0|[1-9]\\d*)(\\.\\d+)?"

    /// - Parameter divisor: what each number is a multiple of; only integers then.
    static func automaton(
        onlyIntegers: Bool, minimum: DecimalBound?, maximum: DecimalBound?, divisor: Int?, _ steps: inout StepCount
    ) throws(ZondaError) -> ScalarAutomaton {
        let hasBounds = minimum != nil || maximum != nil
        let isInteger = onlyIntegers || divisor != nil
        var result = try language(isInteger ? integers : hasBounds ? boundedNumbers : numbers, &steps)
        if hasBounds, !isInteger { result = try result.intersection(language(fewDigits, &steps), &steps) }
        if let minimum { result = try result.intersection(language(atLeast(minimum), &steps), &steps) }
        if let maximum { result = try result.intersection(language(atMost(maximum), &steps), &steps) }
        if let divisor { result = try result.intersection(multiples(of: divisor), &steps) }
        return result
    }

    private static func language(_ regex: String, _ steps: inout StepCount) throws(ZondaError) -> ScalarAutomaton {
        try RegexParser.parse("^(?:\(regex))$").search(&steps)
    }

    private static func atLeast(_ bound: DecimalBound) -> String {
        if bound.isNegative { return "\(anyDecimal)|-(\(less(bound)))" }
        if bound.isZero, !bound.isExclusive { return "\(anyDecimal)|-(\(less(bound)))" }
        return greater(bound)
    }

    private static func atMost(_ bound: DecimalBound) -> String {
        if bound.isNegative { return "-(\(greater(bound)))" }
        if bound.isZero, bound.isExclusive { return "-(\(greater(bound)))" }
        return "-(\(anyDecimal))|\(less(bound))"
    }

    /// Texts without a sign whose value is above the bound's magnitude (or equal where it is not exclusive).
    private static func greater(_ bound: DecimalBound) -> String {
        let whole = Array(bound.integer.utf8).map { Int($0) - 48 }
        var parts = ["[1-9]\\d{\(whole.count),}(\\.\\d+)?"]
        for (index, digit) in whole.enumerated() where digit < 9 {
            parts.append(
                "\(text(whole[..<index]))[\(digit + 1)-9]\\d{\(whole.count - index - 1)}(\\.\\d+)?")
        }
        if bound.integer == "0" { parts = ["[1-9]\\d*(\\.\\d+)?"] }
        let fraction = Array(bound.fraction.utf8).map { Int($0) - 48 }
        for (index, digit) in fraction.enumerated() where digit < 9 {
            parts.append("\(bound.integer)\\.\(text(fraction[..<index]))[\(digit + 1)-9]\\d*")
        }
        if bound.isExclusive {
            parts.append("\(bound.integer)\\.\(bound.fraction)\\d*[1-9]\\d*")
        } else {
            parts.append(
                bound.fraction.isEmpty
                    ? "\(bound.integer)(\\.\\d+)?" : "\(bound.integer)\\.\(bound.fraction)\\d*")
        }
        return parts.joined(separator: "|")
    }

    /// Texts without a sign whose value is below the bound's magnitude (or equal where it is not exclusive). Empty where
    /// there are none: the empty text is no number.
    private static func less(_ bound: DecimalBound) -> String {
        let whole = Array(bound.integer.utf8).map { Int($0) - 48 }
        var parts: [String] = []
        if whole.count > 1 { parts.append("(0|[1-9]\\d{0,\(whole.count - 2)})(\\.\\d+)?") }
        for (index, digit) in whole.enumerated() {
            let low = index == 0 && whole.count > 1 ? 1 : 0
            guard digit > low else { continue }
            parts.append(
                "\(text(whole[..<index]))[\(low)-\(digit - 1)]\\d{\(whole.count - index - 1)}(\\.\\d+)?")
        }
        let fraction = Array(bound.fraction.utf8).map { Int($0) - 48 }
        for (index, digit) in fraction.enumerated() {
            // What ends before the bound's last digit, which is not 0, is less.
            parts.append(index == 0 ? bound.integer : "\(bound.integer)\\.\(text(fraction[..<index]))")
            if digit > 0 {
                parts.append("\(bound.integer)\\.\(text(fraction[..<index]))[0-\(digit - 1)]\\d*")
            }
        }
        if !bound.isExclusive {
            parts.append(
                bound.fraction.isEmpty ? "\(bound.integer)(\\.0+)?" : "\(bound.integer)\\.\(bound.fraction)0*")
        }
        return parts.joined(separator: "|")
    }

    private static func text(_ digits: ArraySlice<Int>) -> String { digits.map(String.init).joined() }

    /// Integers that `divisor` divides: the state is the remainder of the digits so far.
    private static func multiples(of divisor: Int) -> ScalarAutomaton {
        var result = ScalarAutomaton(edges: [], isFinal: [])
        // 0: the start; 1: after the sign; then remainders.
        for state in 0..<divisor + 2 {
            var edges: [ScalarAutomaton.Edge] = []
            if state == 0 { edges.append(ScalarAutomaton.Edge(scalars: ScalarSet("-"), target: 1)) }
            for digit in 0..<10 {
                let remainder = ((state < 2 ? 0 : 10 * (state - 2)) + digit) % divisor
                edges.append(
                    ScalarAutomaton.Edge(scalars: ScalarSet(UInt32(48 + digit)), target: 2 + remainder))
            }
            result.edges.append(edges)
            result.isFinal.append(state == 2)
        }
        return result.trimmed()
    }
}
