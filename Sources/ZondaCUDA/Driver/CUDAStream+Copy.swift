import CZondaCUDA
public import ZondaCore

/// Moving bytes in stream order. Addresses may point inside a buffer; sizes are in bytes.
extension CUDAStream {
    /// Copies from the machine's memory to the GPU's.
    ///
    /// Pinned memory is read when the stream comes to the copy, and must not change before. Other memory is read before
    /// the call returns, at a third of the speed.
    public func copy(_ source: UnsafeRawBufferPointer, to address: UInt64) throws(ZondaError) {
        guard let base = source.baseAddress, !source.isEmpty else { return }
        try context.driver.check(
            context.driver.functions.cuMemcpyHtoDAsync(address, base, source.count, handle), "cuMemcpyHtoDAsync",
            "copying \(source.count) bytes to \(context.gpu.id)")
    }

    /// Copies from the GPU's memory to the machine's, which is there once the stream has come past the copy.
    public func copy(from address: UInt64, to target: UnsafeMutableRawBufferPointer) throws(ZondaError) {
        guard let base = target.baseAddress, !target.isEmpty else { return }
        try context.driver.check(
            context.driver.functions.cuMemcpyDtoHAsync(base, address, target.count, handle), "cuMemcpyDtoHAsync",
            "copying \(target.count) bytes from \(context.gpu.id)")
    }

    /// Copies within the GPU's memory; the two ranges must not overlap.
    public func copy(from source: UInt64, to target: UInt64, byteCount: Int) throws(ZondaError) {
        guard byteCount > 0 else { return }
        try context.driver.check(
            context.driver.functions.cuMemcpyDtoDAsync(target, source, byteCount, handle), "cuMemcpyDtoDAsync",
            "copying \(byteCount) bytes within \(context.gpu.id)")
    }

    /// Sets every byte.
    public func fill(_ address: UInt64, byteCount: Int, with value: UInt8) throws(ZondaError) {
        guard byteCount > 0 else { return }
        try context.driver.check(
            context.driver.functions.cuMemsetD8Async(address, value, byteCount, handle), "cuMemsetD8Async",
            "setting \(byteCount) bytes on \(context.gpu.id)")
    }

    /// Sets `count` values of 32 bits; `address` must be a multiple of 4.
    public func fill(_ address: UInt64, count: Int, with value: UInt32) throws(ZondaError) {
        guard count > 0 else { return }
        try context.driver.check(
            context.driver.functions.cuMemsetD32Async(address, value, count, handle), "cuMemsetD32Async",
            "setting \(count) values on \(context.gpu.id)")
    }
}
