import TestSupport
import Testing

@testable import ZondaCUDA

struct PCIBusTests {
    @Test(arguments: [
        ("0x10de", "0x030000", true), ("0x10de", "0x030200", true), ("0x10de", "0x040300", false),
        ("0x1002", "0x030000", false), ("", "", false),
    ])
    func devices(_ vendor: String, _ kind: String, _ isGPU: Bool) throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("0000:00:00.0/vendor", "0x8086\n")
        _ = try folder.write("0000:01:00.0/vendor", "\(vendor)\n")
        _ = try folder.write("0000:01:00.0/class", "\(kind)\n")
        #expect(PCIBus.hasNVIDIAGPU(in: folder.path) == isGPU)
        #expect(!PCIBus.hasNVIDIAGPU(in: "\(folder.path)/none"))
    }
}
