import ZondaCore

/// How many rows of prompts a step may have, so that those who wait for their next token do not wait long: all that fit
/// while nobody does, else as many as keep the step within a multiple of one that only decodes.
///
/// After the chunked prefill of Sarathi-Serve (Agrawal et al., OSDI 2024, "stall-free batching"), which has a fixed number
/// of rows; here it follows what steps were measured to take. Answers do not depend on it.
struct ChunkBudget {
    private let maxTokenDelay: Double
    private let maxRows: Int
    private var cost: StepCost?
    /// Steps with prompts since the last one without.
    private var mixedCount = 0
    /// When the step before was read, if it was waited for.
    private var lastRead: ContinuousClock.Instant?

    /// - Parameters:
    ///   - maxTokenDelay: how many times as long as one that only decodes a step may take; infinite for no limit.
    ///   - maxRows: rows of a step at most.
    init(maxTokenDelay: Double, maxRows: Int) {
        self.maxTokenDelay = maxTokenDelay
        self.maxRows = maxRows
    }

    /// Rows of prompts in the next step: at least 1, or none after `restInterval` steps with some: only steps that decode
    /// tell what a step costs without prompts.
    ///
    /// - Parameters:
    ///   - decodingCount: how many wait for their next token.
    ///   - promptCount: how many wait for their first one. When they are more, the step may take longer in proportion:
    ///     many would wait for few otherwise, and steps in which few decode waste what the weights cost to read.
    func rows(besides decodingCount: Int, for promptCount: Int = 1) -> Int {
        guard decodingCount > 0, maxTokenDelay.isFinite else { return maxRows }
        guard mixedCount < Self.restInterval else { return 0 }
        guard let cost else { return Self.firstRows }
        let delay = maxTokenDelay * max(1, Double(promptCount) / Double(decodingCount))
        let rows = (delay - 1) * cost.fixed / cost.perRow
        guard rows < Double(maxRows) else { return maxRows }
        return max(1, Self.rounded(Int(rows) + decodingCount) - decodingCount)
    }

    /// Before anything was measured.
    private static let firstRows = 32
    private static let restInterval = 16

    /// Kernels compute rows in groups of 8 and 16 at a time, and an incomplete one costs as much.
    private static func rounded(_ rows: Int) -> Int { rows < 16 ? rows : rows & ~15 }

    /// A step will run that has so many rows of prompts.
    mutating func stepWasPlanned(promptRows: Int) { mixedCount = promptRows > 0 ? mixedCount + 1 : 0 }

    /// Learns from a step that was read just now and planned at `submitted`.
    ///
    /// - Parameters:
    ///   - promptRows: its rows of prompts.
    ///   - isAwaited: whether reading it had to wait for the device; a step that gives no tokens is not.
    mutating func stepWasRead(
        submitted: ContinuousClock.Instant, promptRows: Int, isAwaited: Bool, now: ContinuousClock.Instant = .now
    ) {
        guard isAwaited else {
            lastRead = nil
            return
        }
        defer { lastRead = now }
        // Of a step that was submitted behind one that nobody waited for, it is not known when it began.
        guard let lastRead else { return }
        let seconds = (now - max(submitted, lastRead)).seconds
        guard seconds > 0 else { return }
        if cost?.learn(seconds: seconds, rows: promptRows) == nil {
            cost = StepCost(seconds: seconds, rows: promptRows)
        }
    }
}
