import TestSupport
import ZondaCore
import ZondaScheduling

/// Random requests sent through a scheduler and a simulated device, everything checked after every call.
struct Traffic {
    private struct Client {
        var oracle: Oracle
        var tokens: [TokenID] = []
        var outputRows: Set<Int> = []
        var promptComputed = false
    }

    private(set) var scheduler: Scheduler
    private var device: SimulatedDevice
    private var generator: SplitMix64
    private var alive: [SequenceID: Client] = [:]
    private var oracles: [SequenceID: Oracle] = [:]
    private var flying: [StepPlan] = []
    private var prefixes: [[TokenID]]
    private(set) var finishedCount = 0
    private(set) var cachedRowCount = 0
    private(set) var discardedCount = 0
    private(set) var endings: [String: Int] = [:]
    private var started: Set<SequenceID> = []

    init(seed: UInt64, lookahead: Int) throws {
        var generator = SplitMix64(seed: seed)
        let configuration = Self.configuration(lookahead: lookahead, &generator)
        prefixes = (0..<3).map { _ in
            (0..<Int.random(in: 1...30, using: &generator)).map { _ in Self.token(&generator) }
        }
        scheduler = try Scheduler(configuration)
        device = SimulatedDevice(configuration)
        self.generator = generator
    }

    private static func configuration(lookahead: Int, _ generator: inout SplitMix64) -> SchedulerConfiguration {
        let windows: [[Int?]] = [[nil], [nil, 9], [5], [nil, 3, 16], [nil, nil], [1, nil], [7, 20]]
        let pageSize = Int.random(in: 2...6, using: &generator)
        let longest = 90 / pageSize
        let groups = windows[Int.random(in: 0..<windows.count, using: &generator)].map {
            PageGroup(window: $0, pageCount: Int.random(in: longest * 2 / 3...longest * 2, using: &generator))
        }
        let batch = Int.random(in: 1...8, using: &generator)
        return SchedulerConfiguration(
            pageSize: pageSize, groups: groups, maxBatchSize: batch,
            maxTokensPerStep: batch + Int.random(in: 0...24, using: &generator), maxSequenceLength: 90,
            lookahead: lookahead, prefixCaching: Int.random(in: 0..<8, using: &generator) > 0)
    }

