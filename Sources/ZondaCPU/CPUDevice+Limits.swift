import CZondaSIMD
public import ZondaCore
public import ZondaDevice

extension CPUDevice: MeasurableDevice {
    /// Best of several short runs on all threads: what else the machine does can only make one slower.
    public func measureLimits(compute: ComputeType) throws(ZondaError) -> DeviceLimits {
        let measure = kernels.pointee.measure
        let float = peak("f32", operationsPerRound: measure.float_operations) { rounds in
            _ = measure.float_products(rounds)
        }
        let quantized =
            compute == .float32
            ? float
            : peak("int16", operationsPerRound: measure.int16_operations) { _ = measure.int16_products($0) }
        return DeviceLimits(
            readBandwidth: try readBandwidth(measure), quantizedPeak: quantized, floatPeak: float)
    }

    private static let runCount = 6
    /// Seconds after which no run is begun any more, but for the second one: a busy machine gets fewer.
    private static let patience = 0.15
    /// Seconds of one run of products.
    private static let runTime = 0.02
    /// Read as one item of work.
    private static let pieceByteCount = 1 << 20

    private func peak(
        _ name: String, operationsPerRound: Int64, _ products: @escaping @Sendable (_ rounds: Int64) -> Void
    ) -> DeviceLimits.Peak {
        var rounds: Int64 = 1 << 14
        while seconds({ products(rounds) }) < Self.runTime / 4 { rounds *= 2 }
        rounds *= 4
        let (threads, count) = (pool.threadCount, rounds)
        let best = fastest({ pool.forEach(threads) { _, _ in products(count) } })
        return DeviceLimits.Peak(
            name, operationsPerSecond: Double(operationsPerRound) * Double(count) * Double(threads) / best)
    }

    private func readBandwidth(_ measure: zonda_measure_kernels) throws(ZondaError) -> Double {
        let pieces = bufferByteCount / Self.pieceByteCount
        let memory = try HostMemory.allocate(byteCount: pieces * Self.pieceByteCount, for: "measuring bandwidth")
        let base = memory.address
        // Pages that nobody wrote are all the same one, which the caches hold.
        pool.forEach(pieces) { piece, _ in
            let start = UnsafeMutableRawPointer(bitPattern: base + UInt(piece * Self.pieceByteCount))
            start?.initializeMemory(as: UInt8.self, repeating: 1, count: Self.pieceByteCount)
        }
        let best = fastest({
            pool.forEach(pieces) { piece, _ in
                guard let start = UnsafeRawPointer(bitPattern: base + UInt(piece * Self.pieceByteCount)) else { return }
                _ = measure.read(start, Self.pieceByteCount)
            }
        })
        return withExtendedLifetime(memory) { Double(memory.byteCount) / best }
    }

    /// Several times what a core has of the last cache (16 MiB at most), and of a small one's whole cache.
    private var bufferByteCount: Int {
        let wanted = min(max(128 << 20, pool.threadCount * (64 << 20)), 2 << 30)
        return max(64 << 20, min(wanted, HostMemory.availableByteCount() / 4))
    }

    /// Seconds of the fastest run.
    private func fastest(_ body: () -> Void) -> Double {
        var (best, sum) = (Double.infinity, 0.0)
        for run in 0..<Self.runCount where run < 2 || sum < Self.patience {
            let time = seconds(body)
            (best, sum) = (min(best, time), sum + time)
        }
        return best
    }

    private func seconds(_ body: () -> Void) -> Double {
        let start = ContinuousClock.now
        body()
        return (ContinuousClock.now - start).seconds
    }
}
