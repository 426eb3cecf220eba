/// What steps cost, learnt from those that were measured: a fixed part, and one for each row of a prompt.
///
/// A Kalman filter of two values (Kalman, "A new approach to linear filtering and prediction problems", 1960). Both drift:
/// the fixed part with how many requests decode and how long they are, a row's with how far into its prompt it is. Steps
/// that only decode tell the first, those that compute prompts tell both as far as they are in doubt; so it goes on
/// learning when one kind of step does not come for a while.
struct StepCost {
    /// Seconds of a step without rows of prompts.
    private(set) var fixed: Double
    /// Seconds of one row of a prompt.
    private(set) var perRow: Double
    // The covariance of both, in seconds squared.
    private var fixedVariance: Double
    private var rowVariance: Double
    private var covariance = 0.0

    /// - Parameter seconds: what the first step that was measured took.
    init(seconds: Double, rows: Int) {
        fixed = seconds / (1 + Double(rows) * Self.firstRowShare)
        perRow = fixed * Self.firstRowShare
        fixedVariance = fixed * fixed
        rowVariance = perRow * perRow
    }

    /// A row's share of a step, until steps of both kinds were seen.
    private static let firstRowShare = 1.0 / 8
    /// How much the values are expected to change from one step to the next. A row's goes up all along a prompt; were the
    /// fixed part to follow that, the limit would rise with what it limits.
    private static let (fixedDrift, rowDrift) = (0.02, 0.1)
    /// How much equal steps differ.
    private static let noise = 0.1
    /// A row is never thought to cost nothing: there would be no limit then, and nothing to learn from.
    private static let leastRowShare = 1.0 / 4096

    mutating func learn(seconds: Double, rows: Int) {
        let rows = Double(rows)
        fixedVariance += Self.fixedDrift * Self.fixedDrift * fixed * fixed
        rowVariance += Self.rowDrift * Self.rowDrift * perRow * perRow
        let expected = fixed + perRow * rows
        // A step during which the machine did something else may take many times as long: it counts as twice as long.
        let surprise = min(seconds - expected, expected)
        let fixedGain = fixedVariance + covariance * rows
        let rowGain = covariance + rowVariance * rows
        let variance = fixedGain + rowGain * rows + Self.noise * Self.noise * expected * expected
        fixed += fixedGain / variance * surprise
        perRow += rowGain / variance * surprise
        fixedVariance -= fixedGain * fixedGain / variance
        rowVariance -= rowGain * rowGain / variance
        covariance -= fixedGain * rowGain / variance
        fixed = max(fixed, seconds * Self.leastRowShare)
        perRow = max(perRow, fixed * Self.leastRowShare)
    }
}
