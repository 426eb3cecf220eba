import CZondaSIMD
import ZondaDevice

/// What is done with a block of sums: scale, soft-cap, activation or gating, residual, in this order.
struct Epilogue: BitwiseCopyable {
    var scale: Float = 1
    var softcap: Float?
    var activation: zonda_activation?
    var residual: RowView?
    var residualScale: Float = 1

    /// Works in place on `sums`, which is `output` unless there is a residual.
    func apply(
        _ kernels: UnsafePointer<zonda_kernels>, _ item: ProductItem, _ sums: Block, gated: Block?, to output: Block
    ) {
        let (rows, columns) = (Int32(item.height), Int32(item.width))
        func shape(_ block: Block) {
            if scale != 1 { kernels.pointee.rows.scale(block.reading, block.writing, rows, columns, scale) }
            if let softcap { kernels.pointee.rows.soft_cap(block.reading, block.writing, rows, columns, softcap) }
        }
        shape(sums)
        if let gated { shape(gated) }
        if let activation {
            if let gated {
                kernels.pointee.rows.gate(sums.reading, gated.reading, sums.writing, rows, columns, activation)
            } else {
                kernels.pointee.rows.activate(sums.reading, sums.writing, rows, columns, activation)
            }
        }
        if let residual {
            kernels.pointee.rows.add(
                residual.block(item).reading, sums.reading, output.writing, rows, columns, residualScale)
        }
    }
}

extension Activation {
    var kernelCode: zonda_activation {
        switch self {
        case .silu: ZONDA_SILU
        case .geluTanh: ZONDA_GELU_TANH
        case .gelu: ZONDA_GELU
        case .relu: ZONDA_RELU
        case .reluSquared: ZONDA_RELU_SQUARED
        }
    }
}
