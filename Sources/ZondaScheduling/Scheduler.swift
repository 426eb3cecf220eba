public import ZondaCore

/// Decides which rows of which sequences each step computes, and where their keys and values lie: continuous batching
/// with chunked prompts, shared prefixes and preemption, up to two steps ahead of the tokens that were read.
///
/// A value without clocks, locks or tensors: its owner calls `plan`, executes the steps in their order, and gives the
/// samples to `complete`.
///
/// ```swift
/// var scheduler = try Scheduler(configuration)
/// let id = try scheduler.add(SequenceRequest(tokens: prompt, maxNewTokens: 16))
/// while !scheduler.isIdle {
///     while let plan = scheduler.plan() { submit(plan) }
///     let (step, tokens) = nextResult()
///     for event in try scheduler.complete(step: step, tokens: tokens) { handle(event) }
/// }
/// ```
///
/// Order: sequences of a higher priority first, equal ones in order of arrival. Pages that run out are taken from the
/// last of the running sequences, which computes its rows again later. So the first one always moves, and every sequence
/// comes to its end. Results do not depend on any of it: chunks, slots and pages are free choices.
public struct Scheduler: Sendable {
    public let configuration: SchedulerConfiguration
    /// How often a sequence has lost its pages to an older one.
    public internal(set) var preemptionCount = 0

    var cache: PageCache
    /// In order of their keys.
    var running: [SequenceState] = []
    /// The first one is last.
    var waiting: [QueueKey] = []
    /// The states of `waiting`. None has pages; one that was preempted may have samples in flight.
    var parked: [SequenceID: SequenceState] = [:]
    var freeSlots: [Int]
    /// Oldest first, at most `lookahead` + 1.
    var inFlight: [StepInFlight] = []
    var nextStep = 0
    var nextID = 0
    /// The waiting sequence that did not fit when it was tried last, and the step at which to try again.
    var blocked: (id: SequenceID, retry: Int)?

    /// Throws `badConfiguration` naming a value that is out of its range.
    public init(_ configuration: SchedulerConfiguration) throws(ZondaError) {
        try configuration.validate()
        self.configuration = configuration
        cache = PageCache(configuration)
        freeSlots = (0..<configuration.maxBatchSize).reversed()
    }

    /// Queues a sequence and names it.
    ///
    /// Throws `badRequest` for a request that makes no sense, `contextExceeded` for one that is longer than
    /// `maxSequenceLength`, and `outOfMemory` with needed and available pages for one that would not fit alone.
    public mutating func add(_ request: SequenceRequest) throws(ZondaError) -> SequenceID {
        try validate(request)
        var state = SequenceState(id: nextID, request: request, groupCount: configuration.groups.count)
        nextID += 1
        let match = cache.match(state.history, limit: state.sharableCount / configuration.pageSize)
        state.expectedCachedCount = match.nodes.count * configuration.pageSize
        park(state)
        return state.key.id
    }

    /// Ends a sequence for a reason that the caller found; nil if it was over already. Samples of steps in flight are
    /// discarded when they complete.
    @discardableResult
    public mutating func finish(_ sequence: SequenceID, reason: FinishReason) -> SchedulerEvent? {
        if let index = running.firstIndex(where: { $0.key.id == sequence }) {
            leave(at: index)
        } else if let state = parked.removeValue(forKey: sequence) {
            waiting.remove(at: waitingPlace(of: state.key))
        } else {
            return nil
        }
        return .finished(sequence: sequence, reason: reason)
    }

    /// Ends a sequence that nobody waits for any more; nil if it was over already.
    @discardableResult
    public mutating func cancel(_ sequence: SequenceID) -> SchedulerEvent? {
        finish(sequence, reason: .cancelled)
    }

    /// Forgets the cached prefixes that no sequence uses.
    public mutating func forgetPrefixes() { cache.forgetUnused() }
}

/// What `complete` needs to know of a step that was planned.
struct StepInFlight: Sendable {
    struct Span: Sendable {
        var key: QueueKey
        /// Which token of the answer is sampled; nil for none.
        var sampleIndex: Int?
        /// The row after the last one.
        var end: Int
    }

    var step: Int
    var spans: [Span]
}

extension Scheduler {
    /// Puts a sequence without pages into the queue.
    mutating func park(_ state: SequenceState) {
        waiting.insert(state.key, at: waitingPlace(of: state.key))
        parked[state.key.id] = state
    }

    /// Where the key is among `waiting`, or belongs.
    func waitingPlace(of key: QueueKey) -> Int {
        waiting.partitioningIndex { !(key < $0) }
    }

    /// Where the key is among `running`, or belongs.
    func runningPlace(of key: QueueKey) -> Int {
        running.partitioningIndex { !($0.key < key) }
    }

    func runningIndex(of key: QueueKey) -> Int? {
        let place = runningPlace(of: key)
        return place < running.count && running[place].key == key ? place : nil
    }

    /// Takes a sequence from those that run; its full pages stay in the cache.
    @discardableResult
    mutating func leave(at index: Int) -> SequenceState {
        var state = running.remove(at: index)
        cache.publish(&state.table, state.history, rowCount: state.computedCount, step: nextStep - 1)
        state.expectedCachedCount = state.table.sharedCount * configuration.pageSize
        cache.release(&state.table)
        freeSlots.append(state.slot)
        state.slot = -1
        state.computedCount = 0
        blocked = nil
        return state
    }
}

extension RandomAccessCollection {
    /// The first index whose element and all after it satisfy `belongsAfter`, by bisection.
    func partitioningIndex(where belongsAfter: (Element) -> Bool) -> Index {
        var (low, length) = (startIndex, count)
        while length > 0 {
            let half = length / 2
            let middle = index(low, offsetBy: half)
            if belongsAfter(self[middle]) {
                length = half
            } else {
                low = index(after: middle)
                length -= half + 1
            }
        }
        return low
    }
}
