import Synchronization
import TestSupport
import Testing
import ZondaCUDA
import ZondaCore
import ZondaDevice
import ZondaScheduling

@testable import Zonda

extension Kernels {
    /// Two hundred requests through the engine on the emulated GPU, with ten pages for the eight sequences that run at a
    /// time: every answer is that of the request alone, and nothing is left behind.
    @Suite struct SoakTests {
        /// One of `kindCount` requests: prompts on both sides of pages, all ways to sample. The last ones begin with a page
        /// and grow to three.
        private static func request(_ kind: Int) -> GenerationRequest {
            var sampling = SamplingParameters()
            sampling.seed = UInt64(kind)
            switch kind % 8 {
            case 0: sampling = .greedy
            case 1: (sampling.temperature, sampling.topK) = (1.3, 20)
            case 2: (sampling.topP, sampling.logprobCount) = (0.9, 3)
            case 3: (sampling.repetitionPenalty, sampling.presencePenalty, sampling.penaltyWindow) = (1.3, 0.5, 16)
            case 4: (sampling.minP, sampling.frequencyPenalty) = (0.05, 0.7)
            case 5: (sampling.typicalP, sampling.logitBias) = (0.8, [3: 2, 90: -4])
            case 6: (sampling.dry, sampling.logprobCount) = (DRYParameters(multiplier: 0.8, allowedLength: 1), 0)
            default: sampling.temperature = 0.7
            }
            let isLong = kind >= kindCount - longCount
            let length = isLong ? 31 - kind % longCount : [3, 33, 9, 64, 1, 5, 8, 34, 31, 2][kind % 10]
            return GenerationRequest(
                prompt: (0..<length).map { TokenID(($0 * 7 + kind * 13) % 120) }, sampling: sampling,
                maxNewTokens: isLong ? 52 : 2 + kind % 4, stopTokens: [5],
                ignoresStopTokens: isLong || kind % 3 != 0, stopStrings: [], choiceCount: 1)
        }

        private static let kindCount = 20
        private static let longCount = 4

        private func loop(
            on device: CUDADevice, batch: Int, kvByteCount: Int? = nil, change: (inout RunnerOptions) -> Void
        ) throws -> (loop: EngineLoop, info: ModelInfo) {
            var options = RunnerOptions()
            options.kvByteCount = kvByteCount
            options.maxTokensPerStep = 24
            change(&options)
            let box = Unshared(device)
            options.makeDevice = { () throws(ZondaError) in box.device }
            let which = Which.plain(modelID: Golden.path("gguf/granite.gguf")).withMaxSeqLen(96)
                .withMaxBatchSize(batch)
            let loader = EngineLoader(
                source: try ModelSource(which), which: which, options: options, started: .now)
            return try loader.load()
        }

