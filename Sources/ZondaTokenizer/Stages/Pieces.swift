/// A text on its way to the model: its bytes, and the pieces that they have been cut into so far.
struct Pieces {
    /// UTF-8, valid.
    var bytes: [UInt8]
    /// In order, without overlaps; what lies between them has been dropped.
    var ranges: [Range<Int>]
    /// Whether `bytes` begins where the user's text begins. Metaspace marks only that place under `first`.
    var startsText: Bool

    init(_ bytes: [UInt8], startsText: Bool) {
        self.bytes = bytes
        self.ranges = bytes.isEmpty ? [] : [0..<bytes.count]
        self.startsText = startsText
    }

    /// Whether piece `range` begins where the user's text begins.
    func startsText(_ range: Range<Int>) -> Bool { startsText && range.lowerBound == 0 }

    /// Rewrites each piece: `body` appends to `bytes` what takes the piece's place.
    mutating func rewrite(_ body: (_ piece: ArraySlice<UInt8>, _ startsText: Bool, _ bytes: inout [UInt8]) -> Void) {
        var rewritten: [UInt8] = []
        rewritten.reserveCapacity(bytes.count + bytes.count / 2)
        let startsText = startsText
        for (index, range) in ranges.enumerated() {
            let start = rewritten.count
            body(bytes[range], startsText && range.lowerBound == 0, &rewritten)
            ranges[index] = start..<rewritten.count
        }
        bytes = rewritten
        self.startsText = startsText && ranges.first?.lowerBound == 0
    }
}
