import TestSupport
import Testing
import ZondaCPU
import ZondaCore

@testable import Zonda

struct DeviceCheckTests {
    @Test func aRightDevicePasses() throws {
        try DeviceCheck.run(on: CPUDevice(threads: 1))
        try DeviceCheck.run(on: AlteredDevice())
    }

    @Test(arguments: [Float(1.1), 0, .nan]) func aWrongOneIsFoundOut(_ skew: Float) throws {
        let device = try AlteredDevice(skew: skew)
        expectError(.deviceFailed, "cpu computes wrong results", "a step of 70 rows", "zonda doctor") {
            try DeviceCheck.run(on: device)
        }
    }
}
