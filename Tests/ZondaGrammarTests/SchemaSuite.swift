import Foundation
import OrderedCollections
import ZondaCore
import ZondaFormats

@testable import ZondaGrammar

/// The JSON Schema Test Suite in a folder, and what became of its cases.
struct SchemaSuite {
    /// One file of the suite.
    struct Row {
        var keyword: String
        /// Schemas that compiled, and those that were an error.
        var compiled = 0
        var refused = 0
        /// Instances of the schemas that compiled.
        var validAccepted = 0
        var validRefused = 0
        var invalidRefused = 0
        /// Wrong ones: these must not be.
        var invalidAccepted: [String] = []
        /// Valid instances that no spelling of ours covers, for the table's reader.
        var missed: [String] = []
        var errors: [String] = []
    }

    /// - Parameter folder: a draft's folder, such as `json/tests/draft2020-12`.
    static func run(_ folder: String, _ vocabulary: GrammarVocabulary) throws -> [Row] {
        var rows: [Row] = []
        for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() where name.hasSuffix(".json") {
            let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
            // The suite repeats keys nowhere; its deepest file is far below the parser's depth.
            let groups = try JSONValue(parsing: text, name: name).array ?? []
            var row = Row(keyword: String(name.dropLast(5)))
            for group in groups { try run(group, vocabulary, &row) }
            rows.append(row)
        }
        return rows
    }

    private static func run(_ group: JSONValue, _ vocabulary: GrammarVocabulary, _ row: inout Row) throws {
        let title = group["description"]?.string ?? ""
        let tests = group["tests"]?.array ?? []
        var grammar: TokenGrammar?
        do {
            grammar = try TokenGrammar(Grammar(jsonSchema: group["schema"] ?? .null), vocabulary)
        } catch {
            // A schema that accepts nothing is an error too, and right exactly if every instance is invalid.
            if !error.message.contains("has no text at all") {
                row.refused += 1
                row.errors.append("\(title): \(error.message)")
                return
            }
        }
        row.compiled += 1
        for test in tests {
            guard let instance = test["data"], let isValid = test["valid"]?.bool else { continue }
            let accepted = try grammar.map { grammar in try spellings(of: instance).contains { try grammar.accepts($0) }
            }
            let name = "\(title), \(test["description"]?.string ?? ""): \(instance.text)"
            switch (isValid, accepted ?? false) {
            case (true, true): row.validAccepted += 1
            case (true, false):
                row.validRefused += 1
                row.missed.append(name)
            case (false, false): row.invalidRefused += 1
            case (false, true): row.invalidAccepted.append(name)
            }
        }
    }

    /// The instance with the members of its objects in every order, since ours is that of the schema; numbers that are
    /// integers are written as integers.
    static func spellings(of instance: JSONValue) -> [String] { orders(instance).map(\.text) }

    private static func orders(_ value: JSONValue) -> [JSONValue] {
        switch value {
        case .number(let number):
            guard let integer = Int(exactly: number) else { return [value] }
            return [.integer(integer), value]
        case .array(let elements):
            var lists: [[JSONValue]] = [[]]
            for element in elements {
                let choices = orders(element)
                lists = lists.flatMap { list in choices.map { list + [$0] } }
            }
            return lists.map { .array($0) }
        case .object(let members):
            var found: [JSONValue] = []
            for order in permutations(Array(members.keys)) {
                var objects: [OrderedDictionary<String, JSONValue>] = [[:]]
                for key in order {
                    let choices = orders(members[key] ?? .null)
                    objects = objects.flatMap { object in
                        choices.map { choice in
                            var next = object
                            next[key] = choice
                            return next
                        }
                    }
                }
                found += objects.map { .object($0) }
            }
            return found
        default: return [value]
        }
    }

    private static func permutations(_ keys: [String]) -> [[String]] {
        // The suite's widest objects that matter have four members.
        guard keys.count > 1, keys.count <= 5 else { return [keys] }
        return keys.indices.flatMap { index in
            var rest = keys
            let first = rest.remove(at: index)
            return permutations(rest).map { [first] + $0 }
        }
    }
}
