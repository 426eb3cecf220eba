import CZondaSIMD
import Testing
import ZondaCPU
import ZondaDevice

/// The loops that a processor is held against do the work that is counted.
@Suite struct MeasureTests {
    private static let chains = 12

    @Test(arguments: InstructionSet.available) func loops(set: InstructionSet) {
        let (measure, lanes) = (set.kernels.measure, Int(set.kernels.lanes))
        #expect(measure.int16_operations == Int64(Self.chains * lanes * 4))
        #expect(measure.float_operations == Int64(Self.chains * lanes * 2))
        for rounds in [0, 1, 7, 1000] {
            #expect(measure.int16_products(Int64(rounds)) == Int32(rounds * Self.chains * (3 * 5 + 3 * 5)))
            #expect(measure.float_products(Int64(rounds)) == Float(rounds * Self.chains * lanes) / 4)
        }
        var random = TestRandom(seed: 11)
        let words = (0..<1024).map { _ in UInt32(truncatingIfNeeded: random.next()) }
        for count in [0, 256, 1024] {
            let sum = words.withUnsafeBytes { measure.read($0.baseAddress!, count * 4) }
            #expect(sum == words[..<count].reduce(0, &+))
        }
    }

    @Test func aDeviceMeasuresItself() throws {
        let device = try CPUDevice(threads: 1)
        let limits = try device.measureLimits(compute: .fast)
        #expect(limits.readBandwidth > 1e8)
        #expect(limits.quantizedPeak.name == "int16" && limits.quantizedPeak.operationsPerSecond > 1e8)
        #expect(limits.floatPeak.name == "f32" && limits.floatPeak.operationsPerSecond > 1e8)
        #expect(try device.measureLimits(compute: .float32).quantizedPeak.name == "f32")
    }
}
