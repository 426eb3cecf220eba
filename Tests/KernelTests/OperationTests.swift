import DeviceConformance
import Testing
import ZondaCUDA
import ZondaCore
import ZondaDevice

extension Kernels {
    /// The operations that every device must do, on the emulated GPU as an engine sees it, and on a GPU where there is one.
    @Suite struct OperationTests {
        @Test(arguments: DType.weights) func product(_ dtype: DType) throws {
            try LinearConformance.product(dtype, on: Subject.gpu)
        }

        @Test(arguments: LinearConformance.Shape.all) func fused(_ shape: LinearConformance.Shape) throws {
            try LinearConformance.fused(shape, on: Subject.gpu)
        }

        @Test(arguments: ExpertConformance.Shape.all) func experts(_ shape: ExpertConformance.Shape) throws {
            try ExpertConformance.mixture(shape, on: Subject.gpu)
        }

        @Test(arguments: AttentionConformance.scenarios) func attention(_ scenario: AttentionScenario) throws {
            try AttentionConformance.conforms(scenario, on: Subject.gpu)
        }

        @Test(arguments: AttentionConformance.scenarios) func attentionBits(_ scenario: AttentionScenario) throws {
            try AttentionConformance.bitsDependOnTheRowOnly(scenario, on: Subject.gpu)
        }

        @Test(arguments: DType.weights) func embed(_ dtype: DType) throws {
            try RowConformance(on: Subject.gpu).embed(dtype)
        }

        @Test(arguments: [NormSpec.Kind.rms, .layer], [1, 8, 65]) func norm(_ kind: NormSpec.Kind, _ rows: Int) throws {
            try RowConformance(on: Subject.gpu).norm(kind, rows)
        }

        @Test(arguments: Activation.allCases) func combine(_ activation: Activation) throws {
            try RowConformance(on: Subject.gpu).combine(activation)
        }

        @Test func gather() throws { try RowConformance(on: Subject.gpu).gather() }

        @Test(arguments: SamplingConformance.Promise.allCases)
        func sampling(_ promise: SamplingConformance.Promise) throws {
            try SamplingConformance(on: { try Player.fast(architecture: 90).device() }).check(promise)
        }
    }
}

extension Subject {
    /// Activations are two bf16 terms beside plain weights, else one of f16: 2^-12 of each value. In attention queries,
    /// probabilities and cached values are f16, but for a cache of float32.
    static let gpu: [Subject] = {
        let tolerances = Tolerances(
            product: { [.f32, .bf16].contains($0) ? 1e-4 : 3e-3 }, fusedProduct: 4e-3, rows: 5e-6,
            attention: { $0 == .f32 ? 5e-5 : 2e-2 })
        let players = [Player.fast(architecture: 90)] + (Player.system.problem == nil ? [.gpu] : [])
        return players.map { player in
            Subject("\(player)", compute: .float32, tolerances) { try player.device(isDeterministic: true) }
        }
    }()
}