        @Test func twoHundredRequests() throws {
            let alone = try loop(on: try Player.fast(architecture: 90).device(isDeterministic: true), batch: 1) {
                $0.prefixCaching = false
                $0.maxTokensPerStep = 96
            }
            var expected: [Answer] = []
            for kind in 0..<Self.kindCount {
                let answer = AnswerBox()
                alone.loop.add(kind, Self.request(kind), answer.sink)
                while !alone.loop.isIdle { alone.loop.step() }
                expected.append(answer.value)
                #expect(answer.value.isOver && answer.value.error == nil)
            }

            let device = try DriverLog.device(.fast(architecture: 90), isDeterministic: true)
            let pageByteCount = alone.info.kvByteCount / alone.loop.scheduler.pageCounts[0].totalCount
            let (loop, _) = try loop(on: device, batch: 8, kvByteCount: pageByteCount * 10) { _ in }
            var soak = Soak(loop: loop)
            // Every slot has had everything that takes memory: tables, a window, rows that the host samples.
            for kind in 0..<8 {
                var short = Self.request(kind)
                (short.prompt, short.maxNewTokens) = ([1, 2], 5)
                for _ in 0..<8 { soak.add(short, kind: nil, cancelAfter: nil) }
            }
            while !soak.isOver { soak.step() }

            var memory: [DriverLog.State] = []
            for number in 0..<200 {
                // Long ones come together, so that pages run out.
                let (others, long) = (Self.kindCount - Self.longCount, Self.longCount)
                let kind = number % 100 < 10 ? others + number % long : number * 7 % others
                soak.add(
                    Self.request(kind), kind: kind, cancelAfter: number % 9 == 4 ? number % 5 : nil)
                // Up to 20 at a time: eight run, the others wait.
                while soak.activeCount >= 20 { soak.step() }
                guard number % 100 == 99 else { continue }
                while !soak.isOver { soak.step() }
                memory.append(DriverLog.now)
            }

            for (kind, answer, isCancelled) in soak.answers {
                #expect(answer.error == nil, "kind \(kind): \(String(describing: answer.error))")
                if isCancelled {
                    #expect(expected[kind].tokens.starts(with: answer.tokens), "kind \(kind), cancelled")
                } else {
                    #expect(answer == expected[kind], "kind \(kind)")
                }
            }
            #expect(soak.answers.count == 200 && soak.answers.count { $0.isCancelled } >= 8)
            #expect(loop.scheduler.preemptionCount >= 3, "\(loop.scheduler.preemptionCount) preemptions")

            #expect(loop.isIdle && loop.scheduler.isIdle)
            try loop.scheduler.checkIntegrity()
            for pages in loop.scheduler.pageCounts {
                #expect(pages.usedCount == 0 && pages.freeCount + pages.cachedCount == pages.totalCount)
            }
            // The second hundred needs no memory that the first had not.
            #expect(memory[1].deviceByteCount == memory[0].deviceByteCount, "bytes of the GPU")
            #expect(memory[1].pinnedByteCount == memory[0].pinnedByteCount, "bytes of pinned memory")
            #expect(memory[1].graphCount <= 192)
        }

        /// A device goes into a loader that wants a `Sendable` closure; both stay on the test's thread.
        private struct Unshared: @unchecked Sendable {
            let device: CUDADevice
            init(_ device: CUDADevice) { self.device = device }
        }
    }
}

/// Tokens and the bits of their log-probabilities.
private struct Answer: Equatable, Sendable {
    var tokens: [TokenID] = []
    var logprobs: [UInt32?] = []
    var alternatives: [[ZondaDevice.TokenLogprob]] = []
    var isOver = false
    var error: ZondaError?

    static func == (a: Answer, b: Answer) -> Bool {
        a.tokens == b.tokens && a.logprobs == b.logprobs && a.alternatives == b.alternatives && a.isOver == b.isOver
    }
}

/// Where a request's events go. `Sendable`: a lock.
private final class AnswerBox: Sendable {
    private let answer = Mutex(Answer())
    var value: Answer { answer.withLock { $0 } }

    var sink: ActiveRequest.Sink {
        { result in
            self.answer.withLock { answer in
                switch result {
                case .success(.token(_, _, let sample, _)):
                    answer.tokens.append(sample.token)
                    answer.logprobs.append(sample.logprob?.bitPattern)
                    answer.alternatives.append(sample.alternatives)
                case .success(.completed): answer.isOver = true
                case .success: break
                case .failure(let error): answer.error = error
                }
            }
        }
    }
}

/// Requests on their way through a loop, some of which are cancelled after so many tokens.
private struct Soak {
    let loop: EngineLoop
    private(set) var answers: [(kind: Int, answer: Answer, isCancelled: Bool)] = []
    private var active: [(id: Int, kind: Int?, box: AnswerBox, cancelAfter: Int?)] = []
    private var nextID = 0

    init(loop: EngineLoop) { self.loop = loop }

    var activeCount: Int { active.count }
    var isOver: Bool { active.isEmpty && loop.isIdle }

    /// - Parameter kind: nil for one whose answer is not kept.
    mutating func add(_ request: GenerationRequest, kind: Int?, cancelAfter: Int?) {
        let box = AnswerBox()
        loop.add(nextID, request, box.sink)
        active.append((nextID, kind, box, cancelAfter))
        nextID += 1
    }

    mutating func step() {
        loop.step()
        active.removeAll { entry in
            let answer = entry.box.value
            let isOver = answer.isOver || answer.error != nil
            let isCancelled = !isOver && entry.cancelAfter.map { answer.tokens.count >= $0 } ?? false
            guard isOver || isCancelled else { return false }
            if isCancelled { loop.cancel(entry.id) }
            if let kind = entry.kind { answers.append((kind, answer, isCancelled)) }
            return true
        }
    }
}
