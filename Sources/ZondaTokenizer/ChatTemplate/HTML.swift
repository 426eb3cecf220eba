/// Escaping, for `escape`, `safe` and what is joined to text that they mark.
enum HTML {
    static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: { "&<>'\"".utf8.contains($0) }) else { return text }
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped.append(contentsOf: "&amp;".unicodeScalars)
            case "<": escaped.append(contentsOf: "&lt;".unicodeScalars)
            case ">": escaped.append(contentsOf: "&gt;".unicodeScalars)
            case "'": escaped.append(contentsOf: "&#39;".unicodeScalars)
            case "\"": escaped.append(contentsOf: "&#34;".unicodeScalars)
            default: escaped.append(scalar)
            }
        }
        return String(escaped)
    }

    /// The text of a string, escaped unless it is marked safe.
    static func escaped(_ value: Value) -> String {
        if case .markup(let text) = value { return text }
        return escaped(value.text ?? "")
    }

    /// Without comments and tags, white space collapsed, the common entities read.
    static func stripped(_ text: String) -> String {
        var kept = without(text, from: "<!--", to: "-->")
        kept = without(kept, from: "<", to: ">")
        kept = PythonText.words(kept).joined(separator: " ")
        for (entity, plain) in [("&lt;", "<"), ("&gt;", ">"), ("&#39;", "'"), ("&#34;", "\""), ("&quot;", "\"")] {
            kept = PythonText.split(kept, at: entity, limit: .max).joined(separator: plain)
        }
        return PythonText.split(kept, at: "&amp;", limit: .max).joined(separator: "&")
    }

    private static func without(_ text: String, from open: String, to close: String) -> String {
        var kept = ""
        var at = 0
        let closings = PythonText.occurrences(of: close, in: text)
        var nextClosing = 0
        for start in PythonText.occurrences(of: open, in: text) where start >= at {
            while nextClosing < closings.count, closings[nextClosing] < start + open.utf8.count { nextClosing += 1 }
            guard nextClosing < closings.count else { break }
            kept += PythonText.part(text, at..<start)
            at = closings[nextClosing] + close.utf8.count
        }
        return kept + PythonText.part(text, at..<text.utf8.count)
    }
}
