import Testing
import ZondaCUDA
import ZondaCore

@testable import Zonda

extension Kernels {
    /// What `auto` stands for, and what a person is told about it.
    @Suite struct AutomaticDeviceTests {
        @Test func noGPU() {
            let automatic = AutomaticDevice(.none)
            #expect(automatic.choice == .cpu && automatic.note == nil)
        }

        @Test func aGPUThatCannotBeUsed() {
            let error = ZondaError(.noDevice, "there is no NVRTC", remedy: "install it")
            let automatic = AutomaticDevice(.unusable(error))
            #expect(automatic.choice == .cpu)
            #expect(automatic.note?.contains("there is no NVRTC (install it)") == true)
            #expect(automatic.note?.contains("\n") == false)
        }

        @Test func aGPU() throws {
            let gpu = try Player.fast(architecture: 90).open().gpu
            let taken = AutomaticDevice(.usable(gpu))
            #expect(taken.choice == .cuda(0) && taken.note == nil)
        }
    }
}
