public import ZondaCore

/// A device that can measure what it could do at most, so that what a model reaches can be said as a share of it.
public protocol MeasurableDevice: Device {
    /// Reads much memory and multiplies much, on all of the device; well under a second. Nothing else may run on it.
    ///
    /// - Throws: `outOfMemory` when there is no room for a buffer that is larger than the caches.
    func measureLimits(compute: ComputeType) throws(ZondaError) -> DeviceLimits
}

/// What a device reads and multiplies at most, as it measured itself.
public struct DeviceLimits: Sendable, Hashable {
    /// A rate of multiplications and additions, counted as two operations, and the kind of numbers it is of.
    public struct Peak: Sendable, Hashable {
        /// "int16", "f32", "f16 mma.sync".
        public var name: String
        public var operationsPerSecond: Double

        public init(_ name: String, operationsPerSecond: Double) {
            self.name = name
            self.operationsPerSecond = operationsPerSecond
        }
    }

    /// Bytes per second that all of the device reads from its memory.
    public var readBandwidth: Double
    /// Of products with quantized weights, as this device's kernels make them.
    public var quantizedPeak: Peak
    /// Of products with floating-point weights, and of attention.
    public var floatPeak: Peak

    public init(readBandwidth: Double, quantizedPeak: Peak, floatPeak: Peak) {
        self.readBandwidth = readBandwidth
        self.quantizedPeak = quantizedPeak
        self.floatPeak = floatPeak
    }
}

/// What a step, or part of one, must read or write and multiply at the least.
public struct StepWork: Sendable, Hashable {
    public var byteCount: Double
    /// Multiplications and additions with quantized weights.
    public var quantizedOperationCount: Double
    /// With floating-point weights, and of attention.
    public var floatOperationCount: Double

    public init(byteCount: Double = 0, quantizedOperationCount: Double = 0, floatOperationCount: Double = 0) {
        self.byteCount = byteCount
        self.quantizedOperationCount = quantizedOperationCount
        self.floatOperationCount = floatOperationCount
    }

    public var operationCount: Double { quantizedOperationCount + floatOperationCount }

    public static func += (left: inout StepWork, right: StepWork) {
        left.byteCount += right.byteCount
        left.quantizedOperationCount += right.quantizedOperationCount
        left.floatOperationCount += right.floatOperationCount
    }
}

extension DeviceLimits {
    /// Seconds that the memory alone needs for `work`.
    public func readingTime(of work: StepWork) -> Double { work.byteCount / readBandwidth }

    /// Seconds that the arithmetic alone needs for `work`.
    public func computingTime(of work: StepWork) -> Double {
        work.quantizedOperationCount / quantizedPeak.operationsPerSecond
            + work.floatOperationCount / floatPeak.operationsPerSecond
    }

    /// The peak that most of the operations of `work` are held against.
    public func peak(for work: StepWork) -> Peak {
        work.quantizedOperationCount >= work.floatOperationCount ? quantizedPeak : floatPeak
    }
}
