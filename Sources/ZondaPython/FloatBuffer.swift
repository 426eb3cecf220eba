import Glibc
import ZondaCore

/// One block of float32 that Python reads in place.
///
/// `@unchecked Sendable`: one task fills it before it is posted as an event; after that it is only read.
final class FloatBuffer: @unchecked Sendable {
    let address: UnsafeMutablePointer<Float>
    /// Row-major.
    let shape: [Int]

    var count: Int { shape.reduce(1, *) }

    /// - Throws: `outOfMemory` with the bytes asked for.
    init(shape: [Int]) throws(ZondaError) {
        var byteCount = MemoryLayout<Float>.stride
        for extent in shape {
            let (product, overflow) = byteCount.multipliedReportingOverflow(by: extent)
            byteCount = overflow ? .max : product
        }
        guard let memory = malloc(max(byteCount, 1)) else {
            throw ZondaError(
                .outOfMemory, "there is no memory for \(byteCount) bytes of results of shape \(shape)",
                remedy: "ask for fewer rows at a time", facts: ["needed": "\(byteCount)"])
        }
        self.shape = shape
        address = memory.bindMemory(to: Float.self, capacity: max(byteCount / MemoryLayout<Float>.stride, 1))
    }

    deinit { free(address) }

    /// Writes row `index` of the last extent's length.
    func setRow(_ index: Int, _ row: [Float]) {
        let width = shape[shape.count - 1]
        precondition(row.count == width && index >= 0 && (index + 1) * width <= count)
        row.withUnsafeBufferPointer { source in
            guard let base = source.baseAddress else { return }
            (address + index * width).update(from: base, count: width)
        }
    }
}
