import OrderedCollections
import Zonda
import ZondaCore
import ZondaFormats

/// A memory plan for a person or for a script.
struct MemoryReport {
    let plan: MemoryPlan

    init(_ plan: MemoryPlan) { self.plan = plan }

    private var stepByteCount: Int { plan.activationByteCount + plan.scratchByteCount + plan.inputByteCount }

    private var sequences: String {
        "\(plan.kvTokenCount) tokens, \(plan.maxBatchSize) \(plan.maxBatchSize == 1 ? "sequence" : "sequences") of up to "
            + "\(plan.maxSequenceLength)"
    }

    /// "memory on cuda:0: weights 4.1 GiB, keys and values 64.2 GiB (525824 tokens, …), steps 312 MiB: 68.6 GiB of …".
    var line: String {
        "memory on \(plan.deviceID): weights \(ByteCount.text(plan.weightByteCount)), keys and values "
            + "\(ByteCount.text(plan.kvByteCount)) (\(sequences)), steps \(ByteCount.text(stepByteCount)): "
            + "\(ByteCount.text(plan.totalByteCount)) of \(ByteCount.text(plan.availableByteCount))"
    }

    /// "memory on cuda:0: 68.7 GiB taken, 0.1 % more than planned"; nil where nobody counted.
    var measured: String? {
        guard let measured = plan.measuredByteCount, let deviation = plan.deviation else { return nil }
        let difference =
            "\(Terminal.decimal(abs(deviation) * 100, 1)) % \(deviation < 0 ? "less" : "more") than planned"
        return "memory on \(plan.deviceID): \(ByteCount.text(measured)) taken, \(difference)"
    }

    var table: String {
        var rows: [(String, Int, String)] = [("weights", plan.weightByteCount, "matrices, norms, biases, rope tables")]
        if plan.fileByteCount > 0 {
            rows[0].2 += "; \(ByteCount.text(plan.fileByteCount)) more stay in the file"
        }
        rows += [
            ("keys and values", plan.kvByteCount, sequences),
            ("activations", plan.activationByteCount, "and logits"),
            ("scratch", plan.scratchByteCount, "of the largest step's kernels"),
            ("inputs", plan.inputByteCount, "of a step: tokens, page tables, counters"),
            ("total", plan.totalByteCount, "of \(ByteCount.text(plan.availableByteCount)) that are free"),
        ]
        let held = plan.deviceByteCount - plan.availableByteCount
        var text = "\(plan.deviceID): \(plan.device)\n"
        text +=
            "\(ByteCount.text(plan.deviceByteCount)) of memory, of which \(ByteCount.text(max(held, 0))) are held by the "
        text += "driver and other programs\n\n"
        for (name, byteCount, note) in rows where byteCount > 0 {
            text += "\(name.padded(to: 16))\(ByteCount.text(byteCount).padded(leftTo: 10))  \(note)\n"
        }
        if plan.pinnedByteCount > 0 {
            text += "\nand \(ByteCount.text(plan.pinnedByteCount)) of the host's memory, pinned for copies\n"
        }
        return text
    }

    var json: JSONValue {
        var members: OrderedDictionary<String, JSONValue> = [
            "device": .string(plan.deviceID), "deviceName": .string(plan.device),
            "matrixByteCount": .integer(plan.matrixByteCount), "fileByteCount": .integer(plan.fileByteCount),
            "vectorByteCount": .integer(plan.vectorByteCount), "kvByteCount": .integer(plan.kvByteCount),
            "kvTokenCount": .integer(plan.kvTokenCount), "maxSequenceLength": .integer(plan.maxSequenceLength),
            "maxBatchSize": .integer(plan.maxBatchSize), "activationByteCount": .integer(plan.activationByteCount),
            "scratchByteCount": .integer(plan.scratchByteCount), "inputByteCount": .integer(plan.inputByteCount),
            "pinnedByteCount": .integer(plan.pinnedByteCount), "totalByteCount": .integer(plan.totalByteCount),
            "availableByteCount": .integer(plan.availableByteCount), "deviceByteCount": .integer(plan.deviceByteCount),
        ]
        if let measured = plan.measuredByteCount { members["measuredByteCount"] = .integer(measured) }
        return .object(members)
    }

    /// What commands that load a model say of its memory: on a GPU, where it is scarce, or when a person asks.
    static func announce(_ plan: MemoryPlan, isVerbose: Bool) {
        if isVerbose || plan.deviceID.hasPrefix("cuda") { Terminal.error(MemoryReport(plan).line) }
    }

    static func announceMeasured(_ plan: MemoryPlan, isVerbose: Bool) {
        guard isVerbose || plan.deviceID.hasPrefix("cuda"), let text = MemoryReport(plan).measured else { return }
        Terminal.error(text)
    }
}
