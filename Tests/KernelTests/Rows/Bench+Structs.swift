import ZondaCUDA

extension Bench {
    /// Memory with these values. Not for types with gaps between their fields that someone compares.
    func structs<Value: BitwiseCopyable>(_ values: [Value]) throws -> DeviceBuffer {
        try buffer(
            values.withUnsafeBytes { bytes in
                (0..<(bytes.count + 3) / 4).map { word in
                    var value: UInt32 = 0
                    for byte in 0..<4 where word * 4 + byte < bytes.count {
                        value |= UInt32(bytes[word * 4 + byte]) << UInt32(byte * 8)
                    }
                    return value
                }
            })
    }

    func structs<Value: BitwiseCopyable>(_ type: Value.Type, in buffer: borrowing DeviceBuffer, count: Int) throws
        -> [Value]
    {
        let words = try words(of: buffer, count: (count * MemoryLayout<Value>.stride + 3) / 4)
        return words.withUnsafeBytes { bytes in
            (0..<count).map { bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Value>.stride, as: Value.self) }
        }
    }
}

/// The largest |got - expected| / (1 + |expected|); infinite for a NaN or another number of values.
func worstError(_ got: [Float], _ expected: [Double]) -> Double {
    guard got.count == expected.count else { return .infinity }
    return zip(got, expected).reduce(0) { worst, pair in
        let error = abs(Double(pair.0) - pair.1) / (1 + abs(pair.1))
        return error.isNaN ? .infinity : max(worst, error)
    }
}
