import Testing
import ZondaCUDA

@testable import Zonda

extension Kernels {
    /// What a GPU must pass before it is given a model.
    @Suite struct DeviceCheckTests {
        @Test(arguments: [80, 90]) func passes(_ architecture: Int) throws {
            let device = try Player.fast(architecture: architecture).device()
            try DeviceCheck.run(on: device)
            #expect(device.fingerprint == (try Player.fast(architecture: architecture).device()).fingerprint)
        }

        @Test func anotherGPUHasAnotherFingerprint() throws {
            let prints = Set(try [80, 86, 90].map { try Player.fast(architecture: $0).device().fingerprint })
            #expect(prints.count == 3)
        }
    }
}
