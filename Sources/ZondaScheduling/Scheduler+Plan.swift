/// A step while it is put together.
struct StepDraft: Sendable {
    /// Rows that chunks of prompts may still take.
    var chunkBudget: Int
    let shares: PromptShares
    private(set) var decodes: [(span: StepSpan, key: QueueKey)] = []
    private(set) var chunks: [(span: StepSpan, key: QueueKey)] = []

    init(chunkBudget: Int, shares: PromptShares) {
        self.chunkBudget = chunkBudget
        self.shares = shares
    }

    var isEmpty: Bool { decodes.isEmpty && chunks.isEmpty }

    mutating func add(_ span: StepSpan, _ key: QueueKey) {
        if span.isDecode { decodes.append((span, key)) } else { chunks.append((span, key)) }
    }
}

extension Scheduler {
    /// The next step; nil if nothing can be planned before a step in flight is complete, or nothing is to be done.
    ///
    /// Never nil while a sequence is unfinished and no step is in flight. Complexity: proportional to the sequences that
    /// run, the rows of the chunks, and what is tried of the queue.
    ///
    /// - Parameter promptRows: rows of prompts at most, beside those that decode and within `maxTokensPerStep`; 1 in place of
    ///   none where nothing else can be planned or read.
    public mutating func plan(promptRows: Int = .max) -> StepPlan? {
        guard inFlight.count <= configuration.lookahead else { return nil }
        let single = running.reduce(0) { $0 + ($1.plannableCount == 1 ? 1 : 0) }
        var draft = StepDraft(
            chunkBudget: min(configuration.maxTokensPerStep - single, max(0, promptRows)),
            shares: promptShares())
        let pagesRanOut = planRunning(&draft)
        if !pagesRanOut { admitWaiting(&draft) }
        if !draft.isEmpty { return commit(draft) }
        // Nobody decodes, or who does has no page until a prompt is through.
        return promptRows < 1 && inFlight.isEmpty ? plan(promptRows: 1) : nil
    }

    /// Plans rows for those that run, oldest first, so that pages are only ever taken from one that is not yet in the
    /// step. Returns whether pages ran out.
    private mutating func planRunning(_ draft: inout StepDraft) -> Bool {
        var pagesRanOut = false
        var index = 0
        while index < running.count {
            let plannable = running[index].plannableCount
            let wanted =
                plannable == 1
                ? 1 : min(plannable, draft.shares.limit(of: running[index].key, rowsLeft: draft.chunkBudget))
            if wanted > 0 {
                cache.trim(&running[index].table, before: running[index].computedCount)
                let (count, preempted) = makeRoom(at: index, wanted: wanted)
                pagesRanOut = pagesRanOut || preempted || count == 0
                if count > 0 { take(count, at: index, into: &draft) }
                if plannable > 1 { draft.chunkBudget -= count }
            }
            index += 1
        }
        return pagesRanOut
    }

    /// How many of the wanted rows have pages, after taking some from younger sequences if there were none at all.
    private mutating func makeRoom(at index: Int, wanted: Int) -> (count: Int, preempted: Bool) {
        var preempted = false
        while true {
            let count = cache.rowsThatFit(running[index].table, from: running[index].computedCount, limit: wanted)
            if count > 0 || index == running.count - 1 { return (count, preempted) }
            park(leave(at: running.count - 1))
            preemptionCount += 1
            preempted = true
        }
    }

    /// Moves rows of a sequence into the step.
    mutating func take(_ count: Int, at index: Int, into draft: inout StepDraft) {
        cache.grow(&running[index].table, toRows: running[index].computedCount + count)
        draft.add(running[index].takeSpan(count: count), running[index].key)
    }

    private mutating func commit(_ draft: StepDraft) -> StepPlan {
        let entries = draft.decodes + draft.chunks
        let step = nextStep
        nextStep += 1
        inFlight.append(
            StepInFlight(
                step: step,
                spans: entries.map { span, key in
                    StepInFlight.Span(key: key, sampleIndex: span.samples ? span.sampleIndex : nil, end: span.end)
                }))
        // Only now: rows of one step must not read pages that another sequence writes in the same step.
        for (_, key) in entries {
            if let index = runningIndex(of: key) { publish(at: index) }
        }
        return StepPlan(step: step, spans: entries.map(\.span))
    }

    /// Makes what a running sequence has planned known to the prefix tree.
    mutating func publish(at index: Int) {
        cache.publish(
            &running[index].table, running[index].history, rowCount: running[index].computedCount, step: nextStep - 1)
    }
}
