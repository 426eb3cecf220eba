import CZondaSIMD
import ZondaCore
import ZondaDevice

/// One weight's product, or two that are gated together, what is done with it, and where it goes.
struct ProductPart: BitwiseCopyable {
    var first: zonda_linear_op
    var second: zonda_linear_op?
    var epilogue: Epilogue
    var output: RowView
}

extension CPUEncoder {
    func product(
        _ weight: zonda_weight, _ panels: Panels, rows: Int, bias: UnsafePointer<Float>? = nil
    ) -> zonda_linear_op {
        let kind = panelKind(weight.type)
        return zonda_linear_op(
            weight: weight, kind: kind, panels: panels[kind], rows: Int32(rows), bias: bias, out: nil, out_stride: 0)
    }

    /// Scratch for products with these weights: the kernel's own, then room for tiles of those that are not packed.
    func takeProductScratch(for weights: [zonda_weight]) -> ScratchPlan.PerThread {
        let linear = kernels.pointee.linear
        let tiles = weights.map { $0.unpackedTileByteCount(rows: Int(linear.output_rows)) }.max() ?? 0
        return scratch.takePerThread(linear.scratch_bytes + tiles)
    }

    /// Adds the job that multiplies `rows` rows by all parts.
    func addProducts(_ parts: [ProductPart], rows: Int) {
        let items = ProductItem.split(
            parts.map { Int($0.first.weight.rows) }, rows: rows, kernels.pointee.linear, threadCount: threadCount)
        let tile = items.map { parts[Int($0.part)].tileCount(of: $0) }.max() ?? 0
        let job = ProductJob(
            kernels: kernels, parts: recording.copy(parts), items: recording.copy(items),
            scratch: takeProductScratch(for: parts.flatMap(\.weights)),
            tiles: scratch.takePerThread(tile * MemoryLayout<Float>.stride))
        recording.add(job, items: items.count) { arguments, item, thread in
            arguments?.load(as: ProductJob.self).run(item, thread)
        }
    }
}

extension ProductPart {
    var weights: [zonda_weight] { [first.weight] + (second.map { [$0.weight] } ?? []) }

    /// Values of scratch that one block needs: results that can't go to the output at once.
    func tileCount(of item: ProductItem) -> Int {
        item.valueCount * ((second == nil ? 0 : 1) + (epilogue.residual == nil ? 0 : 1))
    }

    /// Computes one block.
    func run(
        _ kernels: UnsafePointer<zonda_kernels>, _ item: ProductItem, scratch: UnsafeMutableRawPointer,
        tile: UnsafeMutablePointer<Float>
    ) {
        let target = output.block(item)
        let tileBlock = Block(tile, item)
        // The output may be the residual itself: the sum goes elsewhere until that has been read.
        let sums = epilogue.residual == nil ? target : tileBlock
        multiply(kernels, first, item, to: sums, scratch)
        var gated: Block?
        if let second {
            let block = epilogue.residual == nil ? tileBlock : Block(tile + item.valueCount, item)
            multiply(kernels, second, item, to: block, scratch)
            gated = block
        }
        epilogue.apply(kernels, item, sums, gated: gated, to: target)
    }

    private func multiply(
        _ kernels: UnsafePointer<zonda_kernels>, _ operation: zonda_linear_op, _ item: ProductItem, to block: Block,
        _ scratch: UnsafeMutableRawPointer
    ) {
        let linear = kernels.pointee.linear
        var operation = operation
        // The kernel counts rows and outputs from 0, wherever the block begins.
        operation.out = block.base - (Int(item.firstRow) * block.stride + Int(item.first))
        operation.out_stride = block.stride
        guard operation.weight.packed == nil else {
            linear.linear(&operation, item.firstRow, item.endRow, item.first, item.end, scratch)
            return
        }
        for first in stride(from: Int(item.first), to: Int(item.end), by: Int(linear.output_rows)) {
            let range = first..<min(first + Int(linear.output_rows), Int(item.end))
            var part = operation
            part.weight = operation.weight.packing(range, into: scratch + linear.scratch_bytes)
            part.bias = operation.bias.map { $0 + first }
            part.out = operation.out + first
            linear.linear(&part, item.firstRow, item.endRow, 0, Int32(range.count), scratch)
        }
    }
}

private struct ProductJob: BitwiseCopyable {
    var kernels: UnsafePointer<zonda_kernels>
    var parts: UnsafeMutablePointer<ProductPart>
    var items: UnsafeMutablePointer<ProductItem>
    var scratch: ScratchPlan.PerThread
    var tiles: ScratchPlan.PerThread

    func run(_ index: Int32, _ thread: Int32) {
        let item = items[Int(index)]
        parts[Int(item.part)].run(
            kernels, item, scratch: scratch[thread], tile: tiles[thread].assumingMemoryBound(to: Float.self))
    }
}
