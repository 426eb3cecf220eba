import ZondaCore

/// How compiled kernels lie in a file of the cache: all integers little-endian.
///
///     8 bytes   "zondaK1\n"
///     32 bytes  SHA-256 of all that follows
///     texts     key, name, number of lowered names, (expression, symbol) each, log: UInt32 length and UTF-8
///     UInt64    length of the cubin, and its bytes, to the end of the file
///
/// The format is for this machine only; what can't be read is compiled again.
enum KernelCacheEntry {
    private static let magic = Array("zondaK1\n".utf8)

    static func bytes(of kernels: CompiledKernels, key: String) -> [UInt8] {
        var body: [UInt8] = []
        func append(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.littleEndian) { body += $0 } }
        func append(_ text: String) {
            append(UInt32(text.utf8.count))
            body += text.utf8
        }
        append(key)
        append(kernels.name)
        append(UInt32(kernels.loweredNames.count))
        for (expression, symbol) in kernels.loweredNames.sorted(by: { $0.key < $1.key }) {
            append(expression)
            append(symbol)
        }
        append(kernels.log)
        append(UInt64(kernels.cubin.count))
        body += kernels.cubin
        return magic + SHA256.digest(of: body) + body
    }

    /// What a file holds, or nil when it is damaged or belongs to another key.
    static func kernels(in bytes: [UInt8], key: String) -> CompiledKernels? {
        let start = magic.count + 32
        guard bytes.count >= start, bytes.starts(with: magic) else { return nil }
        let body = Array(bytes[start...])
        guard SHA256.digest(of: body).elementsEqual(bytes[magic.count..<start]) else { return nil }
        // The digest is right, so these are the bytes that were written; lengths are checked all the same.
        var reader = Reader(body[...])
        guard reader.text() == key, let name = reader.text(), let count = reader.integer(UInt32.self) else {
            return nil
        }
        var loweredNames: [String: String] = [:]
        for _ in 0..<count {
            guard let expression = reader.text(), let symbol = reader.text() else { return nil }
            loweredNames[expression] = symbol
        }
        guard let log = reader.text(), let size = reader.integer(UInt64.self), size == UInt64(reader.rest.count) else {
            return nil
        }
        return CompiledKernels(name: name, cubin: Array(reader.rest), loweredNames: loweredNames, log: log)
    }

    private struct Reader {
        private(set) var rest: ArraySlice<UInt8>

        init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

        mutating func integer<T: FixedWidthInteger>(_ type: T.Type) -> T? {
            guard let bytes = take(MemoryLayout<T>.size) else { return nil }
            return bytes.reversed().reduce(0) { $0 << 8 | T($1) }
        }

        mutating func text() -> String? {
            guard let count = integer(UInt32.self), let bytes = take(Int(count)) else { return nil }
            return String(decoding: bytes, as: UTF8.self)
        }

        private mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
            guard count <= rest.count else { return nil }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }
    }
}
