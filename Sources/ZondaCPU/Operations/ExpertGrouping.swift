import CZondaSIMD
import ZondaCore
import ZondaDevice

/// Which rows go to which experts in this step: pairs of a row and an expert, sorted by expert, then by row.
///
/// Written by one job, read by those after it.
struct ExpertGrouping: BitwiseCopyable {
    let topK: Int
    let pairCapacity: Int
    /// [R * topK] the router's choice: experts, and their weights.
    let experts: UnsafeMutablePointer<Int32>
    let weights: UnsafeMutablePointer<Float>
    /// [R * topK] where each of these pairs is after sorting.
    let positions: UnsafeMutablePointer<Int32>
    /// [P] the row of each sorted pair.
    let sourceRows: UnsafeMutablePointer<Int32>
    /// The experts that were chosen at all, and the parts of at most `panelRows` pairs of each.
    let groups: UnsafeMutablePointer<Group>
    let parts: UnsafeMutablePointer<Part>
    let counts: UnsafeMutablePointer<Counts>
    /// [E] scratch of the sorting.
    let cursors: UnsafeMutablePointer<Int32>

    struct Group: BitwiseCopyable {
        var expert: Int32
        var firstPair: Int32
        var pairCount: Int32
    }

    struct Part: BitwiseCopyable {
        var group: Int32
        /// Within the group.
        var first: Int32
    }

    struct Counts: BitwiseCopyable {
        var groups: Int32 = 0
        var parts: Int32 = 0
        /// Items of the two products: groups times blocks of outputs.
        var innerItems: Int32 = 0
        var outerItems: Int32 = 0
    }

    /// Sorts the pairs of `rows` rows over `expertCount` experts.
    func sort(rows: Int, expertCount: Int, panelRows: Int, blocks: (inner: Int, outer: Int)) {
        cursors.update(repeating: 0, count: expertCount)
        for pair in 0..<rows * topK { cursors[Int(experts[pair])] += 1 }
        var (result, first) = (Counts(), Int32(0))
        for expert in 0..<expertCount where cursors[expert] > 0 {
            let count = cursors[expert]
            for start in stride(from: 0, to: count, by: panelRows) {
                parts[Int(result.parts)] = Part(group: result.groups, first: start)
                result.parts += 1
            }
            groups[Int(result.groups)] = Group(expert: Int32(expert), firstPair: first, pairCount: count)
            result.groups += 1
            cursors[expert] = first
            first += count
        }
        for pair in 0..<rows * topK {
            let expert = Int(experts[pair])
            positions[pair] = cursors[expert]
            sourceRows[Int(cursors[expert])] = Int32(pair / topK)
            cursors[expert] += 1
        }
        result.innerItems = result.groups * Int32(blocks.inner)
        result.outerItems = result.groups * Int32(blocks.outer)
        counts.pointee = result
    }
}

extension CPUEncoder {
    /// Adds the jobs that choose experts by `scores` [R, E] and group the rows.
    func addGrouping(_ op: ExpertsOp, _ scores: RowView) -> ExpertGrouping {
        let pairs = scores.rows * op.topK
        let grouping = ExpertGrouping(
            topK: op.topK, pairCapacity: pairs, experts: scratch.take(Int32.self, count: pairs),
            weights: scratch.take(Float.self, count: pairs), positions: scratch.take(Int32.self, count: pairs),
            sourceRows: scratch.take(Int32.self, count: pairs),
            groups: scratch.take(ExpertGrouping.Group.self, count: pairs),
            parts: scratch.take(ExpertGrouping.Part.self, count: pairs),
            counts: scratch.take(ExpertGrouping.Counts.self, count: 1),
            cursors: scratch.take(Int32.self, count: scores.columns))
        let job = GroupingJob(
            kernels: kernels, grouping: grouping, scores: scores, renormalizes: op.renormalizes,
            rowsPerItem: rowsPerItem(scores.rows),
            blocks: (
                blockCount(of: op.gate[0].rows, topK: op.topK), blockCount(of: op.output.columns, topK: op.topK)
            ))
        addRows(job, rows: scores.rows) { arguments, item, _ in
            arguments?.load(as: GroupingJob.self).route(Int(item))
        }
        recording.add(job, items: 1, serial: true) { arguments, _, _ in
            arguments?.load(as: GroupingJob.self).group()
        }
        return grouping
    }

    /// Outputs of one item of an expert's product: as for one row that goes to `topK` experts, and no more with many.
    func blockWidth(of outputs: Int, topK: Int) -> Int {
        ProductItem.width(of: outputs * topK, kernels.pointee.linear, threadCount: threadCount)
    }

    private func blockCount(of outputs: Int, topK: Int) -> Int {
        let width = blockWidth(of: outputs, topK: topK)
        return (outputs + width - 1) / width
    }
}

private struct GroupingJob: BitwiseCopyable {
    var kernels: UnsafePointer<zonda_kernels>
    var grouping: ExpertGrouping
    var scores: RowView
    var renormalizes: Bool
    var rowsPerItem: Int
    var blocks: (inner: Int, outer: Int)

    func route(_ item: Int) {
        let first = item * rowsPerItem
        let pairs = first * grouping.topK
        kernels.pointee.rows.route(
            scores.reading(from: first), Int32(min(rowsPerItem, scores.rows - first)), Int32(scores.columns),
            Int32(grouping.topK), renormalizes, grouping.experts + pairs, grouping.weights + pairs)
    }

    func group() {
        grouping.sort(
            rows: scores.rows, expertCount: scores.columns, panelRows: Int(kernels.pointee.linear.panel_rows),
            blocks: blocks)
    }
}
