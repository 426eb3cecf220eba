public import ZondaCore

/// What the pages of one group are doing: `freeCount + cachedCount + usedCount == totalCount`.
public struct PageCounts: Codable, Hashable, Sendable {
    public var totalCount: Int
    /// Pages with nothing in them.
    public var freeCount: Int
    /// Pages that only the prefix tree keeps, to be taken when the free ones are gone.
    public var cachedCount: Int
    /// Pages of running sequences.
    public var usedCount: Int
}

extension Scheduler {
    public var pageCounts: [PageCounts] {
        cache.pools.map {
            PageCounts(
                totalCount: $0.totalCount, freeCount: $0.freeCount, cachedCount: $0.cachedCount,
                usedCount: $0.usedCount)
        }
    }
    public var runningCount: Int { running.count }
    public var waitingCount: Int { waiting.count }
    public var stepsInFlightCount: Int { inFlight.count }
    /// Whether every sequence is over and every step complete.
    public var isIdle: Bool { running.isEmpty && waiting.isEmpty && inFlight.isEmpty }

    /// Counts everything again and throws `internalFault` with the first thing that does not agree. For tests and
    /// debugging: it looks at every page and every node.
    public func checkIntegrity() throws(ZondaError) {
        if let fault = queueFault() ?? flightFault() ?? pageFault() {
            throw ZondaError(.internalFault, "scheduler: \(fault)")
        }
    }

    private func queueFault() -> String? {
        for (left, right) in zip(running, running.dropFirst()) where !(left.key < right.key) {
            return "sequence \(right.key.id) runs after \(left.key.id)"
        }
        for (left, right) in zip(waiting, waiting.dropFirst()) where !(right < left) {
            return "sequence \(left.id) waits behind \(right.id)"
        }
        if Set(waiting.map(\.id)) != Set(parked.keys) { return "the queue and its states differ" }
        let slots = (freeSlots + running.map(\.slot)).sorted()
        if slots != Array(0..<configuration.maxBatchSize) { return "the slots are \(slots)" }
        for (id, state) in parked where state.slot != -1 || state.computedCount != 0 {
            return "sequence \(id) waits with slot \(state.slot) and \(state.computedCount) rows"
        }
        for state in running where parked[state.key.id] != nil { return "sequence \(state.key.id) runs and waits" }
        return nil
    }

    private func flightFault() -> String? {
        if inFlight.count > configuration.lookahead + 1 { return "\(inFlight.count) steps are in flight" }
        var pending: [SequenceID: Int] = [:]
        for span in inFlight.flatMap(\.spans) where span.sampleIndex != nil { pending[span.key.id, default: 0] += 1 }
        for state in running + parked.values where state.pendingCount != pending[state.key.id, default: 0] {
            return "sequence \(state.key.id) has \(state.pendingCount) samples in flight, steps have "
                + "\(pending[state.key.id, default: 0])"
        }
        for state in running where state.computedCount > state.length {
            return "sequence \(state.key.id) has \(state.computedCount) rows of \(state.length) tokens"
        }
        return nil
    }

    private func pageFault() -> String? {
        let tables = running.map { (name: "sequence \($0.key.id)", table: $0.table, rows: $0.computedCount) }
        for (id, state) in parked where state.table.pages.contains(where: { !$0.isEmpty }) {
            return "sequence \(id) waits with pages"
        }
        return cache.fault(tables: tables)
    }
}
