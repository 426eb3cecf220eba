import CZondaKernels
import ZondaCore
import ZondaDevice

/// One weight of a product.
struct LinearPart {
    var weight: UInt64
    /// 0 for none.
    var bias: UInt64
    /// Output features.
    var rows: Int
    var columns: Int
    var format: WeightFormat
    /// Where its outputs begin in a row.
    var outputColumn = 0
}

/// What is done to a row before it is rounded.
struct RowNorm {
    var kind: zonda_norm_kind
    var weight: UInt64
    var bias: UInt64
    var epsilon: Float
}

/// The rows that a product multiplies.
struct RowInput {
    var tensor: TensorAddress
    var norm: RowNorm?

    init(_ tensor: TensorAddress, _ norm: RowNorm?) {
        self.tensor = tensor
        self.norm = norm
    }

    var arguments: zonda_row_arguments {
        zonda_row_arguments(
            input: tensor.address, norm_weight: norm?.weight ?? 0, norm_bias: norm?.bias ?? 0, row_count: 0,
            input_stride: Int64(tensor.stride), norm: Int32((norm?.kind ?? ZONDA_NORM_NONE).rawValue),
            epsilon: norm?.epsilon ?? 0, rows: Int32(tensor.rows), columns: Int32(tensor.columns))
    }
}

/// What is done with sums, and where they go.
struct ProductEpilogue {
    var output: TensorAddress
    var scale: Float = 1
    /// 0 for none.
    var softcap: Float = 0
    var combine = ZONDA_COMBINE_CONCATENATE
    var activation: Int32 = 0
    var residual: TensorAddress?
    var residualScale: Float = 1

    init(output: TensorAddress, scale: Float, softcap: Float) {
        self.output = output
        self.scale = scale
        self.softcap = softcap
    }
}

extension CUDAEncoder {
    /// Adds the launches that multiply `rows` by all parts.
    func multiply(_ rows: RowInput, _ parts: [LinearPart], _ epilogue: ProductEpilogue) throws(ZondaError) {
        var placed = parts
        if epilogue.combine == ZONDA_COMBINE_CONCATENATE {
            var column = 0
            for index in placed.indices {
                placed[index].outputColumn = column
                column += placed[index].rows
            }
        }
        var prepared: [String: zonda_prepared_rows] = [:]
        for group in LinearKernel.groups(of: placed, rowCount: rows.tensor.rows) {
            let kernel = LinearKernel(
                for: group, rowCount: rows.tensor.rows, columns: rows.tensor.columns,
                isExact: compute == .float32, isDeterministic: isDeterministic, gpu: gpu)
            var arguments = self.arguments(rows, group, epilogue)
            if !kernel.prepares {
                if prepared[kernel.preparer] == nil {
                    prepared[kernel.preparer] = prepare(rows.arguments, by: kernel.preparer, terms: kernel.terms)
                }
                arguments.prepared = prepared[kernel.preparer] ?? zonda_prepared_rows()
            }
            launch(
                kernel.file, kernel.expression, grid: kernel.grid(group, epilogue, gpu), block: 256,
                shared: kernel.sharedByteCount, work: work(rows, group, epilogue),
                product: KernelLaunch.Product(
                    inputs: rows.tensor.columns, outputs: group.reduce(0) { $0 + $1.rows }), arguments)
        }
    }

    /// Weights, rows in and rows out of one launch.
    private func work(_ rows: RowInput, _ parts: [LinearPart], _ epilogue: ProductEpilogue) -> OperationWork {
        let count = rows.tensor.rows
        let outputs = parts.reduce(0) { $0 + $1.rows }
        let written = epilogue.combine == ZONDA_COMBINE_GATED ? outputs / 2 : outputs
        let rowBytes = 4 * (rows.tensor.columns + written * (epilogue.residual == nil ? 1 : 2))
        let weightBytes = parts.reduce(0) { sum, part in
            sum + Int(zonda_gpu_weight_bytes(part.format.layout, Int64(part.rows), Int64(part.columns)))
        }
        return OperationWork(
            byteCount: Double(weightBytes + count * rowBytes),
            operationCount: 2 * Double(count * outputs) * Double(rows.tensor.columns))
    }

    /// Adds the launch that norms and rounds rows once, for all products that read the same terms.
    func prepare(_ rows: zonda_row_arguments, by preparer: String, terms: Int) -> zonda_prepared_rows {
        let count = Int(rows.rows)
        let stride = Int(zonda_gpu_activation_stride(rows.columns))
        let output = zonda_prepared_rows(
            values: scratch.take(terms * count * stride * 2),
            sums: scratch.take(count * Int(zonda_gpu_sum_stride(rows.columns)) * 4), scales: scratch.take(count * 4),
            plane_stride: Int64(count * stride))
        launch(
            "prepare_rows.cu", preparer, grid: .init(count), block: 256, shared: 96,
            work: OperationWork(byteCount: Double(count * (Int(rows.columns) * 4 + terms * stride * 2))),
            zonda_prepare_arguments(rows: rows, output: output))
        return output
    }

    private func arguments(
        _ rows: RowInput, _ parts: [LinearPart], _ epilogue: ProductEpilogue
    ) -> zonda_linear_arguments {
        var arguments = zonda_linear_arguments()
        arguments.rows = rows.arguments
        var firstTile = 0
        var list: [zonda_linear_part] = []
        for part in parts {
            list.append(
                zonda_linear_part(
                    weight: part.weight, bias: part.bias, rows: Int32(part.rows), first_tile: Int32(firstTile),
                    output_column: Int32(part.outputColumn),
                    layout: part.format.layout == parts[0].format.layout ? 0 : 1))
            firstTile += pieces(part.rows, of: Int(ZONDA_GPU_TILE_ROWS))
        }
        withUnsafeMutableBytes(of: &arguments.parts) { bytes in
            for (index, part) in list.enumerated() {
                bytes.storeBytes(
                    of: part, toByteOffset: index * MemoryLayout<zonda_linear_part>.stride, as: zonda_linear_part.self)
            }
        }
        arguments.part_count = Int32(parts.count)
        arguments.residual = epilogue.residual?.address ?? 0
        arguments.residual_stride = Int64(epilogue.residual?.stride ?? 0)
        arguments.residual_scale = epilogue.residualScale
        arguments.output = epilogue.output.address
        arguments.output_stride = Int64(epilogue.output.stride)
        arguments.combine = Int32(epilogue.combine.rawValue)
        arguments.activation = epilogue.activation
        arguments.scale = epilogue.scale
        arguments.softcap = epilogue.softcap
        return arguments
    }
}
