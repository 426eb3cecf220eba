import OrderedCollections
import Zonda
import ZondaDevice

extension StepProfiler.Table {
    /// One line per kernel or operation, longest first, and a sum.
    var text: String {
        let width = max(24, lines.map(\.name.count).max() ?? 0) + 2
        var text = "\(phase.rawValue): \(stepCount) \(stepCount == 1 ? "step" : "steps")\n"
        func add(_ name: String, _ cells: [String]) {
            text += name.padded(to: width)
            for (cell, column) in zip(cells, [8, 12, 12, 10, 10, 8]) { text += cell.padded(leftTo: column) }
            text += "\n"
        }
        let scale = RateScale(upTo: lines.map { $0.operationCount / max($0.seconds, 1e-9) }.max() ?? 0)
        add("", ["calls", "total ms", "us/call", "GB/s", scale.prefix + "op/s", "share"])
        for line in lines { add(line.name, cells(of: line, scale)) }
        var sum = StepProfiler.Line("all")
        for line in lines {
            sum.callCount += line.callCount
            sum.seconds += line.seconds
            sum.byteCount += line.byteCount
            sum.operationCount += line.operationCount
        }
        add("all", cells(of: sum, scale))
        return text
    }

    private func cells(of line: StepProfiler.Line, _ scale: RateScale) -> [String] {
        func rate(_ count: Double, _ factor: Double) -> String {
            count > 0 && line.seconds > 0 ? Terminal.decimal(count / line.seconds / factor, 1) : "-"
        }
        return [
            "\(line.callCount)", Terminal.decimal(line.seconds * 1e3, 2),
            Terminal.decimal(line.seconds * 1e6 / Double(max(line.callCount, 1)), 1), rate(line.byteCount, 1e9),
            rate(line.operationCount, scale.factor), Terminal.decimal(share(of: line) * 100, 1) + " %",
        ]
    }

    private func share(of line: StepProfiler.Line) -> Double { seconds > 0 ? line.seconds / seconds : 0 }

    var json: JSONValue {
        .object([
            "phase": .string(phase.rawValue), "steps": .integer(stepCount), "seconds": .number(seconds),
            "lines": .array(
                lines.map { line in
                    .object([
                        "name": .string(line.name), "calls": .integer(line.callCount),
                        "seconds": .number(line.seconds), "byteCount": .number(line.byteCount),
                        "operationCount": .number(line.operationCount), "share": .number(share(of: line)),
                    ])
                }),
        ])
    }
}