    private static func token(_ generator: inout SplitMix64) -> TokenID {
        TokenID.random(in: 0..<TokenID(Oracle.vocabularyCount), using: &generator)
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &generator) < percent }

    private mutating func request() -> SequenceRequest {
        var tokens = chance(70) ? prefixes[Int.random(in: 0..<prefixes.count, using: &generator)] : []
        for _ in 0..<Int.random(in: tokens.isEmpty ? 1...20 : 0...12, using: &generator) {
            tokens.append(Self.token(&generator))
        }
        var request = SequenceRequest(
            tokens: tokens, cacheDomain: chance(10) ? 1 : 0, maxNewTokens: Int.random(in: 1...40, using: &generator),
            stopTokens: chance(50) ? [Self.token(&generator), Self.token(&generator)] : [],
            ignoresStopTokens: chance(10), needsHostToken: chance(20),
            priority: chance(10) ? Int.random(in: -1...1, using: &generator) : 0)
        if chance(10) { request.promptOutputs = chance(50) ? .allRows : .lastRow }
        if request.promptOutputs != .none, chance(40) { request.maxNewTokens = 0 }
        if chance(10) { request.contentIDs = tokens.map { Int64($0) + ($0 == 3 ? 1 << 40 : 0) } }
        return request
    }

    /// Sends `count` requests and works until all are over.
    mutating func run(count: Int) throws {
        var left = count
        var calls = 0
        while left > 0 || !scheduler.isIdle {
            calls += 1
            guard calls < 5000 * count else { throw DeviceFault(description: "no end after \(calls) calls") }
            switch Int.random(in: 0..<100, using: &generator) {
            case 0..<12 where left > 0: left -= try add(upTo: left)
            case 12 where chance(50): try end(alive.keys.sorted().randomElement(using: &generator))
            case 13: try failSteps()
            case 14..<50: try completeOne()
            default: try planOne()
            }
            try scheduler.checkIntegrity()
        }
        try check(alive.isEmpty, "\(alive.count) requests never ended")
        try check(scheduler.pageCounts.allSatisfy { $0.usedCount == 0 }, "pages are used by nobody")
    }

    /// One request, or several choices of one.
    private mutating func add(upTo left: Int) throws -> Int {
        let request = request()
        let choices = chance(15) ? min(left, 3) : 1
        for _ in 0..<choices {
            let id: SequenceID
            do {
                id = try scheduler.add(request)
            } catch {
                try check(error.code == .outOfMemory, "\(error)")
                finishedCount += 1
                endings["refused", default: 0] += 1
                continue
            }
            let oracle = Oracle(request)
            oracles[id] = oracle
            alive[id] = Client(oracle: oracle)
        }
        return choices
    }

    private mutating func planOne() throws {
        // At times with a limit of its own for each step, none of which may matter to an answer.
        let limit = chance(50) ? Int.max : Int.random(in: -1...12, using: &generator)
        let plan = scheduler.plan(promptRows: limit)
        // A last row of a prompt goes beside the limit.
        let chunkRows = (plan?.spans ?? []).map(\.tokens.count).filter { $0 > 1 }.reduce(0, +)
        try check(chunkRows <= max(1, limit), "\(chunkRows) rows of prompts, not \(limit)")
        guard let plan else {
            let stuck = flying.isEmpty && !alive.isEmpty
            return try check(!stuck, "nothing is planned, nothing in flight, \(alive.count) requests wait")
        }
        for span in plan.spans {
            try check(alive[span.sequence] != nil, "a row of sequence \(span.sequence), which is over")
            let waits = oracles[span.sequence]?.request.needsHostToken == true
            try check(!(waits && span.tokens.contains(StepSpan.lastSample)), "ran ahead of a token that the host needs")
            if started.insert(span.sequence).inserted { cachedRowCount += span.start }
        }
        flying.append(plan)
    }

    private mutating func completeOne() throws {
        guard !flying.isEmpty else { return }
        let plan = flying.removeFirst()
        let tokens = try device.execute(plan, oracles)
        for span in plan.spans { try deliver(span) }
        for event in try scheduler.complete(step: plan.step, tokens: tokens) { try handle(event) }
    }

    /// Each prompt row's outputs come once, if they were asked for.
    private mutating func deliver(_ span: StepSpan) throws {
        guard let request = alive[span.sequence]?.oracle.request else { return }
        for row in span.logitRows.map({ span.start + $0 }) where row < request.tokens.count {
            let sampled = span.samples && row == span.end - 1
            let wanted = request.promptOutputs == .allRows || row == request.tokens.count - 1
            let isNew = alive[span.sequence]?.outputRows.insert(row).inserted ?? true
            try check(wanted && (isNew || sampled), "outputs of row \(row) again, or unasked")
        }
    }

    private mutating func failSteps() throws {
        guard chance(20), !flying.isEmpty else { return }
        for plan in flying { device.fail(plan) }
        let concerned = Set(flying.flatMap { $0.spans.map(\.sequence) }).intersection(alive.keys)
        flying = []
        let reported = scheduler.abandonSteps()
        try check(Set(reported) == concerned, "\(reported) were in the steps, or \(concerned)")
        if chance(50), let id = reported.first { try handle(scheduler.finish(id, reason: .failed)) }
    }

    private mutating func end(_ id: SequenceID?) throws {
        guard let id else { return }
        try handle(chance(50) ? scheduler.cancel(id) : scheduler.finish(id, reason: .stopString))
        try check(scheduler.cancel(id) == nil, "a sequence ended twice")
    }

    private mutating func handle(_ event: SchedulerEvent?) throws {
        switch event {
        case .appended(let id, let token, let index):
            try check(alive[id]?.tokens.count == index, "token \(index) of sequence \(id) out of order")
            alive[id]?.tokens.append(token)
        case .promptComputed(let id):
            try check(alive[id]?.promptComputed == false, "the prompt of \(id) is computed twice")
            alive[id]?.promptComputed = true
        case .discarded(let id, _):
            try check(alive[id] == nil, "a sample of sequence \(id) was discarded")
            discardedCount += 1
        case .finished(let id, let reason):
            guard let client = alive.removeValue(forKey: id) else {
                throw DeviceFault(description: "\(id) ended twice")
            }
            finishedCount += 1
            try finished(client, reason)
        case nil:
            throw DeviceFault(description: "an end without an event")
        }
    }

    private mutating func finished(_ client: Client, _ reason: FinishReason) throws {
        let request = client.oracle.request
        let answer = client.oracle.answer
        switch reason {
        case .stopToken(let token):
            endings["stopToken", default: 0] += 1
            try check(client.tokens == answer && answer.last == token, "\(client.tokens) is not \(answer)")
        case .length:
            endings["length", default: 0] += 1
            try check(
                client.tokens == answer && answer.count == request.maxNewTokens, "\(client.tokens), not \(answer)")
        case .promptComputed:
            endings["prompt", default: 0] += 1
            try check(request.maxNewTokens == 0 && client.promptComputed, "a prompt ended without its outputs")
        default:
            endings["\(reason)", default: 0] += 1
            return try check(answer.starts(with: client.tokens), "\(client.tokens) does not begin \(answer)")
        }
        try check(client.promptComputed == (request.promptOutputs != .none), "the prompt's outputs and their event")
        guard request.promptOutputs == .allRows else { return }
        try check(client.outputRows.count == request.tokens.count, "\(client.outputRows.count) rows had outputs")
    }

    private func check(_ condition: Bool, _ message: @autoclosure () -> String) throws {
        if !condition { throw DeviceFault(description: message()) }
    }
}
