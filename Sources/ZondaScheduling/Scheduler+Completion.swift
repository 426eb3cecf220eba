public import ZondaCore

extension Scheduler {
    /// Takes the samples of the oldest step in flight, one per span that samples, in the order of its spans.
    ///
    /// Throws `internalFault`, with nothing changed, if another step is due or the tokens are not as many as were asked
    /// for, or negative.
    public mutating func complete(step: Int, tokens: [TokenID]) throws(ZondaError) -> [SchedulerEvent] {
        guard let due = inFlight.first, due.step == step else {
            throw ZondaError(
                .internalFault, "step \(step) was completed, \(inFlight.first.map { "\($0.step)" } ?? "none") is due")
        }
        let sampleCount = due.spans.reduce(0) { $0 + ($1.sampleIndex == nil ? 0 : 1) }
        guard tokens.count == sampleCount, !tokens.contains(where: { $0 < 0 }) else {
            throw ZondaError(.internalFault, "step \(step) gave the samples \(tokens), \(sampleCount) were asked for")
        }
        inFlight.removeFirst()
        var events: [SchedulerEvent] = []
        events.reserveCapacity(due.spans.count)
        var next = tokens.makeIterator()
        for span in due.spans {
            receive(span, token: span.sampleIndex == nil ? nil : next.next(), &events)
        }
        return events
    }

    private mutating func receive(_ span: StepInFlight.Span, token: TokenID?, _ events: inout [SchedulerEvent]) {
        if let index = runningIndex(of: span.key) {
            let reason = running[index].receive(span, token: token, &events)
            if reason == nil { publish(at: index) } else { leave(at: index) }
            if let reason { events.append(.finished(sequence: span.key.id, reason: reason)) }
        } else if var state = parked.removeValue(forKey: span.key.id) {
            let reason = state.receive(span, token: token, &events)
            parked[span.key.id] = state
            if let reason, let event = finish(span.key.id, reason: reason) { events.append(event) }
        } else if let index = span.sampleIndex {
            events.append(.discarded(sequence: span.key.id, index: index))
        }
    }

    /// Voids all steps in flight, after one of them failed on the device and the ones behind it read what it left.
    ///
    /// Every running sequence goes back to the queue and computes its rows again; cached pages that the steps wrote are
    /// forgotten. Returns the sequences that were in those steps, for the caller to `finish` if it will not try again.
    public mutating func abandonSteps() -> [SequenceID] {
        guard let first = inFlight.first else { return [] }
        let concerned = Set(inFlight.flatMap { $0.spans.map(\.key) })
        inFlight = []
        while var state = running.popLast() {
            cache.release(&state.table)
            freeSlots.append(state.slot)
            state.slot = -1
            state.computedCount = 0
            park(state)
        }
        for key in waiting { parked[key.id]?.abandonSteps() }
        cache.forget(since: first.step)
        blocked = nil
        return concerned.filter { parked[$0.id] != nil }.sorted().map(\.id)
    }
}

extension SequenceState {
    /// Takes what a completed step brought; returns why it is the end, if it is.
    fileprivate mutating func receive(
        _ span: StepInFlight.Span, token: TokenID?, _ events: inout [SchedulerEvent]
    ) -> FinishReason? {
        if outputsDelivered < promptCount {
            outputsDelivered = max(outputsDelivered, min(span.end, promptCount))
            if outputsDelivered == promptCount {
                events.append(.promptComputed(sequence: key.id))
                if request.maxNewTokens == 0 { return .promptComputed }
            }
        }
        guard let token, let index = span.sampleIndex else { return nil }
        let reason = receive(token)
        events.append(.appended(sequence: key.id, token: token, index: index))
        return reason
    }
}
