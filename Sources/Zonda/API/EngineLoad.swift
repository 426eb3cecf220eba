import ZondaScheduling

/// What a runner's engine is doing, as of its last step.
public struct EngineLoad: Sendable, Hashable {
    /// Sequences that run; a request has one for each of its choices.
    public var runningCount = 0
    /// Sequences that wait for a place or for pages.
    public var waitingCount = 0
    /// The share of pages for keys and values that running sequences use, of the fullest kind: 0 ... 1.
    public var pageShare = 0.0

    init() {}

    init(_ scheduler: Scheduler) {
        runningCount = scheduler.runningCount
        waitingCount = scheduler.waitingCount
        pageShare = scheduler.pageCounts.map { Double($0.usedCount) / Double(max($0.totalCount, 1)) }.max() ?? 0
    }
}

extension Runner {
    /// How much the engine has to do now; cheap.
    public var load: EngineLoad { engine.load }
}
