import Glibc

/// Searching and cutting. UTF-8 is searched as bytes: no code point's bytes occur inside another's. What a template can
/// ask for charges the renderer, for the bytes that it searches and before each piece that it cuts.
extension PythonText {
    static func contains(_ text: String, _ part: String) -> Bool {
        withBytes(text) { text in withBytes(part) { find($0, in: text, from: 0) != nil } }
    }

    /// The offset of the first occurrence at or after `start`.
    ///
    /// Long parts are searched in linear time (Knuth, Morris and Pratt), so that no text makes it slow.
    private static func find(
        _ part: UnsafeBufferPointer<UInt8>, in text: UnsafeBufferPointer<UInt8>, from start: Int
    ) -> Int? {
        guard let other = part.baseAddress, let first = part.first else { return start <= text.count ? start : nil }
        guard let base = text.baseAddress, start + part.count <= text.count else { return nil }
        guard part.count <= 32 else { return findLong(part, in: text, from: start) }
        var at = start
        while at + part.count <= text.count,
            let found = memchr(base + at, Int32(first), text.count - part.count - at + 1)
        {
            let offset = UnsafeRawPointer(found) - UnsafeRawPointer(base)
            if memcmp(found, other, part.count) == 0 { return offset }
            at = offset + 1
        }
        return nil
    }

    private static func findLong(
        _ part: UnsafeBufferPointer<UInt8>, in text: UnsafeBufferPointer<UInt8>, from start: Int
    ) -> Int? {
        // borders[n]: the longest proper prefix of the part's first n + 1 bytes that also ends them.
        var borders = [Int](repeating: 0, count: part.count)
        var length = 0
        for index in 1..<part.count {
            while length > 0, part[index] != part[length] { length = borders[length - 1] }
            if part[index] == part[length] { length += 1 }
            borders[index] = length
        }
        length = 0
        for index in start..<text.count {
            while length > 0, text[index] != part[length] { length = borders[length - 1] }
            if text[index] == part[length] { length += 1 }
            if length == part.count { return index + 1 - length }
        }
        return nil
    }

    /// The offsets in bytes of all occurrences that don't overlap, at most `limit`.
    static func occurrences(
        of part: String, in text: String, limit: Int = .max, _ renderer: Renderer
    ) throws -> [Int] {
        try renderer.spend(bytes: text.utf8.count)
        let offsets = withBytes(text) { text in withBytes(part) { occurrences(of: $0, in: text, limit: limit) } }
        try renderer.spend(elements: offsets.count)
        return offsets
    }

    private static func occurrences(
        of part: UnsafeBufferPointer<UInt8>, in text: UnsafeBufferPointer<UInt8>, limit: Int
    ) -> [Int] {
        var offsets: [Int] = []
        var at = 0
        while offsets.count < limit, let found = find(part, in: text, from: at) {
            offsets.append(found)
            at = found + part.count
            // An empty part occurs before every code point and at the end.
            if part.isEmpty {
                at += 1
                while at < text.count, text[at] & 0xC0 == 0x80 { at += 1 }
            }
        }
        return offsets
    }

    /// The same from the end: the last ones, in the order of the text.
    private static func lastOccurrences(
        of part: String, in text: String, limit: Int, _ renderer: Renderer
    ) throws -> [Int] {
        try renderer.spend(bytes: text.utf8.count + part.utf8.count)
        let reversed = Array(text.utf8.reversed())
        let reversedPart = Array(part.utf8.reversed())
        let offsets = reversed.withUnsafeBufferPointer { text in
            reversedPart.withUnsafeBufferPointer { occurrences(of: $0, in: text, limit: limit) }
        }
        try renderer.spend(elements: offsets.count)
        return offsets.reversed().map { reversed.count - $0 - reversedPart.count }
    }

    /// The bytes `range` of `text`.
    static func part(_ text: String, _ range: Range<Int>) -> String {
        let utf8 = text.utf8
        let start = utf8.index(utf8.startIndex, offsetBy: range.lowerBound)
        return String(text[start..<utf8.index(start, offsetBy: range.count)])
    }

    static func split(
        _ text: String, at separator: String, limit: Int = .max, _ renderer: Renderer
    ) throws -> [String] {
        try pieces(
            of: text, between: occurrences(of: separator, in: text, limit: limit, renderer),
            width: separator.utf8.count, renderer)
    }

    /// Split from the end.
    static func splitFromEnd(
        _ text: String, at separator: String, limit: Int, _ renderer: Renderer
    ) throws -> [String] {
        try pieces(
            of: text, between: lastOccurrences(of: separator, in: text, limit: limit, renderer),
            width: separator.utf8.count, renderer)
    }

