public import ZondaCore
public import ZondaDevice

extension CUDADevice {
    /// Of the driver's allocator: from a MiB on, whole blocks of 2 MiB, the size of its pages; smaller ones share such
    /// blocks. NVIDIA does not document it, so plans are compared with what the driver counts (`freeByteCount`).
    public func allocatedByteCount(_ byteCount: Int) -> Int {
        let granule = byteCount < 1 << 20 ? 512 : 2 << 20
        return (max(byteCount, 1) + granule - 1) / granule * granule
    }

    public func freeByteCount() throws(ZondaError) -> Int? { try context.memory().free }

    public func streamMemory(limits: StepLimits, step: StepRecorder) throws(ZondaError) -> StreamMemory {
        let buffers = StepBuffers(limits: limits, in: context) { (_) throws(ZondaError) in
            throw ZondaError(.internalFault, "a plan was asked for memory", remedy: "report this")
        }
        var scratch = 0
        var tables: Set<[UInt64]> = []
        for key in limits.largestKeys(thresholds: LinearKernel.thresholds) {
            let list = OperationList(info: info)
            try step(key, list)
            let encoder = CUDAEncoder(on: self, limits: limits, buffers: buffers, scratch: DeviceScratch())
            for operation in list.operations { try encoder.add(operation) }
            scratch = max(scratch, encoder.scratch.byteCount)
            tables.formUnion(encoder.plannedTables)
        }
        let byteCounts =
            buffers.byteCounts + SamplingMemory.byteCounts(vocabulary: limits.vocabularyCount, slots: limits.slots)
            + tables.map { $0.count * MemoryLayout<UInt64>.stride }
        return StreamMemory(
            scratchByteCount: scratch, inputByteCount: byteCounts.reduce(0) { $0 + allocatedByteCount($1) },
            pinnedByteCount: buffers.pinnedByteCount + LoadingStream.pinnedByteCount + StepSampler.pinnedByteCount)
    }
}
