import DeviceConformance
import Testing
import ZondaCore
import ZondaDevice

/// Every operation, shape and type on every instruction set, fused and lowered, against the reference device.
@Suite struct OperationTests {
    @Test(arguments: DType.weights) func product(_ dtype: DType) throws {
        try LinearConformance.product(dtype, on: Subject.cpu)
    }

    @Test(arguments: LinearConformance.Shape.all) func fused(_ shape: LinearConformance.Shape) throws {
        try LinearConformance.fused(shape, on: Subject.cpu)
    }

    @Test(arguments: ExpertConformance.Shape.all) func experts(_ shape: ExpertConformance.Shape) throws {
        try ExpertConformance.mixture(shape, on: Subject.cpu)
    }

    @Test(arguments: AttentionConformance.scenarios) func attention(_ scenario: AttentionScenario) throws {
        try AttentionConformance.conforms(scenario, on: Subject.cpu)
    }

    @Test(arguments: AttentionConformance.scenarios) func attentionBits(_ scenario: AttentionScenario) throws {
        try AttentionConformance.bitsDependOnTheRowOnly(scenario, on: Subject.cpu)
    }
}

/// Embedding, norms, elementwise operations and gathering.
@Suite struct RowTests {
    private let conformance = RowConformance(on: Subject.cpu)

    @Test(arguments: DType.weights) func embed(_ dtype: DType) throws { try conformance.embed(dtype) }

    @Test(arguments: [NormSpec.Kind.rms, .layer], [1, 8, 65]) func norm(_ kind: NormSpec.Kind, _ rows: Int) throws {
        try conformance.norm(kind, rows)
    }

    @Test(arguments: Activation.allCases) func combine(_ activation: Activation) throws {
        try conformance.combine(activation)
    }

    @Test func gather() throws { try conformance.gather() }
}

/// What a stream promises about slots, masks and reading late; how tokens are chosen is tested with `Sampler`.
@Suite struct SamplingTests {
    @Test(arguments: HostDevice.allCases, SamplingConformance.Promise.allCases)
    func promise(_ device: HostDevice, _ promise: SamplingConformance.Promise) throws {
        try SamplingConformance(on: device.make).check(promise)
    }
}
