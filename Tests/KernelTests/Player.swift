import CZondaCUDA
import EmulatedKernels
import ZondaCUDA
import ZondaCore

/// Who runs the kernels of a test, and how.
enum Player: Hashable, CustomStringConvertible {
    case fast(architecture: Int)
    /// As fast, but nothing runs before somebody waits for it.
    case late(architecture: Int)
    case checked(architecture: Int, order: Order, seed: Int = 1)
    case gpu

    enum Order: UInt32 { case forward, reverse, random }

    /// The emulator in all ways, and the GPU that is there.
    static let all = emulated + (system.problem == nil ? [.gpu] : [])

    static let emulated: [Player] =
        [
            .fast(architecture: 80), .fast(architecture: 90),
            .checked(architecture: 80, order: .random),
        ] + checked

    /// Several schedules of sm_90.
    static let checked: [Player] = [
        .checked(architecture: 90, order: .forward), .checked(architecture: 90, order: .reverse),
        .checked(architecture: 90, order: .random, seed: 1), .checked(architecture: 90, order: .random, seed: 2),
    ]

    static let system = CUDASystem.discover()

    var isChecked: Bool { if case .checked = self { true } else { false } }

    var description: String {
        switch self {
        case .fast(let architecture): "fast sm_\(architecture)"
        case .late(let architecture): "late sm_\(architecture)"
        case .checked(let architecture, let order, let seed): "checked sm_\(architecture) \(order) \(seed)"
        case .gpu: "GPU"
        }
    }

    /// Makes the emulator play so, and forgets the last fault.
    func configure() {
        var configuration = zonda_emulator_configuration()
        switch self {
        case .fast(let architecture):
            configuration.architecture = Int32(architecture)
        case .late(let architecture):
            configuration.late = true
            configuration.architecture = Int32(architecture)
        case .checked(let architecture, let order, let seed):
            configuration.checked = true
            configuration.architecture = Int32(architecture)
            configuration.order = zonda_emulator_order(rawValue: Int32(order.rawValue))
            configuration.seed = UInt32(seed)
        case .gpu: return
        }
        zonda_emulator_clear_fault()
        zonda_emulator_configure(&configuration)
    }

    /// The driver, the compiler and the device.
    func open() throws -> (driver: CUDADriver, nvrtc: NVRTC, gpu: GPU) {
        guard self != .gpu else {
            let selected = try Self.system.select(0)
            return (selected.driver, selected.nvrtc, selected.gpu)
        }
        configure()
        let driver = try CUDADriver(functions: zonda_emulated_driver().pointee)
        try driver.start()
        return (driver, try NVRTC(functions: zonda_emulated_nvrtc().pointee), try GPU(0, driver))
    }
}
