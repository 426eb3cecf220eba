import ZondaCPU
import ZondaCore
import ZondaDevice

/// The processor with as much memory as a test says, or with results that are wrong.
final class AlteredDevice: Device {
    let info: DeviceInfo
    private let device: CPUDevice
    /// What norms, biases and rope tables are multiplied with.
    private let skew: Float

    init(memoryByteCount: Int? = nil, skew: Float = 1) throws(ZondaError) {
        device = try CPUDevice(threads: 1)
        var info = device.info
        if let memoryByteCount { info.memoryByteCount = memoryByteCount }
        self.info = info
        self.skew = skew
    }

    func layout(of weight: WeightSpec) throws(ZondaError) -> PackedLayout { try device.layout(of: weight) }

    func pack(_ weight: WeightSpec, from source: any TileSource) throws(ZondaError) -> PackedWeight {
        try device.pack(weight, from: source)
    }

    func keep(_ weight: WeightSpec, from source: any TileSource) throws(ZondaError) -> PackedWeight {
        try device.keep(weight, from: source)
    }

    func allocate(byteCount: Int) throws(ZondaError) -> DeviceMemory { try device.allocate(byteCount: byteCount) }

    func upload(_ values: [Float], to tensor: Tensor) throws(ZondaError) {
        try device.upload(values.map { $0 * skew }, to: tensor)
    }

    func pageByteCount(of spec: KVSpec) throws(ZondaError) -> Int { try device.pageByteCount(of: spec) }

    func streamMemory(limits: StepLimits, step: StepRecorder) throws(ZondaError) -> StreamMemory {
        try device.streamMemory(limits: limits, step: step)
    }

    func makeStream(limits: StepLimits) throws(ZondaError) -> any Stream { try device.makeStream(limits: limits) }
}
