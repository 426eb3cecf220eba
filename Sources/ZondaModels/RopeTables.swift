import ZondaCore
import ZondaDevice

/// The cosines and sines of every distinct rope of a model, filled as far as positions have reached.
///
/// Not `Sendable`: it lives on its device's worker thread.
final class RopeTables {
    private let device: any Device
    private let positionCount: Int
    private var entries: [RopeDescription: Rope] = [:]
    private var filledCount = 0

    /// Tables are filled at least this many positions at a time.
    private static let stride = 512

    /// - Parameter positionCount: the longest sequence that will run.
    init(positionCount: Int, on device: any Device) {
        self.positionCount = positionCount
        self.device = device
    }

    /// The tables of `description`, made on first use.
    func rope(for description: RopeDescription) throws(ZondaError) -> Rope {
        if let known = entries[description] { return known }
        var tables: [Tensor] = []
        for _ in 0..<description.variantCount {
            let memory = try device.allocate(byteCount: positionCount * description.rotarySize * 4)
            tables.append(Tensor(memory, rows: positionCount, columns: description.rotarySize))
        }
        let rope = Rope(style: description.style, rotarySize: description.rotarySize, tables: tables)
        entries[description] = rope
        return rope
    }

    /// Fills all tables up to position `last`. Rows that steps in flight read are not touched.
    func fill(upTo last: Int) throws(ZondaError) {
        guard last >= filledCount else { return }
        let end = min(positionCount, max(last + 1, filledCount + Self.stride))
        guard last < end else {
            throw ZondaError(
                .internalFault, "position \(last) is beyond the \(positionCount) that were planned",
                remedy: "report this: the scheduler let a sequence grow past max_seq_len")
        }
        for (description, rope) in entries {
            for (variant, table) in rope.tables.enumerated() {
                let rows = Tensor(
                    table.memory, byteOffset: filledCount * table.columns * 4, rows: end - filledCount,
                    columns: table.columns)
                let values = description.table(variant: variant, first: filledCount, count: end - filledCount)
                try device.upload(values, to: rows)
            }
        }
        filledCount = end
    }
}
