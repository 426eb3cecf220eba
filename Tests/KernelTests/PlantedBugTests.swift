import CZondaCUDA
import EmulatedKernels
import TestSupport
import Testing
import ZondaCUDA
import ZondaCore

extension Kernels {
    /// What checked mode is worth: it finds each planted bug in every order of threads, and passes its fixed twin.
    @Suite struct PlantedBugTests {
        struct Bug: CustomStringConvertible, Sendable {
            let kernel: String
            /// What the message must say.
            let says: [String]
            /// Kernels ahead of it in a chain of dependent launches.
            var ahead: [String] = []
            var description: String { kernel + (ahead.isEmpty ? "" : " after \(ahead.joined(separator: ", "))") }
        }

        static let bugs: [Bug] = [
            Bug(kernel: "missing_sync_threads", says: ["of shared memory"]),
            Bug(kernel: "missing_second_sync_threads", says: ["race", "no barrier between"]),
            Bug(kernel: "missing_sync_warp", says: ["of shared memory"]),
            Bug(kernel: "divergent_barrier", says: ["lanes of one warp arrive at barrier 0 here and at"]),
            Bug(kernel: "barrier_of_half_a_warp", says: ["only lanes"]),
            Bug(kernel: "barrier_that_half_the_block_misses", says: ["deadlock", "wait for a barrier at"]),
            Bug(kernel: "wrong_count_of_barrier", says: ["barrier"]),
            Bug(kernel: "shuffle_without_all_lanes", says: ["deadlock", "wait for other lanes at"]),
            Bug(kernel: "lane_not_in_its_mask", says: ["without itself"]),
            Bug(kernel: "global_out_of_bounds", says: ["at offset 256 of an allocation of 256 bytes"]),
            Bug(kernel: "null_address", says: ["which is null or near it"]),
            Bug(kernel: "shared_out_of_bounds", says: ["an array of shared memory of 240 bytes"]),
            Bug(kernel: "more_shared_than_launched", says: ["of which the launch has 1024"]),
            Bug(kernel: "uninitialized_shared", says: ["of shared memory at 0 that nobody wrote"]),
            Bug(kernel: "uninitialized_global", says: ["that nobody wrote"]),
            Bug(kernel: "misaligned_vector", says: ["not a multiple of 16"]),
            Bug(kernel: "racing_counter", says: ["race"]),
            Bug(kernel: "endless_wait", says: ["waits in a loop"]),
            Bug(kernel: "missing_copy_wait", says: ["before the copy that began at"]),
            Bug(kernel: "wait_for_too_few_groups", says: ["before the copy that began at"]),
            Bug(kernel: "copy_wait_without_barrier", says: ["of shared memory"]),
            Bug(kernel: "refill_before_read", says: ["race"]),
            Bug(kernel: "wrong_parity", says: []),
            Bug(kernel: "missing_fence_after_init", says: ["without fence_barrier_init"]),
            Bug(kernel: "barrier_used_before_init", says: []),
            Bug(kernel: "more_bytes_expected_than_copied", says: ["wait for a copy barrier at"]),
            Bug(kernel: "bulk_refill_before_read", says: []),
            Bug(kernel: "missing_bulk_wait", says: ["of shared memory"]),
            Bug(kernel: "missing_wait_for_previous", says: ["that nobody wrote"], ahead: ["chain_first"]),
            Bug(
                kernel: "missing_wait_for_previous", says: ["that nobody wrote"],
                ahead: ["chain_first", "chain_between"]),
            Bug(kernel: "early_write", says: ["already wrote before its wait_for_previous"], ahead: ["chain_first"]),
            Bug(kernel: "path_without_wait", says: ["without wait_for_previous"], ahead: ["chain_first"]),
            Bug(kernel: "early_bulk_copy", says: ["that nobody wrote"], ahead: ["chain_first"]),
        ]

        private func run(_ bug: Bug, isFixed: Bool, _ player: Player) throws {
            let bench = try Bench(player)
            let values = try bench.buffer((0..<64).map { Float($0).bitPattern })
            let results = try bench.emptyBuffer(wordCount: 64)
            let arguments = KernelArguments(
                zonda_planted_arguments(x: values.address, y: results.address, count: 64))
            for (index, kernel) in (bug.ahead + ["\(bug.kernel)<\(isFixed)>"]).enumerated() {
                let shape = LaunchShape(
                    grid: .init(1), block: .init(64), sharedByteCount: 1024, overlapsPrevious: index > 0)
                try bench.function(kernel, in: "planted").launch(shape, on: bench.stream, arguments)
            }
            try bench.stream.synchronize()
        }

        @Test(arguments: bugs, Player.checked) func isFound(_ bug: Bug, _ player: Player) throws {
            expectError(.deviceFailed, "CUDA_ERROR_ILLEGAL_ADDRESS") { try run(bug, isFixed: false, player) }
            let fault = String(cString: zonda_emulator_last_fault())
            for words in bug.says { #expect(fault.contains(words), "\(fault)") }
            zonda_emulator_clear_fault()
        }

        @Test(arguments: bugs, Player.checked) func itsFixedTwinPasses(_ bug: Bug, _ player: Player) throws {
            try run(bug, isFixed: true, player)
            #expect(String(cString: zonda_emulator_last_fault()) == "")
        }

        /// With the fault's text in the error, as no driver would give.
        @Test func theErrorSaysWhatIsWrong() {
            expectError(.deviceFailed, "global_out_of_bounds<false>", "thread 63", "planted_memory.cpp") {
                try run(
                    Bug(kernel: "global_out_of_bounds", says: []), isFixed: false,
                    .checked(architecture: 90, order: .forward))
            }
            zonda_emulator_clear_fault()
        }
    }
}
