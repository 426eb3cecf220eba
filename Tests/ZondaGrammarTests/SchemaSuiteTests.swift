import Foundation
import Testing
import ZondaCore

@testable import ZondaGrammar

/// The JSON Schema Test Suite, where `ZONDA_JSON_SCHEMA_SUITE` names its folder: `scripts/json_schema_suite.py` fetches it
/// and prints the table.
@Suite struct SchemaSuiteTests {
    static let folder = ProcessInfo.processInfo.environment["ZONDA_JSON_SCHEMA_SUITE"]

    @Test(.enabled(if: folder != nil, "run scripts/json_schema_suite.py"))
    func noInvalidInstanceIsAccepted() throws {
        let rows = try SchemaSuite.run(try #require(Self.folder), Vocabularies.bytes())
        for row in rows {
            print(
                "suite", row.keyword, row.compiled, row.refused, row.validAccepted, row.validRefused,
                row.invalidRefused, row.invalidAccepted.count, separator: "|")
            for error in row.errors { print("refused", row.keyword, error, separator: "|") }
            for name in row.missed { print("missed", row.keyword, name, separator: "|") }
            #expect(row.invalidAccepted.isEmpty, "\(row.keyword)")
        }
        #expect(rows.count > 30 && rows.map(\.validAccepted).reduce(0, +) > 300)
    }
}
