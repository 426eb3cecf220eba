import TestSupport
import Testing
import ZondaCore

@testable import ZondaCUDA

struct KernelArchitectureTests {
    /// What NVRTC 13.0 says.
    static let supported = [75, 80, 86, 87, 88, 89, 90, 100, 103, 110, 120, 121]

    @Test(arguments: [
        (8, 0, "sm_80"), (8, 6, "sm_86"), (8, 9, "sm_89"), (9, 0, "sm_90a"), (10, 0, "sm_100a"), (10, 3, "sm_103a"),
        (12, 0, "sm_120"), (12, 1, "sm_121"),
    ])
    func best(_ major: Int, _ minor: Int, _ name: String) throws {
        let architecture = try KernelArchitecture(for: ComputeCapability(major, minor), supported: Self.supported)
        #expect("\(architecture)" == name)
    }

    /// What an older NVRTC does not know it compiles for the nearest before it of the same generation, and then without
    /// the instructions of one GPU alone.
    @Test(arguments: [(8, 9, "sm_86"), (10, 3, "sm_100"), (12, 1, "sm_120")])
    func nearest(_ major: Int, _ minor: Int, _ name: String) throws {
        let architecture = try KernelArchitecture(
            for: ComputeCapability(major, minor), supported: [80, 86, 90, 100, 120])
        #expect("\(architecture)" == name)
    }

    @Test func none() {
        expectError(.unsupported, "sm_75, older than sm_80") {
            _ = try KernelArchitecture(for: ComputeCapability(7, 5), supported: Self.supported)
        }
        expectError(.unsupported, "no sm_120", "sm_80, sm_90") {
            _ = try KernelArchitecture(for: ComputeCapability(12, 0), supported: [80, 90])
        }
    }
}
