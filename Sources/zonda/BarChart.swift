import FoundationEssentials
import Zonda

/// Panels of bars as an SVG picture that reads on light and dark pages.
struct BarChart {
    struct Bar {
        var label: String
        var value: Double
        /// One of `colors`.
        var color = 0
    }

    struct Panel {
        var title: String
        var bars: [Bar]
    }

    var panels: [Panel]

    static let colors = ["#4c78a8", "#f58518", "#e45756"]
    private static let barHeight = 18
    private static let labelWidth = 190
    private static let plotWidth = 480

    /// - Throws: `inputOutput` when the file can't be written.
    func write(to path: String) throws {
        do {
            try Data(svg.utf8).write(to: URL(fileURLWithPath: path))
        } catch {
            throw ZondaError(
                .inputOutput, "\(path) can't be written", remedy: "name a file in a folder that is yours", cause: error)
        }
    }

    var svg: String {
        var body = ""
        var top = 20
        for panel in panels {
            let largest = max(panel.bars.map(\.value).max() ?? 1, 1e-9)
            body += text(panel.title, x: Self.labelWidth, y: top, weight: "bold")
            for (row, bar) in panel.bars.enumerated() {
                let y = top + 10 + row * (Self.barHeight + 6)
                let length = Int(bar.value / largest * Double(Self.plotWidth))
                body += text(bar.label, x: Self.labelWidth - 8, y: y + 13, anchor: "end")
                body += "<rect x=\"\(Self.labelWidth)\" y=\"\(y)\" width=\"\(max(length, 1))\" "
                body += "height=\"\(Self.barHeight)\" rx=\"2\" fill=\"\(Self.colors[bar.color])\"/>\n"
                body += text(Terminal.decimal(bar.value, 1), x: Self.labelWidth + length + 6, y: y + 13)
            }
            top += 30 + panel.bars.count * (Self.barHeight + 6)
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Self.labelWidth + Self.plotWidth + 90) \(top)" \
            width="\(Self.labelWidth + Self.plotWidth + 90)" font-family="system-ui, sans-serif" font-size="12" \
            fill="#777">
            \(body)</svg>

            """
    }

    private func text(_ text: String, x: Int, y: Int, anchor: String = "start", weight: String = "normal") -> String {
        "<text x=\"\(x)\" y=\"\(y)\" text-anchor=\"\(anchor)\" font-weight=\"\(weight)\">\(text)</text>\n"
    }
}
