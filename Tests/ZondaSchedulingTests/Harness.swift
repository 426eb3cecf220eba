import ZondaCore
import ZondaScheduling

/// A scheduler with its simulated device, driven by hand: every step is checked as it is executed.
struct Harness {
    var scheduler: Scheduler
    private var device: SimulatedDevice
    private(set) var oracles: [SequenceID: Oracle] = [:]
    private var flying: [StepPlan] = []
    /// Spans of each sequence, in order.
    private(set) var spans: [SequenceID: [StepSpan]] = [:]
    private(set) var events: [SchedulerEvent] = []

    init(
        pageSize: Int = 4, groups: [PageGroup] = [PageGroup(pageCount: 64)], batch: Int = 4, stepTokens: Int = 32,
        length: Int = 200, lookahead: Int = 0, prefixCaching: Bool = true
    ) throws {
        let configuration = SchedulerConfiguration(
            pageSize: pageSize, groups: groups, maxBatchSize: batch, maxTokensPerStep: stepTokens,
            maxSequenceLength: length, lookahead: lookahead, prefixCaching: prefixCaching)
        scheduler = try Scheduler(configuration)
        device = SimulatedDevice(configuration)
    }

    /// Tokens that depend on `start`, so that different ones share nothing.
    static func prompt(_ count: Int, from start: Int = 0) -> [TokenID] {
        (start..<start + count).map { TokenID($0) }
    }

    mutating func add(_ request: SequenceRequest) throws -> SequenceID {
        let id = try scheduler.add(request)
        oracles[id] = Oracle(request)
        return id
    }

    mutating func plan(promptRows: Int = .max) throws -> StepPlan? {
        let plan = scheduler.plan(promptRows: promptRows)
        try scheduler.checkIntegrity()
        guard let plan else { return nil }
        flying.append(plan)
        for span in plan.spans { spans[span.sequence, default: []].append(span) }
        return plan
    }

    /// Executes and completes the oldest step in flight.
    @discardableResult
    mutating func complete() throws -> [SchedulerEvent] {
        let plan = flying.removeFirst()
        let tokens = try device.execute(plan, oracles)
        let new = try scheduler.complete(step: plan.step, tokens: tokens)
        try scheduler.checkIntegrity()
        events += new
        return new
    }

    /// Plans and completes until nothing is left.
    mutating func drain() throws {
        while !scheduler.isIdle {
            while try plan() != nil {}
            if !flying.isEmpty { try complete() }
        }
    }

    /// The tokens that were appended to a sequence.
    func answer(of sequence: SequenceID) -> [TokenID] {
        events.compactMap {
            if case .appended(sequence, let token, _) = $0 { token } else { nil }
        }
    }
}
