import Glibc
import OrderedCollections
public import ZondaCore

/// Writes a safetensors file whose tensors are declared first and then streamed in that order.
///
/// ```swift
/// var writer = try SafetensorsWriter(path: "logits.safetensors", tensors: [.init("logits", .f32, [tokens, vocabulary])])
/// for row in rows { try writer.write(row.span.bytes) }
/// try writer.finish()
/// ```
/// The file has a name of its own until `finish()`, which puts it in place; without `finish()` it is removed.
public struct SafetensorsWriter: ~Copyable {
    /// A tensor that will be written.
    public struct Declaration: Sendable {
        public let name: String
        public let dtype: DType
        /// Row-major.
        public let shape: [Int]

        public init(_ name: String, _ dtype: DType, _ shape: [Int]) {
            self.name = name
            self.dtype = dtype
            self.shape = shape
        }
    }

    public let path: String
    private let partialPath: String
    private let expectedBytes: Int
    private var writtenBytes = 0
    /// Goes out with the first write: an initializer that throws after taking the descriptor would have no `deinit`.
    private var unwrittenHeader: [UInt8]
    /// -1 when finished.
    private var descriptor: Int32

    /// Creates the file.
    ///
    /// - Throws: `badTensor` for a type that the format lacks, a shape too large or a name used twice; `inputOutput` when
    ///   the file can't be written.
    public init(path: String, tensors: [Declaration], metadata: [String: String] = [:]) throws(ZondaError) {
        let (header, byteCount) = try Self.header(tensors, metadata)
        let partialPath = "\(path).\(getpid()).partial"
        let descriptor = open(partialPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw ZondaError(.inputOutput, "\(partialPath): can't be created: \(FileSystem.reason(errno))")
        }
        self.path = path
        self.partialPath = partialPath
        self.descriptor = descriptor
        unwrittenHeader = header
        expectedBytes = byteCount
    }

    deinit {
        if descriptor >= 0 {
            close(descriptor)
            unlink(partialPath)
        }
    }

    /// Appends the next bytes of the declared tensors.
    public mutating func write(_ bytes: RawSpan) throws(ZondaError) {
        guard bytes.byteCount <= expectedBytes - writtenBytes else {
            throw ZondaError(
                .badTensor,
                "\(path): \(writtenBytes + bytes.byteCount) bytes were written, and the tensors have \(expectedBytes)")
        }
        try putHeader()
        try put(bytes)
        writtenBytes += bytes.byteCount
    }

    /// Closes the file and gives it its name; nothing may be written after it.
    ///
    /// - Throws: `badTensor` when fewer bytes were written than declared.
    public mutating func finish() throws(ZondaError) {
        guard descriptor >= 0 else { throw ZondaError(.internalFault, "\(path): finished twice") }
        guard writtenBytes == expectedBytes else {
            throw ZondaError(
                .badTensor, "\(path): \(writtenBytes) bytes were written, and the tensors have \(expectedBytes)")
        }
        try putHeader()
        // Never closed twice: the number may belong to another file by then.
        let closed = close(descriptor)
        descriptor = -1
        guard closed == 0, rename(partialPath, path) == 0 else {
            let reason = FileSystem.reason(errno)
            unlink(partialPath)
            throw ZondaError(.inputOutput, "\(path): can't be written: \(reason)")
        }
    }

    private mutating func putHeader() throws(ZondaError) {
        try put(unwrittenHeader.span.bytes)
        unwrittenHeader = []
    }

    private func put(_ bytes: RawSpan) throws(ZondaError) {
        var done = 0
        while done < bytes.byteCount {
            let count = bytes.extracting(droppingFirst: done).withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            guard count > 0 || errno == EINTR else {
                throw ZondaError(.inputOutput, "\(partialPath): can't be written: \(FileSystem.reason(errno))")
            }
            done += max(0, count)
        }
    }

    private static func header(
        _ tensors: [Declaration], _ metadata: [String: String]
    ) throws(ZondaError) -> (bytes: [UInt8], byteCount: Int) {
        var members: OrderedDictionary<String, JSONValue> = [:]
        if !metadata.isEmpty {
            let sorted = metadata.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }
            members["__metadata__"] = .object(OrderedDictionary(uniqueKeysWithValues: sorted))
        }
        var offset = 0
        for tensor in tensors {
            guard !tensor.dtype.isPacked, let byteCount = byteCount(of: tensor.shape, tensor.dtype),
                byteCount <= Int.max / 4 - offset
            else {
                throw ZondaError(
                    .badTensor,
                    "tensor \(tensor.name) of type \(tensor.dtype.rawValue) and shape \(tensor.shape) can't be written as safetensors",
                    facts: ["tensor": tensor.name])
            }
            let record: JSONValue = .object([
                "dtype": .string(tensor.dtype.rawValue), "shape": .array(tensor.shape.map(JSONValue.integer)),
                "data_offsets": .array([.integer(offset), .integer(offset + byteCount)]),
            ])
            guard tensor.name != "__metadata__", members.updateValue(record, forKey: tensor.name) == nil else {
                throw ZondaError(.badTensor, "tensor \(tensor.name) is declared twice or has a reserved name")
            }
            offset += byteCount
        }
        var text = Array(JSONValue.object(members).text.utf8)
        // Tensors begin at a multiple of 8, as the reference writer has it.
        text += [UInt8](repeating: 0x20, count: (8 - text.count % 8) % 8)
        return (withUnsafeBytes(of: UInt64(text.count).littleEndian, Array.init) + text, offset)
    }
}
