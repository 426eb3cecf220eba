import CZondaCUDA
import CZondaKernels
import EmulatedKernels
import Synchronization
import TestSupport
import Testing
import ZondaCUDA
import ZondaCore

extension Kernels {
    /// The emulator as a driver: what the Swift layer above relies on.
    @Suite struct DriverTests {
        /// y = 3 y + x of 64 words, as a dependent of what is ahead.
        private func step(
            _ bench: Bench, _ x: borrowing DeviceBuffer, _ y: borrowing DeviceBuffer, on stream: borrowing CUDAStream
        ) throws(ZondaError) {
            let arguments = zonda_selftest_arguments(input: x.address, output: y.address, count: 0)
            let shape = LaunchShape(grid: .init(1), block: .init(64), overlapsPrevious: true)
            let function = try bench.function("selftest_chain", in: "selftest_memory.cu")
            try function.launch(shape, on: stream, KernelArguments(arguments))
        }

        @Test(arguments: Player.all) func aGraphRunsAgainAndAgain(_ player: Player) throws {
            let bench = try Bench(player)
            let x = try bench.buffer(Array(repeating: 1, count: 64))
            let y = try bench.buffer(Array(repeating: 0, count: 64))
            let graph = try bench.stream.record { () throws(ZondaError) in
                for _ in 0..<3 { try step(bench, x, y, on: bench.stream) }
            }
            #expect(try bench.words(of: y, count: 64) == Array(repeating: 0, count: 64))
            for _ in 0..<2 { try graph.launch(on: bench.stream) }
            let expected = (0..<6).reduce(UInt32(0)) { y, _ in y * 3 + 1 }
            #expect(try bench.words(of: y, count: 64) == Array(repeating: expected, count: 64))
        }

        @Test(arguments: Player.all) func streamsWaitForEachOthersEvents(_ player: Player) throws {
            let bench = try Bench(player)
            let other = try CUDAStream(in: bench.context)
            let x = try bench.buffer(Array(repeating: 1, count: 64))
            let y = try bench.buffer(Array(repeating: 2, count: 64))
            try step(bench, x, y, on: bench.stream)
            let event = try CUDAEvent(isTimed: true, in: bench.context)
            try event.record(on: bench.stream)
            try other.wait(for: event)
            try other.fill(x.address, count: 64, with: 5)
            let second = try CUDAEvent(isTimed: true, in: bench.context)
            try second.record(on: other)
            try bench.stream.wait(for: second)
            try step(bench, x, y, on: bench.stream)
            #expect(try bench.words(of: y, count: 64) == Array(repeating: 26, count: 64))
            #expect(try second.isDone() && second.seconds(since: event) >= 0)
        }

        /// Nothing runs before somebody waits: a host that reads too early sees what was there before.
        @Test func checkedStreamsAreLate() throws {
            let bench = try Bench(.checked(architecture: 90, order: .forward))
            let y = try bench.buffer(Array(repeating: 7, count: 64))
            try bench.stream.synchronize()
            let before = zonda_emulator_launch_count()
            try step(bench, y, y, on: bench.stream)
            let flag = Flag()
            try bench.stream.whenReached { flag.raise() }
            #expect(!flag.isRaised)
            #expect(zonda_emulator_launch_count() == before)
            try bench.stream.synchronize()
            #expect(flag.isRaised)
            #expect(zonda_emulator_launch_count() == before + 1)
        }

        /// `Sendable`: an atomic.
        private final class Flag: Sendable {
            private let raised = Atomic(false)
            func raise() { raised.store(true, ordering: .releasing) }
            var isRaised: Bool { raised.load(ordering: .acquiring) }
        }

        @Test func freedMemoryIsNotTouched() throws {
            let bench = try Bench(.checked(architecture: 90, order: .forward))
            let y = try bench.buffer(Array(repeating: 7, count: 64))
            let address = try bench.buffer(Array(repeating: 1, count: 64)).address
            let arguments = zonda_selftest_arguments(input: address, output: y.address, count: 0)
            let function = try bench.function("selftest_chain", in: "selftest_memory.cu")
            try function.launch(
                LaunchShape(grid: .init(1), block: .init(64)), on: bench.stream, KernelArguments(arguments))
            expectError(.deviceFailed, "which was freed") { try bench.stream.synchronize() }
            // As after a fault on a GPU, nothing works any more.
            expectError(.deviceFailed, "which was freed") { _ = try bench.emptyBuffer(wordCount: 1) }
            zonda_emulator_clear_fault()
            _ = try bench.emptyBuffer(wordCount: 1)
        }

        @Test func launchesThatNoGPUTakesAreRefused() throws {
            let bench = try Bench(.fast(architecture: 90))
            let function = try bench.function("selftest_chain", in: "selftest_memory.cu")
            let arguments = KernelArguments(zonda_selftest_arguments(input: 0, output: 0, count: 0))
            for shape in [
                LaunchShape(grid: .init(1), block: .init(1025)),
                LaunchShape(grid: .init(1, 70000), block: .init(32)),
                LaunchShape(grid: .init(1), block: .init(32), sharedByteCount: 49 << 10),
            ] {
                expectError(.deviceFailed, "CUDA_ERROR_INVALID_VALUE") {
                    try function.launch(shape, on: bench.stream, arguments)
                }
            }
            expectError(.unsupported, "shared memory") { try function.allowDynamicShared(byteCount: 228 << 10) }
            try function.allowDynamicShared(byteCount: 227 << 10)
        }

        @Test func theCompilerNamesAKernelThatIsNotEmulated() throws {
            let bench = try Bench(.fast(architecture: 90))
            expectError(.badKernel, "ZONDA_EMULATE(nothing<3>)") { _ = try bench.function("nothing<3>", in: "add.cu") }
        }

        @Test func memoryIsCounted() throws {
            let bench = try Bench(.fast(architecture: 90))
            let before = try bench.context.memory().free
            // Whole blocks of 2 MiB, and parts of one for what is small.
            for (byteCount, taken) in [(3 << 20, 4 << 20), (1 << 20, 2 << 20), (1000, 1024), (1, 512)] {
                let buffer = try DeviceBuffer(byteCount: byteCount, for: "a test", in: bench.context)
                #expect(try bench.context.memory().free == before - taken, "\(buffer.byteCount) bytes")
            }
            #expect(try bench.context.memory().free == before)
            expectError(.outOfMemory, "needs") {
                _ = try DeviceBuffer(byteCount: 100 << 30, for: "a test", in: bench.context)
            }
        }
    }
}
