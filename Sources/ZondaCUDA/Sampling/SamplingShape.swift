import ZondaCore
import ZondaDevice

/// What the launches of a sampling depend on beside the logits: a recording is made for each.
struct SamplingShape: Hashable {
    var rowCount: Int
    /// Alternatives that each row has room for; nil where no row reports log-probabilities.
    var alternatives: Int?

    init(rowCount: Int, mostAlternatives: Int?) {
        self.rowCount = rowCount
        // Few sizes, so that there are few recordings.
        alternatives = mostAlternatives.map { most in
            [0, 8, 32, 128].first { $0 >= most } ?? SamplingMemory.alternativeCapacity
        }
    }

    /// The rows as the sampler edits them, and raw ones for the reports.
    var viewCount: Int { alternatives == nil ? 1 : 2 }
}
