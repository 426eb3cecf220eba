import ZondaCore
import ZondaDevice

/// Tables of the addresses of weights in the GPU's memory: what a grouped product finds its experts' weights by.
///
/// A table is known by what it holds, so recordings of equal layers share one, and none is ever out of date. Not `Sendable`:
/// used by the device's own thread.
final class WeightTables {
    private let loading: LoadingStream
    private let context: CUDAContext
    private var tables: [[UInt64]: DeviceMemory] = [:]

    init(_ loading: LoadingStream, in context: CUDAContext) {
        self.loading = loading
        self.context = context
    }

    /// Returns when the table is there; nothing is copied when it was before.
    ///
    /// - Throws: `outOfMemory`.
    func table(of addresses: [UInt64]) throws(ZondaError) -> DeviceMemory {
        if let table = tables[addresses] { return table }
        let byteCount = addresses.count * MemoryLayout<UInt64>.stride
        let table = try DeviceMemory.allocate(byteCount: byteCount, for: "a table of experts", in: context)
        try loading.upload(addresses, to: table)
        tables[addresses] = table
        return table
    }
}
