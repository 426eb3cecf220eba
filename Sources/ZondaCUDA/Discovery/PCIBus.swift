/// What Linux shows of the PCI bus: whether there is a GPU for a driver that is not there.
enum PCIBus {
    /// NVIDIA's number in the PCI ID database.
    private static let vendor = "0x10de"
    /// The base class of display controllers (PCI Code and ID Assignment Specification).
    private static let displayClass = "0x03"

    /// - Parameter folder: has one folder per device, with files `vendor` and `class`.
    static func hasNVIDIAGPU(in folder: String = "/sys/bus/pci/devices") -> Bool {
        FileSystem.names(in: folder).contains { device in
            FileSystem.text(of: "\(folder)/\(device)/vendor", cap: 64)?.hasPrefix(vendor) == true
                && FileSystem.text(of: "\(folder)/\(device)/class", cap: 64)?.hasPrefix(displayClass) == true
        }
    }
}

extension CUDASystem {
    /// Whether a person may wonder why no GPU is used: there is a driver, or a GPU without one.
    public var isExpected: Bool { problem != .noDriver || PCIBus.hasNVIDIAGPU() }

    /// The first GPU that can be used; `cuda:0` where none can, so that choosing it says why.
    public var firstUsable: Int { gpus.first { problem(of: $0) == nil }?.ordinal ?? 0 }
}
