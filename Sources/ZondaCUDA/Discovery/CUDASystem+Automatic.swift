public import ZondaCore

/// What `auto` makes of a machine's GPUs.
public enum AutomaticGPU: Sendable {
    /// There is none, or `CUDA_VISIBLE_DEVICES` hides it: nothing to say.
    case none
    /// There is one and it can't be used: why, and what to do about it.
    case unusable(ZondaError)
    /// The first one that can.
    case usable(GPU)
}

extension CUDASystem {
    /// The GPU that nobody has to ask for.
    ///
    /// - Parameter root: where the system's own folders are.
    public func automaticGPU(root: String = "") -> AutomaticGPU {
        switch problem {
        case .noDriver where !Self.hasNVIDIAGPU(root: root): return .none
        case .noGPU where visibleDevices != nil || !Self.hasNVIDIAGPU(root: root): return .none
        case .some(let problem) where gpus.isEmpty: return .unusable(problem.error)
        default: break
        }
        if let usable = gpus.first(where: { self.problem(of: $0) == nil }) { return .usable(usable) }
        guard let first = gpus.first, let problem = problem(of: first) else { return .none }
        return .unusable(problem.error)
    }

    /// Whether a display controller of NVIDIA's is on the PCI bus, with or without a driver. A container may not see it.
    private static func hasNVIDIAGPU(root: String) -> Bool {
        let bus = "\(root)/sys/bus/pci/devices"
        return FileSystem.names(in: bus).contains { name in
            FileSystem.text(of: "\(bus)/\(name)/vendor", cap: 1 << 16)?.hasPrefix("0x10de") == true
                && FileSystem.text(of: "\(bus)/\(name)/class", cap: 1 << 16)?.hasPrefix("0x03") == true
        }
    }
}
