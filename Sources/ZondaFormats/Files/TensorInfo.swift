public import ZondaCore

/// A tensor in a mapped file: its name, type and shape, and a way to its bytes that copies nothing.
///
/// A tensor of more than two dimensions, such as `[experts, rows, columns]`, is also a matrix of `rowCount` rows, in which
/// the rows of expert `e` are `rows(of: e)`.
public struct TensorInfo: Sendable {
    public let name: String
    /// Row-major, the last dimension contiguous: `[rows, columns]`. GGUF files list dimensions the other way round; they
    /// are reversed when read.
    public let shape: [Int]
    /// The type as the file names it, also one that Zonda has no `DType` for, such as `F8_E4M3`.
    public let storedType: String
    public let file: MappedFile
    /// Where the bytes begin in `file`.
    public let offset: Int
    public let byteCount: Int
    private let knownType: DType?

    init(name: String, shape: [Int], storedType: String, file: MappedFile, offset: Int, byteCount: Int) {
        self.name = name
        self.shape = shape
        self.storedType = storedType
        self.file = file
        self.offset = offset
        self.byteCount = byteCount
        knownType = DType(rawValue: storedType)
    }

    /// How the values are stored.
    ///
    /// - Throws: `unsupported` for a type that a file may hold and that Zonda can't read.
    public var dtype: DType {
        get throws(ZondaError) {
            guard let knownType else {
                throw ZondaError(
                    .unsupported, "\(file.path): tensor \(name) has type \(storedType)",
                    remedy:
                        "use a version of the model in one of: \(DType.ofFiles.map(\.rawValue).joined(separator: ", "))",
                    facts: ["tensor": name, "type": storedType])
            }
            return knownType
        }
    }

    /// Values per row: the last dimension, or 1 for a scalar.
    public var columnCount: Int { shape.last ?? 1 }

    /// Rows of all leading dimensions together; 1 for a vector and a scalar.
    public var rowCount: Int { shape.dropLast().reduce(1, *) }

    public var elementCount: Int { rowCount * columnCount }

    /// Bytes from one row to the next.
    public var rowByteCount: Int { rowCount == 0 ? 0 : byteCount / rowCount }

    /// The rows of matrix `index` in a tensor of three dimensions: `[matrices, rows, columns]`.
    public func rows(of index: Int) -> Range<Int> {
        let perMatrix = shape.count < 3 ? rowCount : shape.dropFirst().dropLast().reduce(1, *)
        return index * perMatrix..<(index + 1) * perMatrix
    }
}

extension TensorInfo {
    /// All bytes of the tensor, without copying.
    @_lifetime(borrow self)
    public func bytes() throws(ZondaError) -> RawSpan {
        _overrideLifetime(try file.bytes(offset..<offset + byteCount), borrowing: self)
    }

    /// The bytes of `rows`, without copying.
    ///
    /// - Throws: `badTensor` when the tensor has fewer rows, `unsupported` for a type that Zonda can't read, `badFile` when
    ///   the file has become shorter.
    @_lifetime(borrow self)
    public func bytes(rows: Range<Int>) throws(ZondaError) -> RawSpan {
        _ = try dtype  // rows of other types may begin within a byte
        guard rows.lowerBound >= 0, rows.upperBound <= rowCount else {
            throw ZondaError(
                .badTensor, "\(file.path): rows \(rows) of tensor \(name), which has \(rowCount)",
                facts: ["tensor": name])
        }
        return _overrideLifetime(try file.bytes(fileRange(rows)), borrowing: self)
    }

    /// Takes the pages of `rows` out of memory: what a packer calls behind itself.
    public func dropPages(rows: Range<Int>) {
        file.dropPages(fileRange(rows.clamped(to: 0..<rowCount)))
    }

    /// Starts to fetch the pages of `rows`.
    public func prefetch(rows: Range<Int>) {
        file.advise(.willNeed, fileRange(rows.clamped(to: 0..<rowCount)))
    }

    private func fileRange(_ rows: Range<Int>) -> Range<Int> {
        offset + rows.lowerBound * rowByteCount..<offset + rows.upperBound * rowByteCount
    }
}
