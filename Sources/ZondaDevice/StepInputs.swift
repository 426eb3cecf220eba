public import ZondaCore

/// Everything that changes from one step to the next. Operations never hold such a value, so a step can be recorded once
/// and replayed with other inputs at the same addresses.
///
/// A row is one token of one sequence. Letters: R rows, S spans, L rows whose logits are wanted.
public struct StepInputs: Sendable {
    /// [R]; `lastSample` stands for the newest sample of the row's slot, which may still be on the device.
    public var tokens: [TokenID] = []
    /// [R] batch slot of each row.
    public var slots: [Int32] = []
    /// [R] position in its sequence.
    public var positions: [Int32] = []
    /// [R] which of the model's rope frequency tables the row uses (long rope has two).
    public var ropeVariants: [Int32] = []
    /// [S] consecutive rows of one sequence.
    public var spans: [Span] = []
    /// One per page group.
    public var groups: [PageTables] = []
    /// [L] the rows to gather before the output projection.
    public var logitRows: [Int32] = []
    /// The rows of the gathered logits to sample from, at most one per slot.
    public var samples: [SampleRow] = []

    public static let lastSample: TokenID = -1

    public init() {}

    public var rowCount: Int { tokens.count }

    /// Rows `firstRow ..< firstRow + rowCount` hold positions `firstPosition ...` of one sequence.
    public struct Span: Hashable, Sendable {
        public var firstRow: Int32
        public var rowCount: Int32
        public var firstPosition: Int32

        public init(firstRow: Int32, rowCount: Int32, firstPosition: Int32) {
            self.firstRow = firstRow
            self.rowCount = rowCount
            self.firstPosition = firstPosition
        }
    }

    /// The pages of one page group: attention reads through `tables`, keys and values are written to `writeSlots`.
    public struct PageTables: Sendable {
        /// All spans' tables, one after the other; -1 for a page that a window has left behind.
        public var tables: [Int32] = []
        /// [S] where each span's table begins in `tables`.
        public var offsets: [Int32] = []
        /// [R] page * page size + position within the page.
        public var writeSlots: [Int32] = []

        public init() {}
    }

    /// Sample token number `tokenIndex` of the sequence in `slot` from row `logitRow` of the gathered logits.
    public struct SampleRow: Hashable, Sendable {
        public var slot: Int32
        public var logitRow: Int32
        public var tokenIndex: Int32

        public init(slot: Int32, logitRow: Int32, tokenIndex: Int32) {
            self.slot = slot
            self.logitRow = logitRow
            self.tokenIndex = tokenIndex
        }
    }
}