    private static func pieces(
        of text: String, between offsets: [Int], width: Int, _ renderer: Renderer
    ) throws -> [String] {
        try renderer.spend(bytes: text.utf8.count)
        try renderer.spend(elements: offsets.count)
        var pieces: [String] = []
        var at = 0
        for offset in offsets {
            pieces.append(part(text, at..<offset))
            at = offset + width
        }
        pieces.append(part(text, at..<text.utf8.count))
        return pieces
    }

    /// Words between white space, at most `limit` splits; the rest keeps its white space inside.
    static func words(_ text: String, limit: Int = .max, _ renderer: Renderer) throws -> [String] {
        try renderer.spend(bytes: text.utf8.count, weight: 2)
        var words: [String] = []
        var rest = text.unicodeScalars[...]
        while true {
            rest = rest.drop(while: isSpace)
            guard !rest.isEmpty else { return words }
            guard words.count < limit else {
                let end = rest.lastIndex { !isSpace($0) }
                words.append(String(end.map { rest[...$0] } ?? rest))
                return words
            }
            try renderer.step()
            let word = rest.prefix { !isSpace($0) }
            words.append(String(word))
            rest = rest[word.endIndex...]
        }
    }

    /// The same from the end.
    static func wordsFromEnd(_ text: String, limit: Int, _ renderer: Renderer) throws -> [String] {
        try renderer.spend(bytes: text.utf8.count, weight: 2)
        var words: [String] = []
        var rest = text.unicodeScalars[...]
        while true {
            while let last = rest.last, isSpace(last) { rest.removeLast() }
            guard !rest.isEmpty else { return words.reversed() }
            guard words.count < limit else {
                words.append(String(rest.drop(while: isSpace)))
                return words.reversed()
            }
            try renderer.step()
            let start = rest.lastIndex(where: isSpace).map { rest.index(after: $0) } ?? rest.startIndex
            words.append(String(rest[start...]))
            rest = rest[..<start]
        }
    }

    /// Python's `splitlines`, which knows more line ends than `\n`.
    static func lines(_ text: String, keepsEnds: Bool = false, _ renderer: Renderer) throws -> [String] {
        try renderer.spend(bytes: text.utf8.count, weight: 2)
        var lines: [String] = []
        let scalars = text.unicodeScalars
        var start = scalars.startIndex
        var at = start
        while at < scalars.endIndex {
            let scalar = scalars[at]
            var next = scalars.index(after: at)
            switch scalar.value {
            case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029:
                if scalar == "\r", next < scalars.endIndex, scalars[next] == "\n" { next = scalars.index(after: next) }
                try renderer.step()
                lines.append(String(scalars[start..<(keepsEnds ? next : at)]))
                start = next
            default: break
            }
            at = next
        }
        if start < scalars.endIndex { lines.append(String(scalars[start...])) }
        return lines
    }

    enum Side { case left, right, both }

    /// Without white space, or without any of `characters`, at the ends.
    static func stripped(_ text: String, of characters: String? = nil, side: Side = .both) -> String {
        let strips: (Unicode.Scalar) -> Bool
        if let characters {
            let set = Set(characters.unicodeScalars)
            strips = { set.contains($0) }
        } else {
            strips = isSpace
        }
        let scalars = text.unicodeScalars
        var start = scalars.startIndex
        var end = scalars.endIndex
        if side != .right {
            while start < end, strips(scalars[start]) { scalars.formIndex(after: &start) }
        }
        if side != .left {
            while end > start {
                let last = scalars.index(before: end)
                guard strips(scalars[last]) else { break }
                end = last
            }
        }
        if start == scalars.startIndex, end == scalars.endIndex { return text }
        return String(scalars[start..<end])
    }

    static func replacing(
        _ old: String, with new: String, in text: String, limit: Int = .max, _ renderer: Renderer
    ) throws -> String {
        let offsets = try occurrences(of: old, in: text, limit: limit, renderer)
        guard !offsets.isEmpty else { return text }
        try renderer.spend(bytes: new.utf8.count, times: offsets.count)
        return try pieces(of: text, between: offsets, width: old.utf8.count, renderer).joined(separator: new)
    }

    /// Padded with `fill` to `width` code points.
    static func padded(
        _ text: String, to width: Int, with fill: Unicode.Scalar = " ", left: (Int) -> Int, _ renderer: Renderer
    ) throws -> String {
        try renderer.spend(bytes: text.utf8.count)
        let count = count(text)
        guard width > count else { return text }
        let missing = width - count
        try renderer.spend(bytes: missing, times: 4)
        let before = left(missing)
        let fill = String(Character(fill))
        return String(repeating: fill, count: before) + text + String(repeating: fill, count: missing - before)
    }

    /// `str.center`: an odd space goes to the left when the width is odd.
    static func centered(
        _ text: String, to width: Int, with fill: Unicode.Scalar = " ", _ renderer: Renderer
    ) throws -> String {
        try padded(text, to: width, with: fill, left: { $0 / 2 + ($0 & width & 1) }, renderer)
    }
}
