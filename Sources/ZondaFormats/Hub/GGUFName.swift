import OrderedCollections

/// What the name of a GGUF file says of it, by the convention of its publishers:
/// `qwen2.5-7b-instruct-q4_k_m-00001-of-00002.gguf` is part 1 of 2 of a model in Q4_K_M.
///
/// Source: the naming convention in ggml's `docs/gguf.md`.
public struct GGUFName: Sendable, Hashable {
    public let path: String
    /// The path without part and ending: what all parts of a model share.
    public let model: String
    /// From 1.
    public let part: Int
    public let partCount: Int
    /// In upper case, `Q4_K_M`; nil when the name says nothing of it.
    public let quantization: String?

    /// Nil for a file that is no model by its name: another ending, an image projector, an importance matrix.
    public init?(_ path: String) {
        guard path.hasSuffix(".gguf") else { return nil }
        let name = path.split(separator: "/").last?.lowercased() ?? ""
        guard !name.contains("mmproj"), !name.contains("imatrix") else { return nil }
        self.path = path
        let stem = path.dropLast(5)
        (model, part, partCount) = Self.parts(stem)
        quantization = Self.quantization(in: model)
    }

    /// Whether `wanted`, in either case, names the type of these weights; `Q4_K_XL` names `UD-Q4_K_XL` too.
    public func hasQuantization(_ wanted: String) -> Bool {
        guard let quantization else { return false }
        let wanted = wanted.uppercased()
        return quantization == wanted || quantization == "UD-" + wanted
    }

    /// "-00001-of-00002", the longest ending that a part has.
    private static let partByteCount = 15

    private static func parts(_ stem: Substring) -> (model: String, part: Int, count: Int) {
        let ending = stem.suffix(partByteCount)
        let fields = ending.split(separator: "-", omittingEmptySubsequences: false)
        guard fields.count == 4, fields[0].isEmpty, fields[2] == "of", fields[1].utf8.count == 5,
            fields[3].utf8.count == 5, let part = Int(fields[1]), let count = Int(fields[3]), count > 0,
            (1...count).contains(part)
        else { return (String(stem), 1, 1) }
        return (String(stem.dropLast(partByteCount)), part, count)
    }

    private static let plainTypes: Set<String> = ["F16", "BF16", "F32", "FP16", "FP32", "MXFP4", "MXFP4_MOE", "FP8"]

    /// The last piece between '-', '.', '_' and '/' at which the name of a type begins.
    private static func quantization(in model: String) -> String? {
        let text = Array(model.uppercased().utf8)
        func isEnd(_ byte: UInt8) -> Bool { "-./".utf8.contains(byte) }
        var found: String?
        var at = 0
        while at < text.count {
            guard at == 0 || isEnd(text[at - 1]) || text[at - 1] == UInt8(ascii: "_") else {
                at += 1
                continue
            }
            let end = text[at...].firstIndex(where: isEnd) ?? text.count
            let piece = String(decoding: text[at..<end], as: UTF8.self)
            guard isType(piece) else {
                at += 1
                continue
            }
            let isDynamic = at >= 3 && text[(at - 3)..<at].elementsEqual("UD-".utf8)
            found = isDynamic ? "UD-" + piece : piece
            at = end
        }
        return found
    }

    private static func isType(_ piece: String) -> Bool {
        if plainTypes.contains(piece) { return true }
        for prefix in ["IQ", "TQ", "Q"] where piece.hasPrefix(prefix) {
            let rest = piece.dropFirst(prefix.count)
            return rest.first?.isNumber == true && (rest.count == 1 || rest.dropFirst().first == "_")
        }
        return false
    }
}

/// The GGUF models among some files: one file each, or all parts of a split one.
public struct GGUFGroup: Sendable, Hashable {
    /// In their order.
    public let parts: [GGUFName]

    public var quantization: String? { parts[0].quantization }

    /// How a person may name it: its type, else its file.
    public var label: String { quantization ?? parts[0].path }

    /// Whether every part is there.
    public var isComplete: Bool { parts.map(\.part) == Array(1...parts[0].partCount) }

    /// In the order of their names.
    public static func all(among paths: [String]) -> [GGUFGroup] {
        var groups: OrderedDictionary<String, [GGUFName]> = [:]
        for name in paths.sorted().compactMap(GGUFName.init) {
            groups["\(name.model) of \(name.partCount)", default: []].append(name)
        }
        return groups.values.map { GGUFGroup(parts: $0.sorted { $0.part < $1.part }) }
    }

    /// Those of a type, the plain ones before those whose type has a prefix: `Q4_K_M` before `UD-Q4_K_M`.
    public static func matching(_ quantization: String, among groups: [GGUFGroup]) -> [GGUFGroup] {
        let matches = groups.filter { $0.parts[0].hasQuantization(quantization) }
        let exact = matches.filter { $0.quantization == quantization.uppercased() }
        return exact.isEmpty ? matches : exact
    }
}
