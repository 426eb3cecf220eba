import CZondaSIMD
import ZondaCore
import ZondaDevice

/// The inputs of the current step at addresses that never move, where recorded jobs read them.
///
/// Only page tables may move, as they have no bound that is known beforehand: a recording asks where they are before each
/// run (`Recording.prepare`). Not `Sendable`: owned by one stream, written between runs only.
final class StepMemory {
    let tokens: Column<Int32>
    let positions: Column<Int32>
    let ropeVariants: Column<Int32>
    let logitRows: Column<Int32>
    let spans: Column<zonda_span>
    private(set) var spanCount = 0
    /// The logit row of each sample, and how many there are.
    let sampledRows: Column<Int32>
    let sampleCount = Column<Int32>(capacity: 1)
    private var groups: [Int: Group] = [:]
    private let rows: Int

    /// The page tables of one page group.
    final class Group {
        fileprivate(set) var tables = Column<Int32>(capacity: 0)
        let offsets: Column<Int32>
        let writeSlots: Column<Int32>

        init(rows: Int) { (offsets, writeSlots) = (Column(capacity: rows), Column(capacity: rows)) }
    }

    /// Values at a fixed address.
    final class Column<Value: BitwiseCopyable> {
        let base: UnsafeMutablePointer<Value>
        let capacity: Int

        init(capacity: Int) {
            self.capacity = capacity
            let size = max(capacity, 1) * MemoryLayout<Value>.stride
            let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: HostMemory.alignment)
            memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
            base = memory.assumingMemoryBound(to: Value.self)
        }

        deinit { UnsafeMutableRawPointer(base).deallocate() }

        fileprivate func store(_ values: some Collection<Value>) {
            for (index, value) in values.prefix(capacity).enumerated() { base[index] = value }
        }
    }

    init(limits: StepLimits) {
        rows = limits.rows
        tokens = Column(capacity: rows)
        positions = Column(capacity: rows)
        ropeVariants = Column(capacity: rows)
        logitRows = Column(capacity: rows)
        spans = Column(capacity: rows)
        sampledRows = Column(capacity: limits.slots)
    }

    /// Takes inputs that `StepBounds` has checked.
    func store(_ inputs: StepInputs, tokens: [TokenID]) {
        self.tokens.store(tokens)
        positions.store(inputs.positions)
        ropeVariants.store(inputs.ropeVariants)
        logitRows.store(inputs.logitRows)
        spanCount = inputs.spans.count
        spans.store(
            inputs.spans.lazy.map {
                zonda_span(first_row: $0.firstRow, row_count: $0.rowCount, first_position: $0.firstPosition)
            })
        for (index, tables) in inputs.groups.enumerated() {
            let group = group(index)
            if group.tables.capacity < tables.tables.count {
                group.tables = Column(capacity: tables.tables.count * 2)
            }
            group.tables.store(tables.tables)
            group.offsets.store(tables.offsets)
            group.writeSlots.store(tables.writeSlots)
        }
    }

    /// Takes the samples that `StepBounds` has checked.
    func store(samples: [StepInputs.SampleRow]) {
        sampledRows.store(samples.lazy.map(\.logitRow))
        sampleCount.base.pointee = Int32(samples.count)
    }

    /// The tables of page group `index`.
    func group(_ index: Int) -> Group {
        if let group = groups[index] { return group }
        let group = Group(rows: rows)
        groups[index] = group
        return group
    }
}
