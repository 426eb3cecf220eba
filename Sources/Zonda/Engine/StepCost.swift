/// What steps cost, learnt from those that were measured: a fixed part, and one for each row of a prompt.
///
/// Steps that only decode tell the first, the others what is left for their rows. Each is a Kalman filter of one value
/// (Kalman, "A new approach to linear filtering and prediction problems", 1960), so that the fixed part, which is seen less
/// often beside a prompt, is then believed the more. Both drift: the fixed part with how many requests decode and how long
/// they are, a row's with how far into its prompt it is. Were the fixed part learnt from all steps, the limit would rise
/// with what it limits.
struct StepCost {
    /// Seconds of a step without rows of prompts.
    var fixed: Double { fixedPart.value }
    /// Seconds of one row of a prompt.
    var perRow: Double { row.value }
    private var fixedPart: Estimate
    private var row: Estimate

    /// - Parameter seconds: what the first step that was measured took.
    init(seconds: Double, rows: Int) {
        let fixed = seconds / (1 + Double(rows) * Self.firstRowShare)
        fixedPart = Estimate(fixed, drift: 0.02)
        row = Estimate(fixed * Self.firstRowShare, drift: 0.1)
    }

    /// A row's share of a step, until steps of both kinds were seen.
    private static let firstRowShare = 1.0 / 8
    /// How much equal steps differ, as a share of what they take.
    private static let noise = 0.1
    /// A row is never thought to cost nothing: there would be no limit then, and nothing to learn from.
    private static let leastRowShare = 1.0 / 4096

    mutating func learn(seconds: Double, rows: Int) {
        // A step during which the machine did something else may take many times as long: it counts as twice as long.
        let seconds = min(seconds, 2 * (fixed + perRow * Double(rows)))
        fixedPart.passTime()
        if rows == 0 {
            fixedPart.learn(seconds, noise: Self.noise * fixed)
        } else {
            row.passTime()
            let noise = Self.noise * seconds / Double(rows)
            row.learn(max(seconds - fixed, 0) / Double(rows), noise: noise)
        }
        row.value = max(row.value, fixed * Self.leastRowShare)
    }

    /// A value that drifts, known as well as `variance` says.
    private struct Estimate {
        var value: Double
        private var variance: Double
        /// By what share of it the value is expected to change from one step to the next.
        private let drift: Double

        init(_ value: Double, drift: Double) {
            self.value = value
            self.drift = drift
            variance = value * value
        }

        mutating func passTime() { variance += drift * drift * value * value }

        mutating func learn(_ seen: Double, noise: Double) {
            let gain = variance / (variance + noise * noise)
            value += gain * (seen - value)
            variance -= gain * variance
        }
    }
}
