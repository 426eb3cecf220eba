import ZondaCore
import ZondaDevice
import ZondaModels
import ZondaScheduling

/// One layer's cache before it is there: its shape, bytes per page and page group.
struct CacheLayer {
    let spec: KVSpec
    let pageByteCount: Int
    let group: Int

    /// - Throws: `unsupported` for a type or a head size that the device lacks.
    static func all(
        of model: DecoderDescription, dtype: DType, on device: any Device
    ) throws(ZondaError) -> [CacheLayer] {
        let windows = model.windows
        return try model.layers.map { (layer) throws(ZondaError) in
            let part = layer.attention
            let spec = KVSpec(dtype: dtype, kvHeads: part.kvHeads, headSize: part.headSize)
            return CacheLayer(
                spec: spec, pageByteCount: try device.pageByteCount(of: spec),
                group: windows.firstIndex(of: part.window) ?? 0)
        }
    }

    func cache(pageCount: Int, on device: any Device) throws(ZondaError) -> KVCache {
        KVCache(
            spec: spec, memory: try device.allocate(byteCount: pageByteCount * pageCount), pageCount: pageCount,
            group: group)
    }
}

extension [CacheLayer] {
    /// Bytes of one page of each group, in all of its layers.
    func bytesPerPage(groupCount: Int) -> [Int] {
        var bytes = [Int](repeating: 0, count: groupCount)
        for layer in self { bytes[layer.group] += layer.pageByteCount }
        return bytes
    }

    /// What the device gives away for these pages.
    func allocatedByteCount(_ groups: [PageGroup], on device: any Device) -> Int {
        reduce(0) { $0 + device.allocatedByteCount($1.pageByteCount * groups[$1.group].pageCount) }
    }
}
