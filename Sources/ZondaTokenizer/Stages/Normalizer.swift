import ZondaCore

/// Rewrites a text before it is cut into pieces: Unicode forms, case, spaces.
struct Normalizer: Sendable {
    enum Step: Sendable {
        case prepend([UInt8])
        case append([UInt8])
        case replace(Splitter.Delimiter, with: [UInt8])
    }

    var steps: [Step]

    func normalize(_ text: [UInt8]) throws(ZondaError) -> [UInt8] {
        var text = text
        for step in steps {
            switch step {
            case .prepend(let prefix): if !text.isEmpty { text.insert(contentsOf: prefix, at: 0) }
            case .append(let suffix): if !text.isEmpty { text.append(contentsOf: suffix) }
            case .replace(let delimiter, let content): text = try replacing(delimiter, with: content, in: text)
            }
        }
        return text
    }
}

/// `text` with each match of `delimiter` replaced.
func replacing(
    _ delimiter: Splitter.Delimiter, with content: [UInt8], in text: [UInt8]
) throws(ZondaError) -> [UInt8] {
    var replaced: [UInt8] = []
    replaced.reserveCapacity(text.count + text.count / 4)
    let failure: ZondaError? = text.withUnsafeBufferPointer { bytes in
        do throws(ZondaError) {
            var finder = MatchFinder(delimiter)
            try finder.forEachSegment(of: bytes, in: 0..<bytes.count) { range, isMatch in
                if isMatch {
                    replaced.append(contentsOf: content)
                } else {
                    replaced.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[range]))
                }
            }
            return nil
        } catch {
            return error
        }
    }
    if let failure { throw failure }
    return replaced
}
