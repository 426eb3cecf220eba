import CZondaSIMD
import ZondaCore
import ZondaDevice

/// One weight per expert, or two that are gated together.
struct ExpertProducts: BitwiseCopyable {
    let first: UnsafeMutablePointer<zonda_weight>
    let second: UnsafeMutablePointer<zonda_weight>?
    let outputs: Int
    /// The one that takes most scratch.
    let largest: zonda_weight

    init(first: [zonda_weight], second: [zonda_weight]?, in recording: Recording) {
        let all = first + (second ?? [])
        largest = all.max { $0.unpackedTileByteCount(rows: 1) < $1.unpackedTileByteCount(rows: 1) } ?? first[0]
        self.first = recording.copy(first)
        self.second = second.map { recording.copy($0) }
        outputs = Int(first[0].rows)
    }
}

extension CPUEncoder {
    /// Adds the job that rounds the rows of every group, in panels of its own.
    ///
    /// - Parameter index: which row of `source` each pair is; nil when there is one row per pair.
    func addExpertPanels(
        _ grouping: ExpertGrouping, from source: RowView, index: UnsafeMutablePointer<Int32>?, to panels: Panels
    ) {
        let job = ExpertPanelJob(
            kernels: kernels, grouping: grouping, source: source, index: index, panels: panels)
        recording.add(job, items: 0, itemsAt: count(grouping, \.parts)) { arguments, item, _ in
            arguments?.load(as: ExpertPanelJob.self).run(Int(item))
        }
    }

    /// Adds the job that multiplies every group's rows by its expert's weights; pair p's result is row p of `output`.
    func addExpertProducts(
        _ grouping: ExpertGrouping, _ weights: ExpertProducts, _ panels: Panels, columns: Int,
        activation: zonda_activation?, to output: RowView, itemsAt path: KeyPath<ExpertGrouping.Counts, Int32>
    ) {
        let width = blockWidth(of: weights.outputs, topK: grouping.topK)
        let rows = grouping.pairCapacity / grouping.topK
        let tile = weights.second == nil ? 0 : rows * min(width, weights.outputs)
        let job = ExpertProductJob(
            kernels: kernels, grouping: grouping, weights: weights, panels: panels, columns: columns,
            isExact: compute == .float32, epilogue: Epilogue(activation: activation), width: width, output: output,
            scratch: takeProductScratch(for: [weights.largest]),
            tiles: scratch.takePerThread(tile * MemoryLayout<Float>.stride))
        recording.add(job, items: 0, itemsAt: count(grouping, path)) { arguments, item, thread in
            arguments?.load(as: ExpertProductJob.self).run(Int(item), thread)
        }
    }

    private func count(
        _ grouping: ExpertGrouping, _ path: KeyPath<ExpertGrouping.Counts, Int32>
    ) -> UnsafePointer<Int32>? {
        MemoryLayout<ExpertGrouping.Counts>.offset(of: path).map {
            UnsafePointer((UnsafeMutableRawPointer(grouping.counts) + $0).assumingMemoryBound(to: Int32.self))
        }
    }
}

private struct ExpertPanelJob: BitwiseCopyable {
    var kernels: UnsafePointer<zonda_kernels>
    var grouping: ExpertGrouping
    var source: RowView
    var index: UnsafeMutablePointer<Int32>?
    var panels: Panels

    func run(_ item: Int) {
        let part = grouping.parts[item]
        let group = grouping.groups[Int(part.group)]
        let (firstPair, rows, first) = (Int(group.firstPair), Int(group.pairCount), Int(part.first))
        let end = min(first + Int(kernels.pointee.linear.panel_rows), rows)
        let target = panels.advanced(rows: firstPair, columns: source.columns)
        if let index {
            target.write(kernels, from: source, index: index + firstPair, rows: rows, first, end)
        } else {
            target.write(kernels, from: source.rows(from: firstPair), index: nil, rows: rows, first, end)
        }
    }
}

private struct ExpertProductJob: BitwiseCopyable {
    var kernels: UnsafePointer<zonda_kernels>
    var grouping: ExpertGrouping
    var weights: ExpertProducts
    var panels: Panels
    var columns: Int
    var isExact: Bool
    var epilogue: Epilogue
    var width: Int
    var output: RowView
    var scratch: ScratchPlan.PerThread
    var tiles: ScratchPlan.PerThread

    func run(_ index: Int, _ thread: Int32) {
        let blocks = (weights.outputs + width - 1) / width
        let group = grouping.groups[index / blocks]
        let (expert, first) = (Int(group.expert), index % blocks * width)
        let item = ProductItem(
            first: Int32(first), end: Int32(min(first + width, weights.outputs)), firstRow: 0,
            endRow: group.pairCount)
        let panels = panels.advanced(rows: Int(group.firstPair), columns: columns)
        let part = ProductPart(
            first: operation(weights.first[expert], panels, group),
            second: weights.second.map { operation($0[expert], panels, group) }, epilogue: epilogue,
            output: output.rows(from: Int(group.firstPair)))
        part.run(
            kernels, item, scratch: scratch[thread], tile: tiles[thread].assumingMemoryBound(to: Float.self))
    }

    private func operation(
        _ weight: zonda_weight, _ panels: Panels, _ group: ExpertGrouping.Group
    ) -> zonda_linear_op {
        let kind = zonda_panels_for(weight.type, isExact)
        return zonda_linear_op(
            weight: weight, kind: kind, panels: panels[kind], rows: group.pairCount, bias: nil, out: nil, out_stride: 0)
    }
}
