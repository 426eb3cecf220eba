import ZondaCUDA
import ZondaCore

/// What `auto` stands for on a machine, and what a person should know about it.
struct AutomaticDevice {
    let choice: DeviceChoice
    /// One line; nil where there is nothing to say.
    let note: String?

    init(_ gpu: AutomaticGPU) {
        switch gpu {
        case .none: (choice, note) = (.cpu, nil)
        case .unusable(let error): (choice, note) = (.cpu, Self.note(error))
        case .usable(let gpu): (choice, note) = (.cuda(gpu.ordinal), nil)
        }
    }

    /// Why a GPU that is there was not taken.
    static func note(_ error: ZondaError) -> String { "the model runs on the CPU: \(error)" }
}
