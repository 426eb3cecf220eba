import Testing
import ZondaCUDA
import ZondaCore

@testable import Zonda

extension Kernels {
    /// What `auto` stands for, and what a person is told about it.
    @Suite struct AutomaticDeviceTests {
        @Test func noGPU() {
            let automatic = AutomaticDevice(.none, takesGPU: true)
            #expect(automatic.choice == .cpu && automatic.note == nil)
        }

        @Test func aGPUThatCannotBeUsed() {
            let error = ZondaError(.noDevice, "there is no NVRTC", remedy: "install it")
            let automatic = AutomaticDevice(.unusable(error), takesGPU: true)
            #expect(automatic.choice == .cpu)
            #expect(automatic.note?.contains("there is no NVRTC (install it)") == true)
            #expect(automatic.note?.contains("\n") == false)
        }

        @Test func aGPU() throws {
            let gpu = try Player.fast(architecture: 90).open().gpu
            let taken = AutomaticDevice(.usable(gpu), takesGPU: true)
            #expect(taken.choice == .cuda(0) && taken.note == nil)
            let named = AutomaticDevice(.usable(gpu), takesGPU: false)
            #expect(named.choice == .cpu && named.note?.contains("--device cuda:0") == true)
        }
    }
}
