import ZondaCPU
import ZondaCore
import ZondaDevice

/// The processor, with as much memory as a test says.
final class LimitedDevice: Device {
    let info: DeviceInfo
    private let device: CPUDevice

    init(memoryByteCount: Int) throws(ZondaError) {
        device = try CPUDevice(threads: 1)
        var info = device.info
        info.memoryByteCount = memoryByteCount
        self.info = info
    }

    func layout(of weight: WeightSpec) throws(ZondaError) -> PackedLayout { try device.layout(of: weight) }

    func pack(_ weight: WeightSpec, from source: any TileSource) throws(ZondaError) -> PackedWeight {
        try device.pack(weight, from: source)
    }

    func keep(_ weight: WeightSpec, from source: any TileSource) throws(ZondaError) -> PackedWeight {
        try device.keep(weight, from: source)
    }

    func allocate(byteCount: Int) throws(ZondaError) -> DeviceMemory { try device.allocate(byteCount: byteCount) }

    func upload(_ values: [Float], to tensor: Tensor) throws(ZondaError) { try device.upload(values, to: tensor) }

    func pageByteCount(of spec: KVSpec) throws(ZondaError) -> Int { try device.pageByteCount(of: spec) }

    func streamMemory(limits: StepLimits, step: StepRecorder) throws(ZondaError) -> StreamMemory {
        try device.streamMemory(limits: limits, step: step)
    }

    func makeStream(limits: StepLimits) throws(ZondaError) -> any Stream { try device.makeStream(limits: limits) }
}
