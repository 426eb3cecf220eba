import CZondaKernels
public import ZondaCore
public import ZondaDevice

extension CUDADevice: MeasurableDevice {
    /// Products are of f16 with `mma.sync`, as all of this device's kernels make them; those of bf16 are as fast.
    public func measureLimits(compute: ComputeType) throws(ZondaError) -> DeviceLimits {
        let meter = try LimitMeter(self)
        let peak = DeviceLimits.Peak("f16 mma.sync", operationsPerSecond: try meter.productRate())
        return DeviceLimits(readBandwidth: try meter.readBandwidth(), quantizedPeak: peak, floatPeak: peak)
    }
}

/// Launches the kernels of `measure.cu` and times them by events: the best of several runs, each long enough.
private final class LimitMeter {
    private let device: CUDADevice
    private let start: CUDAEvent
    private let end: CUDAEvent
    private let blockCount: Int
    private let output: DeviceMemory

    private static let threads = Int(ZONDA_MEASURE_THREADS)
    /// Blocks of a multiprocessor: all that fit.
    private static let residentBlocks = 8
    private static let runCount = 5
    /// Seconds of one run of products.
    private static let runTime = 0.004
    /// Seconds that reading the buffer once may take. A real GPU needs a millisecond.
    private static let longestRead = 0.05
    private static let largestBuffer = 1 << 30
    private static let smallestBuffer = 1 << 20

    init(_ device: CUDADevice) throws(ZondaError) {
        self.device = device
        start = try CUDAEvent(isTimed: true, in: device.context)
        end = try CUDAEvent(isTimed: true, in: device.context)
        blockCount = device.context.gpu.multiprocessorCount * Self.residentBlocks
        output = try .allocate(byteCount: blockCount * Self.threads * 4, for: "measuring", in: device.context)
    }

    /// Operations per second.
    func productRate() throws(ZondaError) -> Double {
        var rounds = 16
        var seconds = try products(rounds)
        while seconds < Self.runTime, rounds < 1 << 24 {
            rounds *= 2
            seconds = try products(rounds)
        }
        for _ in 0..<Self.runCount where seconds < 4 * Self.runTime { seconds = min(seconds, try products(rounds)) }
        let warps = blockCount * Self.threads / 32
        let count = Double(warps * rounds) * Double(ZONDA_PRODUCT_CHAINS * ZONDA_PRODUCT_OPERATIONS)
        return count / seconds
    }

    private func products(_ rounds: Int) throws(ZondaError) -> Double {
        try time(
            "multiply_all", zonda_products_arguments(output: UInt64(output.address), rounds: Int32(rounds)))
    }

    /// Bytes per second, from a buffer of several times the second-level cache where there is room for it.
    func readBandwidth() throws(ZondaError) -> Double {
        let probe = try read(byteCount: Self.smallestBuffer, runs: 2)
        let room = try device.context.memory().free / 2
        let affordable = Double(Self.smallestBuffer) * Self.longestRead / probe
        let wanted = min(
            max(Self.largestBuffer, 8 * device.context.gpu.l2ByteCount), room,
            Int(min(affordable, Double(Int32.max))))
        let byteCount = max(wanted, Self.smallestBuffer)
        return Double(byteCount) / (try read(byteCount: byteCount, runs: Self.runCount))
    }

    /// Seconds of the best of some passes over a buffer; the first, which finds no page in the translation caches, is among
    /// them.
    private func read(byteCount: Int, runs: Int) throws(ZondaError) -> Double {
        let pieces = byteCount / Int(ZONDA_READ_PIECE_BYTES)
        let memory = try DeviceMemory.allocate(
            byteCount: pieces * Int(ZONDA_READ_PIECE_BYTES), for: "measuring bandwidth", in: device.context)
        try device.loading.zero(memory)
        var best = Double.infinity
        for _ in 0..<runs {
            let arguments = zonda_read_arguments(
                input: UInt64(memory.address), output: UInt64(output.address), piece_count: Int64(pieces))
            best = min(best, try time("read_all", arguments))
        }
        return best * Double(byteCount) / Double(memory.byteCount)
    }

    private func time<Arguments: BitwiseCopyable>(
        _ kernel: String, _ arguments: Arguments
    ) throws(ZondaError) -> Double {
        let launch = KernelLaunch(
            KernelName("measure.cu", kernel), LaunchShape(grid: .init(blockCount), block: .init(Self.threads)),
            arguments)
        try device.library.prepare([launch])
        try start.record(on: device.loading.stream)
        try device.library.function(launch.kernel).launch(launch.shape, on: device.loading.stream, launch.arguments)
        try end.record(on: device.loading.stream)
        try end.synchronize()
        // Events tell half microseconds; nothing here is shorter, but for an emulator's clock.
        return max(try end.seconds(since: start), 1e-7)
    }
}
