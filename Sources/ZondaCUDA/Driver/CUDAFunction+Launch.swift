import CZondaCUDA
public import ZondaCore

extension CUDAFunction {
    /// Submits the kernel; returns before it has run.
    ///
    /// ```swift
    /// try add.launch(LaunchShape(grid: .init(40), block: .init(256)), on: stream,
    ///     KernelArguments(out.address, a.address, b.address, Int32(10_000)))
    /// ```
    /// A grid without blocks is submitted as nothing: the driver refuses it.
    /// - Throws: `deviceFailed` for a shape that the GPU can't run, naming kernel and shape; also for any failure of
    ///   earlier work that the driver has noticed by now.
    public func launch(
        _ shape: LaunchShape, on stream: borrowing CUDAStream, _ arguments: KernelArguments
    ) throws(ZondaError) {
        guard shape.grid.count > 0 else { return }
        let driver = module.context.driver
        let stream = stream.handle
        let result = withUnsafeTemporaryAllocation(of: zonda_cu_launch_attribute.self, capacity: 2) { attributes in
            let count = shape.write(attributes, on: module.context.gpu)
            var config = shape.config
            config.stream = stream
            config.attributes = attributes.baseAddress
            config.attribute_count = UInt32(count)
            return arguments.withPointers { driver.functions.cuLaunchKernelEx(&config, handle, $0, nil) }
        }
        try driver.check(
            result, "cuLaunchKernelEx",
            "launching \(name) with \(shape.grid) blocks of \(shape.block) threads, \(shape.sharedByteCount) bytes shared"
        )
    }
}

extension LaunchShape {
    fileprivate var config: zonda_cu_launch_config {
        var config = zonda_cu_launch_config()
        (config.grid_x, config.grid_y, config.grid_z) = grid.counts
        (config.block_x, config.block_y, config.block_z) = block.counts
        config.shared_byte_count = UInt32(clamping: sharedByteCount)
        return config
    }

    /// Writes the attributes that the launch needs and returns their number.
    fileprivate func write(_ attributes: UnsafeMutableBufferPointer<zonda_cu_launch_attribute>, on gpu: GPU) -> Int {
        var count = 0
        func add(_ id: zonda_cu_launch_attribute_id, _ set: (inout zonda_cu_launch_attribute_value) -> Void) {
            var attribute = zonda_cu_launch_attribute()
            attribute.id = id
            set(&attribute.value)
            attributes.initializeElement(at: count, to: attribute)
            count += 1
        }
        if overlapsPrevious, gpu.capability.major >= 9 {
            add(ZONDA_CU_LAUNCH_PROGRAMMATIC_STREAM_SERIALIZATION) { $0.programmatic_stream_serialization = 1 }
        }
        if let cluster {
            add(ZONDA_CU_LAUNCH_CLUSTER_DIMENSION) {
                ($0.cluster.x, $0.cluster.y, $0.cluster.z) = cluster.counts
            }
        }
        return count
    }
}

extension LaunchShape.Extent {
    /// As the driver takes them. What does not fit is clamped, and refused there.
    fileprivate var counts: (UInt32, UInt32, UInt32) { (UInt32(clamping: x), UInt32(clamping: y), UInt32(clamping: z)) }
}
