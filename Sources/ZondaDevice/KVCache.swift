public import ZondaCore

/// The shape of one layer's keys and values in the cache.
public struct KVSpec: Hashable, Sendable {
    /// f16 by default, f32; q8_0 on a CPU; bf16 and fp8 on a GPU.
    public var dtype: DType
    public var kvHeads: Int
    public var headSize: Int

    public init(dtype: DType, kvHeads: Int, headSize: Int) {
        self.dtype = dtype
        self.kvHeads = kvHeads
        self.headSize = headSize
    }
}

/// One layer's pages; how keys and values lie within a page is the device's own affair.
public struct KVCache: Sendable {
    public let spec: KVSpec
    public let memory: DeviceMemory
    public let pageCount: Int
    /// Which of `StepInputs.groups` names the pages of this layer.
    public let group: Int

    public init(spec: KVSpec, memory: DeviceMemory, pageCount: Int, group: Int) {
        self.spec = spec
        self.memory = memory
        self.pageCount = pageCount
        self.group = group
    }

    /// Tokens per page, on every device. Attention works in blocks of this many tokens, aligned to position 0.
    public static let pageSize = 32
}
