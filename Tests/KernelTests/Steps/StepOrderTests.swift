import Testing
import ZondaCUDA
import ZondaCore
import ZondaDevice

extension Kernels {
    /// How steps follow one another, by the calls that the driver gets.
    @Suite struct StepOrderTests {
        /// `count` slots that sample on and on, each with parameters of its own.
        private func script(slots: Int, steps: Int) -> StreamScript {
            var script = StreamScript.random(vocabulary: 64, slots: slots, steps: 0, seed: 9)
            for number in 0..<steps {
                var step = StreamScript.Step()
                for slot in 0..<slots {
                    var parameters = SamplingParameters()
                    parameters.seed = UInt64(slot)
                    if slot == 1 { (parameters.repetitionPenalty, parameters.penaltyWindow) = (1.2, 5) }
                    if slot == 2 { parameters.logprobCount = 4 }
                    if number == 0 { step.sets.append((slot, parameters, [TokenID(slot)], [])) }
                    step.rows.append((slot, number == 0 ? TokenID(slot) : StepInputs.lastSample, number))
                }
                script.steps.append(step)
            }
            return script
        }

        /// Submits all steps, `lag` ahead of reading, and returns the calls after the first `warmUp` steps were read.
        private func calls(slots: Int, steps: Int, warmUp: Int, lag: Int) throws -> [DriverLog.Call] {
            let script = script(slots: slots, steps: steps)
            let playback = try Playback(script, on: try DriverLog.device(.late(architecture: 90)))
            var submissions: [Submission] = []
            for (number, step) in script.steps.enumerated() {
                submissions.append(try playback.submit(step))
                if number >= lag { _ = try playback.stream.samples(of: submissions[number - lag]) }
                if number == warmUp { DriverLog.clear() }
            }
            return DriverLog.now.calls
        }

        /// Step N + 1, forward pass and sampling, is with the driver before the host waits for token N; nothing else waits.
        @Test(arguments: [1, 2]) func theNextStepIsSubmittedBeforeATokenIsRead(lag: Int) throws {
            let calls = try calls(slots: 3, steps: 12, warmUp: 5, lag: lag)
            // After the warm-up: graphs only, two a step.
            #expect(!calls.contains { $0.name == "cuLaunchKernelEx" })
            #expect(calls.count { $0.name == "cuGraphLaunch" } == 2 * 6)
            #expect(!calls.contains { $0.name == "cuStreamSynchronize" })
            // The log begins when steps 0 ... 5 are submitted and the first 6 - lag of them read.
            var submitted = 6
            var awaited = 6 - lag
            var graphs = 0
            for call in calls {
                switch call.name {
                case "cuGraphLaunch":
                    graphs += 1
                    if graphs % 2 == 0 { submitted += 1 }
                case "cuEventSynchronize":
                    #expect(graphs % 2 == 0, "the host waits between the phases of step \(submitted)")
                    #expect(
                        submitted - awaited == lag + 1, "step \(awaited) is awaited when \(submitted) are submitted")
                    awaited += 1
                default: break
                }
            }
            #expect(awaited == 12 - lag)
        }

        /// The calls of one step in the order that docs/cuda.md has.
        @Test func aStepIsAFewCalls() throws {
            let calls = try calls(slots: 2, steps: 9, warmUp: 7, lag: 1)
            #expect(
                calls.map(\.name).filter { $0 != "cuEventQuery" } == [
                    "cuMemcpyHtoDAsync", "cuEventRecord", "cuGraphLaunch",  // inputs, forward pass
                    "cuStreamWaitEvent", "cuGraphLaunch", "cuEventRecord",  // sampling
                    "cuStreamWaitEvent", "cuMemcpyDtoHAsync", "cuEventRecord",  // results, on their stream
                    "cuEventSynchronize",  // of the step before
                ])
        }

        @Test func nothingIsAllocatedAfterTheWarmUp() throws {
            let calls = try calls(slots: 4, steps: 14, warmUp: 6, lag: 1)
            for name in ["cuMemAlloc", "cuMemFree", "cuMemHostAlloc", "cuMemFreeHost", "cuGraphInstantiateWithFlags"] {
                #expect(!calls.contains { $0.name == name }, "\(name) in a step")
            }
        }

        /// As many kinds of steps as there may be: graphs stay below their bound, and the newest still replay.
        @Test func graphsAreBounded() throws {
            let script = script(slots: 18, steps: 1)
            let playback = try Playback(script, on: try DriverLog.device(.fast(architecture: 90)))
            _ = try playback.submit(script.steps[0])
            let (before, pinned) = (DriverLog.now.deviceByteCount, DriverLog.now.pinnedByteCount)
            for count in 1...18 {
                for alternatives in [nil, 0, 8, 32, 128, 1024] {
                    var step = StreamScript.Step()
                    for slot in 0..<count {
                        var parameters = SamplingParameters.greedy
                        parameters.logprobCount = alternatives
                        step.sets.append((slot, parameters, [1], []))
                        step.rows.append((slot, 3, 0))
                    }
                    for _ in 0..<2 { _ = try playback.submit(step) }
                }
            }
            #expect(DriverLog.now.graphCount <= 192)
            #expect(DriverLog.now.graphCount > 96, "the bound was not reached")
            #expect(DriverLog.now.deviceByteCount == before, "recordings took memory")
            #expect(DriverLog.now.pinnedByteCount < pinned + 4 << 20)
        }
    }
}
