import ArgumentParser
import Glibc
import OrderedCollections
import Zonda
import ZondaCore
import ZondaFormats
import ZondaHub

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Shows the models in the local Hugging Face cache.",
        discussion: """
            EXAMPLES
              zonda list
              zonda list Qwen/Qwen2.5-7B-Instruct-GGUF
              zonda list --json | jq '.[].model'
            """)

    @Argument(help: "A model, to see its files.")
    var model: String?

    @Option(help: "Another cache than that of the environment.")
    var cacheDir: String?

    @Flag(help: "One JSON array.")
    var json = false

    func run() throws {
        var hub = HubEnvironment()
        if let cacheDir { hub = hub.with(cache: cacheDir) }
        let cache = HubCache(hub)
        var models = cache.models()
        if let model {
            let id = try HubID(model)
            models = models.filter { $0.id == id }
            guard !models.isEmpty else {
                throw ZondaError(.notFound, "\(id) is not in \(cache.path)", remedy: "`zonda list` shows what is there")
            }
        }
        if json { return Terminal.answer(JSONValue.array(models.map(Self.json)).text + "\n") }
        if models.isEmpty { return Terminal.error("no models in \(cache.path); `zonda pull REPO` fetches one") }
        Terminal.answer(model == nil ? Self.table(models) : models.map(Self.files).joined())
    }

    private static func table(_ models: [CachedModel]) -> String {
        var rows = [["MODEL", "REVISION", "SIZE", "FILES", "LAST USED"]]
        for model in models {
            let revisions = model.revisions.map(\.label).joined(separator: ", ")
            let fileCount = model.revisions.reduce(0) { $0 + $1.files.count }
            let incomplete = model.incompleteByteCount > 0 ? " (not complete)" : ""
            rows.append([
                "\(model.id)", (revisions.isEmpty ? "-" : revisions) + incomplete, ByteCount.text(model.byteCount),
                "\(fileCount)", age(model.lastUsed),
            ])
        }
        return lines(rows) + "\(models.count) models, \(ByteCount.text(models.reduce(0) { $0 + $1.byteCount }))\n"
    }

    private static func files(_ model: CachedModel) -> String {
        var text = "\(model.path)\n"
        for revision in model.revisions {
            text +=
                "\n\(revision.commit)\(revision.names.isEmpty ? "" : " (\(revision.names.joined(separator: ", ")))")\n"
            text += lines(revision.files.map { ["  " + $0.path, ByteCount.text($0.byteCount)] })
        }
        return text
    }

    private static func lines(_ rows: [[String]]) -> String {
        guard let columnCount = rows.first?.count else { return "" }
        let widths = (0..<columnCount).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = row.enumerated().map {
                $0.offset < columnCount - 1 ? $0.element.padded(to: widths[$0.offset]) : $0.element
            }
            return cells.joined(separator: "  ") + "\n"
        }.joined()
    }

    /// "3 hours ago".
    private static func age(_ second: Int?) -> String {
        guard let second else { return "-" }
        let seconds = max(0, time(nil) - second)
        for (unit, name) in [(86_400, "day"), (3_600, "hour"), (60, "minute")] where seconds >= unit {
            let count = seconds / unit
            return "\(count) \(name)\(count == 1 ? "" : "s") ago"
        }
        return "now"
    }

    private static func json(_ model: CachedModel) -> JSONValue {
        .object([
            "model": .string("\(model.id)"),
            "path": .string(model.path),
            "byteCount": .integer(model.byteCount),
            "incompleteByteCount": .integer(model.incompleteByteCount),
            "lastUsed": model.lastUsed.map { .integer($0) } ?? .null,
            "revisions": .array(
                model.revisions.map { revision in
                    .object([
                        "commit": .string(revision.commit),
                        "names": .array(revision.names.map { .string($0) }),
                        "byteCount": .integer(revision.byteCount),
                        "files": .array(
                            revision.files.map {
                                .object(["path": .string($0.path), "byteCount": .integer($0.byteCount)])
                            }),
                    ])
                }),
        ])
    }
}

extension CachedRevision {
    /// "main", or the beginning of a commit that no branch stands for.
    fileprivate var label: String { names.isEmpty ? String(commit.prefix(8)) : names.joined(separator: ", ") }
}
