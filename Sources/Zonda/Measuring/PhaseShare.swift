package import ZondaDevice
package import ZondaModels

/// What a model's speed is held against: what its device measured itself to be capable of, and what the model needs.
package struct SpeedLimits: Sendable, Hashable {
    package var device: DeviceLimits
    package var cost: DecoderCost

    /// What the prompts of `count` requests need, each of `prompt` tokens after `depth` that are in the cache, in steps of
    /// at most `chunk` rows.
    package func promptWork(depth: Int, prompt: Int, count: Int, chunk: Int) -> StepWork {
        var work = StepWork()
        var (spans, room, ending) = ([DecoderCost.Span](), chunk, 0)
        for _ in 0..<count {
            var done = 0
            while done < prompt {
                let rows = min(prompt - done, room)
                spans.append(DecoderCost.Span(first: depth + done, count: rows))
                (done, room) = (done + rows, room - rows)
                if done == prompt { ending += 1 }
                guard room == 0 else { continue }
                work += cost.step(spans, logitRows: ending)
                (spans, room, ending) = ([], chunk, 0)
            }
        }
        if !spans.isEmpty { work += cost.step(spans, logitRows: ending) }
        return work
    }

    /// What `stepCount` steps need that add a token to each of `count` sequences, the first one at position `first`.
    package func decodeWork(first: Int, count: Int, stepCount: Int) -> StepWork {
        var work = StepWork()
        for step in 0..<stepCount {
            let span = DecoderCost.Span(first: first + step, count: 1)
            work += cost.step(Array(repeating: span, count: count), logitRows: count)
        }
        return work
    }
}

/// What a phase reached of what its device can do.
package struct PhaseShare: Sendable, Hashable {
    package var bytesPerSecond: Double
    package var operationsPerSecond: Double
    package var bandwidthShare: Double
    package var arithmeticShare: Double
    /// The peak that `arithmeticShare` is of, for the most part.
    package var peak: DeviceLimits.Peak
    package var readBandwidth: Double

    package init(_ work: StepWork, seconds: Double, _ limits: DeviceLimits) {
        bytesPerSecond = work.byteCount / seconds
        operationsPerSecond = work.operationCount / seconds
        bandwidthShare = limits.readingTime(of: work) / seconds
        arithmeticShare = limits.computingTime(of: work) / seconds
        // A mixture of weights has a peak between the two: the one that its own operations would have.
        peak = limits.peak(for: work)
        peak.operationsPerSecond = work.operationCount / limits.computingTime(of: work)
        readBandwidth = limits.readBandwidth
    }

    /// Whether memory is what limits the phase, rather than arithmetic.
    package var isBoundByMemory: Bool { bandwidthShare >= arithmeticShare }
    /// Of the limit that is nearer.
    package var share: Double { max(bandwidthShare, arithmeticShare) }
}
