import OrderedCollections
import TestSupport
import Testing
import ZondaCore
import ZondaFormats
import ZondaTokenizer

/// Damaged templates become errors, or texts; never a crash.
@Suite struct TemplateFuzzTests {
    @Test func damagedFeatures() throws {
        let golden = try JSONValue(parsing: try Files.text(Golden.path("jinja_features.json")), name: "features")
        let now = try #require(golden["now"]?.string.flatMap(CalendarTime.init(parsing:)))
        let cases = try #require(golden["cases"]?.array).map { item in
            (source: Array((item["source"]?.string ?? "").utf8), context: item["context"] ?? .object([:]))
        }
        var mutator = ByteMutator(seed: 21)
        var renderedCount = 0
        var refusedCount = 0
        for round in 0..<ByteMutator.roundCount {
            let (source, context) = cases[round % cases.count]
            let mutant = String(decoding: mutator.mutated(source), as: UTF8.self)
            do throws(ZondaError) {
                _ = try Template(parsing: mutant).render(context: context, now: now)
                renderedCount += 1
            } catch {
                #expect(error.code == .badTemplate, "\(mutant): \(error)")
                refusedCount += 1
            }
        }
        // Both ways out were taken often.
        #expect(renderedCount > 10_000)
        #expect(refusedCount > 10_000)
    }
}
