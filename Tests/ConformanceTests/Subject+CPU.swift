import DeviceConformance
import Testing
import ZondaCPU
import ZondaCore
import ZondaDevice

extension Subject {
    /// Every instruction set of this machine, in both compute types, with two threads; one and three give the same bits.
    static let cpu = InstructionSet.supported.flatMap { set in
        [ComputeType.float32, .fast].map { compute in
            func device(_ threads: Int) -> @Sendable () throws -> any Device {
                { try CPUDevice(threads: threads, instructionSet: set) }
            }
            return Subject(
                "\(set.rawValue) \(compute.rawValue)", compute: compute, compute == .float32 ? .float32 : .fast,
                twins: [Twin("one thread", make: device(1)), Twin("three threads", make: device(3))], make: device(2))
        }
    }
}

extension Subject.Tolerances {
    /// Sums of at most 1024 products in another order, 6e-8 each, of which the reference's are exact; a few roundings
    /// elsewhere.
    static let float32 = Self(product: { _ in 2e-5 }, fusedProduct: 5e-5, rows: 5e-6, attention: cache)

    /// Beside weights of blocks, inputs are rounded to 15 bits per block of 256, which moves a result by 6e-5 on average and, over thousands of
    /// results, by up to 1e-3.
    static let fast = Self(
        product: { [.f32, .f16, .bf16].contains($0) ? 2e-5 : 1.5e-3 }, fusedProduct: 3e-3, rows: 5e-6,
        attention: cache)

    /// float32 keys and values leave sums of up to 256 products in another order; f16 the same where both round alike,
    /// one value in thousands of them differently; q8_0 too, with steps of 1/127 of a block's largest value.
    private static let cache: @Sendable (DType) -> Float = { dtype in
        switch dtype {
        case .f32: 5e-5
        case .f16: 2e-3
        default: 2e-2
        }
    }
}

/// The devices that run on this machine's processor.
enum HostDevice: String, Sendable, CaseIterable {
    case reference
    case cpu

    func make() throws -> any Device {
        switch self {
        case .reference: ReferenceDevice()
        case .cpu: try CPUDevice(threads: 2)
        }
    }
}
