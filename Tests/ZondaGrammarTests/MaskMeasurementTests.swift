import Foundation
import Testing
import ZondaCore

/// Where `ZONDA_GRAMMAR_MEASURE` names a GGUF file, prints the times that `Benchmarks/grammar/measure.py` reads.
@Suite struct MaskMeasurementTests {
    static let path = ProcessInfo.processInfo.environment["ZONDA_GRAMMAR_MEASURE"]

    @Test(.enabled(if: path != nil, "run Benchmarks/grammar/measure.py"))
    func everyTokenOfTheDocumentsIsAllowed() throws {
        let measurement = try MaskMeasurement(gguf: #require(Self.path))
        print("vocabulary", measurement.vocabulary.count, separator: "|")
        for document in try MaskMeasurement.documents() {
            let times = try measurement.measure(document)
            let fields = [
                document.name, "\(times.tokenCount)", "\(times.compile)", "\(quantile(times.cold, 0.5))",
                "\(quantile(times.cold, 1))", "\(quantile(times.warm, 0.5))", "\(quantile(times.warm, 0.99))",
                "\(quantile(times.accepts, 0.5))", "\(quantile(times.accepts, 0.99))", "\(times.cacheBytes)",
            ]
            print("measured|" + fields.joined(separator: "|"))
        }
    }

    private func quantile(_ values: [Double], _ share: Double) -> Double {
        let sorted = values.sorted()
        return sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }
}
