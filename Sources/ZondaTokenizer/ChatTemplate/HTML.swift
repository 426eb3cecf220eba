/// Escaping, for `escape`, `safe` and what is joined to text that they mark.
enum HTML {
    static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: { "&<>'\"".utf8.contains($0) }) else { return text }
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "'": escaped += "&#39;"
            case "\"": escaped += "&#34;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// The text of a string, escaped unless it is marked safe.
    static func escaped(_ value: Value) -> String {
        if case .markup(let text) = value { return text }
        return escaped(value.text ?? "")
    }

    /// Without comments and tags, white space collapsed, the common entities read.
    static func stripped(_ text: String, _ renderer: Renderer) throws -> String {
        var kept = try without(text, from: "<!--", to: "-->", renderer)
        kept = try without(kept, from: "<", to: ">", renderer)
        kept = try PythonText.words(kept, renderer).joined(separator: " ")
        for (entity, plain) in [("&lt;", "<"), ("&gt;", ">"), ("&#39;", "'"), ("&#34;", "\""), ("&quot;", "\"")] {
            kept = try PythonText.split(kept, at: entity, renderer).joined(separator: plain)
        }
        return try PythonText.split(kept, at: "&amp;", renderer).joined(separator: "&")
    }

    private static func without(
        _ text: String, from open: String, to close: String, _ renderer: Renderer
    ) throws -> String {
        var kept = ""
        var at = 0
        let closings = try PythonText.occurrences(of: close, in: text, renderer)
        var nextClosing = 0
        for start in try PythonText.occurrences(of: open, in: text, renderer) where start >= at {
            while nextClosing < closings.count, closings[nextClosing] < start + open.utf8.count { nextClosing += 1 }
            guard nextClosing < closings.count else { break }
            kept += PythonText.part(text, at..<start)
            at = closings[nextClosing] + close.utf8.count
        }
        return kept + PythonText.part(text, at..<text.utf8.count)
    }
}
