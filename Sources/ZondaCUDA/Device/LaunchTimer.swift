import CZondaKernels
import ZondaCore
import ZondaDevice

/// Times the kernels of a step one by one, by an event between each two.
///
/// Kernels do not overlap then as they do in a step, and no graph is replayed: the sum is more than a step takes.
/// Not `Sendable`: used by the device's own thread.
final class LaunchTimer {
    private let context: CUDAContext
    private let library: KernelLibrary
    private var marks: [Mark] = []

    /// A copyable holder of an event.
    private final class Mark {
        let event: CUDAEvent
        init(in context: CUDAContext) throws(ZondaError) { event = try CUDAEvent(isTimed: true, in: context) }
    }

    /// Cycles for which the stream is kept busy for each launch: about 10 µs, more than submitting it takes.
    private static let delayPerLaunch = 20_000
    private static let longestDelay = 40_000_000

    init(_ library: KernelLibrary, in context: CUDAContext) {
        self.library = library
        self.context = context
    }

    /// Seconds that each launch took on the GPU; waits for them.
    func time(_ launches: [KernelLaunch], on stream: borrowing CUDAStream) throws(ZondaError) -> [Double] {
        guard !launches.isEmpty else { return [] }
        while marks.count <= launches.count { marks.append(try Mark(in: context)) }
        // While it runs, the host gets ahead: else a short kernel's time would be that of launching the next one.
        let delay = KernelLaunch(
            KernelName("measure.cu", "delay"), LaunchShape(grid: .init(1), block: .init(1)),
            zonda_delay_arguments(cycle_count: Int64(min(Self.delayPerLaunch * launches.count, Self.longestDelay))))
        try library.prepare([delay])
        try library.function(delay.kernel).launch(delay.shape, on: stream, delay.arguments)
        try marks[0].event.record(on: stream)
        for (index, launch) in launches.enumerated() {
            var shape = launch.shape
            shape.overlapsPrevious = false
            try library.function(launch.kernel).launch(shape, on: stream, launch.arguments)
            try marks[index + 1].event.record(on: stream)
        }
        try marks[launches.count].event.synchronize()
        var seconds: [Double] = []
        for index in launches.indices {
            seconds.append(try marks[index + 1].event.seconds(since: marks[index].event))
        }
        return seconds
    }
}

extension StepProfiler.Line {
    /// One call of a kernel, with these inputs.
    init(_ launch: KernelLaunch, seconds: Double, _ inputs: StepInputs) {
        self.init(launch.profileName)
        callCount = 1
        self.seconds = seconds
        (byteCount, operationCount) = launch.work.counts(for: inputs)
    }
}
