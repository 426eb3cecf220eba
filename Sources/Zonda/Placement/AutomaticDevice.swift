import ZondaCUDA
import ZondaCore

/// What `auto` stands for on a machine, and what a person should know about it.
struct AutomaticDevice {
    let choice: DeviceChoice
    /// One line; nil where there is nothing to say.
    let note: String?

    /// The GPU's kernels have run in the emulator only (docs/status.md): until they have run on a GPU, one that is there is
    /// named and not taken.
    static let takesGPU = false

    init(_ gpu: AutomaticGPU, takesGPU: Bool = Self.takesGPU) {
        switch gpu {
        case .none: (choice, note) = (.cpu, nil)
        case .unusable(let error): (choice, note) = (.cpu, Self.note(error))
        case .usable(let gpu) where takesGPU: (choice, note) = (.cuda(gpu.ordinal), nil)
        case .usable(let gpu):
            (choice, note) = (.cpu, "the model runs on the CPU; --device \(gpu.id) tries the GPU, \(gpu.name)")
        }
    }

    /// Why a GPU that is there was not taken.
    static func note(_ error: ZondaError) -> String { "the model runs on the CPU: \(error)" }
}
