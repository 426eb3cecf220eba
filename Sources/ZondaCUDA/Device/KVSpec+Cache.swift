import CZondaKernels
import ZondaCore
import ZondaDevice

/// One layer's cache as kernels see it.
struct CacheShape {
    let type: zonda_cache_type
    /// As the kernels' templates call it.
    let typeName: String
    let spec: KVSpec
    let pageByteCount: Int

    var headSize: Int32 { Int32(spec.headSize) }
    var paddedHeadSize: Int32 { zonda_cache_padded_head(headSize) }
}

extension KVSpec {
    /// - Throws: `unsupported` for a type or a head size that no kernel takes.
    var cacheShape: CacheShape {
        get throws(ZondaError) {
            let (type, name): (zonda_cache_type, String)
            switch dtype {
            case .f16: (type, name) = (ZONDA_CACHE_F16, "f16")
            case .bf16: (type, name) = (ZONDA_CACHE_BF16, "bf16")
            case .f32: (type, name) = (ZONDA_CACHE_F32, "float")
            case .fp8: (type, name) = (ZONDA_CACHE_E4M3, "e4m3")
            default:
                throw ZondaError(
                    .unsupported, "keys and values in \(dtype.rawValue) can't be kept on a GPU",
                    remedy: "use f16, bf16, fp8 or f32")
            }
            let byteCount = Int(zonda_cache_page_bytes(type, Int32(clamping: kvHeads), Int32(clamping: headSize)))
            guard byteCount > 0 else {
                throw ZondaError(
                    .unsupported, "heads of \(headSize) values can't be kept on a GPU",
                    remedy: "run on the CPU (`--device cpu`)")
            }
            return CacheShape(type: type, typeName: name, spec: self, pageByteCount: byteCount)
        }
    }
}
