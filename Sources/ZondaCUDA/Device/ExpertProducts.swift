import CZondaKernels
import ZondaCore
import ZondaDevice

/// The rows of a grouped product, and which pairs read them.
struct PairRows {
    /// What is done to the rows first.
    var arguments: zonda_row_arguments
    /// The row of each sorted pair; 0 when pairs are rows of their own.
    var sources: UInt64
    var tiling: ExpertTiling
    var list: zonda_expert_block_list
    /// Rounded rows, by the kernel that made them.
    var prepared: [String: zonda_prepared_rows] = [:]
}

extension CUDAEncoder {
    /// Adds a product of sorted pairs with the weights of their experts: one launch for each layout among the experts, which
    /// is one in most files. Experts of other layouts have no address in a launch's table, and their blocks end at once.
    ///
    /// - Parameter parts: the weights of one kind, or gates and ups, each gate of the same layout as its up.
    func multiply(
        _ rows: inout PairRows, _ parts: [ExpertWeights], _ combine: LinearOp.Combine, to output: TensorAddress
    ) throws(ZondaError) {
        for format in parts[0].layouts {
            let kernel = ExpertKernel(
                rows.tiling, format, ownRows: rows.sources == 0 ? nil : Int(rows.arguments.rows),
                columns: Int(rows.arguments.columns), isExact: compute == .float32, gpu: gpu)
            var arguments = zonda_expert_product_arguments()
            arguments.product = product(rows, parts, combine, to: output)
            if !kernel.prepares {
                if rows.prepared[kernel.preparer] == nil {
                    rows.prepared[kernel.preparer] = prepare(rows.arguments, by: kernel.preparer, terms: kernel.terms)
                }
                arguments.product.prepared = rows.prepared[kernel.preparer] ?? zonda_prepared_rows()
            }
            arguments.weights = try table(of: parts, format)
            arguments.source_rows = rows.sources
            arguments.blocks = rows.list.blocks
            arguments.block_count = rows.list.count
            let capacity = rows.tiling.blockCapacity(pairs: output.rows, experts: parts[0].weights.count)
            let grid = kernel.grid(
                outputs: output.columns, isGated: parts.count == 2, blockCapacity: capacity, gpu)
            launch(
                kernel.file, kernel.expression, grid: grid, block: 256, shared: kernel.sharedByteCount,
                work: work(rows, parts, output),
                product: KernelLaunch.Product(
                    inputs: Int(rows.arguments.columns), outputs: output.columns * parts.count), arguments)
        }
    }

    /// As if each pair chose another expert while there are any: which do is known on the device only.
    private func work(_ rows: PairRows, _ parts: [ExpertWeights], _ output: TensorAddress) -> OperationWork {
        let columns = Int(rows.arguments.columns)
        let weightBytes = parts.reduce(0.0) { sum, part in
            let all = part.weights.reduce(0) { $0 + $1.layout.byteCount }
            return sum + Double(all) * Double(min(output.rows, part.weights.count)) / Double(part.weights.count)
        }
        return OperationWork(
            byteCount: weightBytes + Double(4 * output.rows * (columns + output.columns)),
            operationCount: 2 * Double(output.rows * output.columns * parts.count) * Double(columns))
    }

    private func product(
        _ rows: PairRows, _ parts: [ExpertWeights], _ combine: LinearOp.Combine, to output: TensorAddress
    ) -> zonda_linear_arguments {
        var arguments = zonda_linear_arguments()
        arguments.rows = rows.arguments
        arguments.parts.0.rows = Int32(output.columns)
        arguments.parts.1.rows = parts.count == 2 ? Int32(output.columns) : 0
        arguments.part_count = Int32(parts.count)
        if case .gated(let activation) = combine {
            arguments.combine = Int32(ZONDA_COMBINE_GATED.rawValue)
            arguments.activation = activation.kernelCode
        }
        arguments.output = output.address
        arguments.output_stride = Int64(output.stride)
        arguments.scale = 1
        return arguments
    }

    /// The address of a table of two addresses an expert, 0 for weights of other layouts.
    private func table(of parts: [ExpertWeights], _ format: WeightFormat) throws(ZondaError) -> UInt64 {
        var addresses: [UInt64] = []
        for index in parts[0].weights.indices {
            for part in 0..<2 {
                let isRead = part < parts.count && parts[part].formats[index].layout == format.layout
                addresses.append(isRead ? address(of: parts[part].weights[index]) : 0)
            }
        }
        return try table(of: addresses)
    }
}
