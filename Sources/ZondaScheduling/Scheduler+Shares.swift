/// How the prompts of a step share its rows: the first one has at least half of them, so that it always moves; shorter ones
/// behind it may have the rest, so that a long prompt does not hold up short ones until it is through.
///
/// Only prompts with fewer rows left go before an earlier one: among equals the order of arrival is the best for all.
/// (Shortest remaining time first; Schrage 1968.)
struct PromptShares: Sendable {
    private struct Demand: Sendable {
        var key: QueueKey
        var rowCount: Int
    }

    /// Prompts that want rows, in their order: those that run, then those that could start.
    private var demands: [Demand] = []

    mutating func add(_ key: QueueKey, rowCount: Int) { demands.append(Demand(key: key, rowCount: rowCount)) }

    /// How many of the rows that are left a prompt may take.
    func limit(of key: QueueKey, rowsLeft: Int) -> Int {
        guard demands.count > 1, let place = demands.firstIndex(where: { $0.key == key }) else { return rowsLeft }
        let own = demands[place]
        let mostForOthers = place == 0 ? rowsLeft / 2 : rowsLeft
        var forOthers = 0
        for other in demands[(place + 1)...] where other.rowCount < own.rowCount && other.key.priority >= key.priority {
            forOthers += other.rowCount
            if forOthers >= mostForOthers { return rowsLeft - mostForOthers }
        }
        return rowsLeft - forOthers
    }
}

extension Scheduler {
    /// Sequences that have a token and wait for the next one; a step's rows of prompts are what delays it.
    public var decodingCount: Int {
        running.reduce(0) { $0 + ($1.isDecoding ? 1 : 0) }
    }

    /// Sequences that compute their prompts, or could with a step's rows: those who wait for their first token.
    public var promptCount: Int {
        running.reduce(0) { $0 + ($1.isDecoding || $1.isFullyPlanned ? 0 : 1) } + min(waiting.count, freeSlots.count)
    }

    /// What prompts want of the next step.
    func promptShares() -> PromptShares {
        var shares = PromptShares()
        for state in running where state.plannableCount > 1 { shares.add(state.key, rowCount: state.plannableCount) }
        for key in waiting.reversed().prefix(freeSlots.count) {
            // Nobody may start before one that found no room.
            if let blocked, blocked.id == key.id, nextStep < blocked.retry { break }
            guard let state = parked[key.id], mayStart(state) else { continue }
            shares.add(key, rowCount: max(1, state.length - state.expectedCachedCount))
        }
        return shares
    }
}
