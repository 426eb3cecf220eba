extension Scheduler {
    /// Steps after which a sequence that did not fit is tried again though none has left.
    private static let retryInterval = 8

    private enum Verdict {
        case admit(PrefixMatch)
        /// Others may go before.
        case later
        /// Nobody may go before.
        case mustWait
    }

    /// Starts waiting sequences, in order, as long as there are slots, rows and pages.
    mutating func admitWaiting(_ draft: inout StepDraft) {
        var place = waiting.count - 1
        while place >= 0, draft.chunkBudget > 0, !freeSlots.isEmpty {
            let key = waiting[place]
            switch verdict(on: key) {
            case .mustWait: return
            case .later: break
            case .admit(let match):
                waiting.remove(at: place)
                start(key, with: match, into: &draft)
            }
            place -= 1
        }
    }

    private mutating func verdict(on key: QueueKey) -> Verdict {
        if let blocked, blocked.id == key.id, nextStep < blocked.retry { return .mustWait }
        guard let state = parked[key.id] else { return .later }
        guard mayStart(state) else { return .later }
        let match = cache.match(state.history, limit: state.sharableCount / configuration.pageSize)
        if let leader = leader(for: state, beyond: match.nodes.count) {
            parked[key.id]?.leader = leader
            return .later
        }
        if running.isEmpty || fits(state, match) { return .admit(match) }
        blocked = (key.id, nextStep + Self.retryInterval)
        return .mustWait
    }

    private mutating func start(_ key: QueueKey, with match: PrefixMatch, into draft: inout StepDraft) {
        guard var state = parked.removeValue(forKey: key.id), let slot = freeSlots.popLast() else { return }
        state.slot = slot
        state.leader = nil
        cache.adopt(match, into: &state.table)
        state.computedCount = match.nodes.count * configuration.pageSize
        let index = runningPlace(of: key)
        running.insert(state, at: index)
        let wanted = min(running[index].plannableCount, draft.chunkBudget)
        let count = cache.rowsThatFit(running[index].table, from: running[index].computedCount, limit: wanted)
        if count > 0 { take(count, at: index, into: &draft) }
        draft.chunkBudget -= count
    }

    /// Whether nothing but room keeps a waiting sequence from running.
    func mayStart(_ state: SequenceState) -> Bool {
        // Tokens in flight must be read before they can be computed again.
        if state.pendingCount > 0 || state.isFullyPlanned { return false }
        if let leader = state.leader, isComputing(leader) { return false }
        return true
    }

    /// Whether a leader still runs and has not come as far as it was waited for.
    private func isComputing(_ leader: SequenceState.Leader) -> Bool {
        guard let index = runningIndex(of: leader.key) else { return false }
        return running[index].table.sharedCount < leader.pageCount
    }

    /// An older sequence that is about to compute pages which this one could use: waiting for it saves computing them
    /// twice. Only older ones, which run on whatever happens here, so nobody waits in a circle or for ever.
    private func leader(for state: SequenceState, beyond matched: Int) -> SequenceState.Leader? {
        let limit = state.sharableCount / configuration.pageSize
        guard configuration.prefixCaching, limit > matched else { return nil }
        var best: SequenceState.Leader?
        for other in running where other.key < state.key {
            let known = other.history.count / configuration.pageSize
            guard other.table.sharedCount < known, known > best?.pageCount ?? matched else { continue }
            let common = state.history.commonPageCount(
                with: other.history, size: configuration.pageSize, limit: min(limit, known))
            if common > max(other.table.sharedCount, best?.pageCount ?? matched) {
                best = SequenceState.Leader(key: other.key, pageCount: common)
            }
        }
        return best
    }

    /// Whether all known tokens of a sequence have room beside what those that run have still to compute, with a page
    /// for each to grow: a sequence that is let in too early is only preempted again.
    private func fits(_ state: SequenceState, _ match: PrefixMatch) -> Bool {
        configuration.groups.indices.allSatisfy { group in
            var needed = running.count + pagesAhead(length: state.length, held: match.nodes.count, group: group)
            for other in running where other.plannableCount > 1 {
                needed += pagesAhead(length: other.length, held: other.table.pages[group].count, group: group)
            }
            return needed <= cache.pools[group].availableCount - cache.cachedPageCount(of: match, group: group)
        }
    }

    /// Pages that a sequence still takes in a group until all its known tokens are computed.
    private func pagesAhead(length: Int, held: Int, group: Int) -> Int {
        let ahead = length.pages(of: configuration.pageSize) - held
        guard let window = configuration.groups[group].window else { return ahead }
        return min(ahead, (window + configuration.maxTokensPerStep).pages(of: configuration.pageSize) + 1)
    }
}
