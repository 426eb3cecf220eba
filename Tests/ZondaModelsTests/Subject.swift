import ModelSupport
import ZondaCPU
import ZondaDevice
import ZondaModels

/// A device and how it computes.
struct Subject: Sendable, CustomStringConvertible {
    enum Device: String, CaseIterable, Sendable {
        case reference, cpu

        func make() throws -> any ZondaDevice.Device {
            switch self {
            case .reference: ReferenceDevice()
            case .cpu: try CPUDevice(threads: 2)
            }
        }
    }

    var device: Device
    /// Float32 throughout, or what serving uses.
    var isExact: Bool

    static let all = Device.allCases.flatMap {
        [Subject(device: $0, isExact: true), Subject(device: $0, isExact: false)]
    }

    var description: String { "\(device.rawValue) \(isExact ? "float32" : "default")" }
}

extension GoldenModel {
    func harness(_ subject: Subject, reach: Int) throws -> DecoderHarness {
        try harness(on: try subject.device.make(), isExact: subject.isExact, reach: reach)
    }
}
