import Foundation
import Zonda

/// Bars of prompt and decode rates, as an SVG picture that reads on light and dark pages.
struct BenchPlot {
    private let results: [BenchResult]

    private static let barHeight = 18
    private static let labelWidth = 190
    private static let plotWidth = 480

    init(_ results: [BenchResult]) { self.results = results }

    /// - Throws: `inputOutput` when the file can't be written.
    func write(to path: String) throws {
        do {
            try Data(svg.utf8).write(to: URL(fileURLWithPath: path))
        } catch {
            throw ZondaError(
                .inputOutput, "\(path) can't be written", remedy: "name a file in a folder that is yours", cause: error)
        }
    }

    private var svg: String {
        let panels: [(title: String, color: String, value: (BenchResult) -> Double)] = [
            ("prompt, tok/s", "#4c78a8", \.promptTokensPerSecond),
            ("decode, tok/s", "#f58518", \.decodeTokensPerSecond),
        ]
        let panelHeight = 30 + results.count * (Self.barHeight + 6)
        let (width, height) = (Self.labelWidth + Self.plotWidth + 90, 20 + panels.count * panelHeight)
        var body = ""
        for (index, panel) in panels.enumerated() {
            let top = 20 + index * panelHeight
            let largest = max(results.map(panel.value).max() ?? 1, 1e-9)
            body += text(panel.title, x: Self.labelWidth, y: top, weight: "bold")
            for (row, result) in results.enumerated() {
                let y = top + 10 + row * (Self.barHeight + 6)
                let length = Int(panel.value(result) / largest * Double(Self.plotWidth))
                let label = "depth \(result.shape.depth), \(result.shape.concurrency) at a time"
                body += text(label, x: Self.labelWidth - 8, y: y + 13, anchor: "end")
                body += "<rect x=\"\(Self.labelWidth)\" y=\"\(y)\" width=\"\(max(length, 1))\" "
                body += "height=\"\(Self.barHeight)\" rx=\"2\" fill=\"\(panel.color)\"/>\n"
                body += text(Terminal.decimal(panel.value(result), 1), x: Self.labelWidth + length + 6, y: y + 13)
            }
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" width="\(width)" \
            font-family="system-ui, sans-serif" font-size="12" fill="#777">
            \(body)</svg>

            """
    }

    private func text(_ text: String, x: Int, y: Int, anchor: String = "start", weight: String = "normal") -> String {
        "<text x=\"\(x)\" y=\"\(y)\" text-anchor=\"\(anchor)\" font-weight=\"\(weight)\">\(text)</text>\n"
    }
}
