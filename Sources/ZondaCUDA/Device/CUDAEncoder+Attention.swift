import CZondaKernels
import ZondaCore
import ZondaDevice

extension CUDAEncoder {
    func ropeStore(_ op: RopeStoreOp) throws(ZondaError) {
        let (query, key, value) = (try view(op.query), try view(op.key), try view(op.value))
        let shape = try op.cache.spec.cacheShape
        let (headSize, kvHeads) = (op.cache.spec.headSize, op.cache.spec.kvHeads)
        let width = kvHeads * headSize
        guard key.columns == width, value.columns == width, query.columns % headSize == 0 else {
            throw ZondaError(
                .internalFault, "keys \(op.key.shape) and values \(op.value.shape) for \(op.cache.spec)",
                remedy: "report this")
        }
        retain(op.cache.memory)
        var arguments = zonda_rope_store_arguments()
        (arguments.query, arguments.key, arguments.value) = (query.address, key.address, value.address)
        arguments.query_norm = try headNorm(op.queryNorm, headSize: headSize)
        arguments.key_norm = try headNorm(op.keyNorm, headSize: headSize)
        arguments.positions = buffers.address(buffers.layout.positions)
        arguments.variants = buffers.address(buffers.layout.ropeVariants)
        arguments.write_slots = try group(op.cache).writeSlots
        arguments.row_count = buffers.address(of: .rows)
        arguments.pages = UInt64(op.cache.memory.address)
        arguments.page_bytes = Int64(shape.pageByteCount)
        arguments.query_stride = Int32(query.stride)
        arguments.key_stride = Int32(key.stride)
        arguments.value_stride = Int32(value.stride)
        arguments.heads = Int32(query.columns / headSize)
        arguments.kv_heads = Int32(kvHeads)
        arguments.head_size = Int32(headSize)
        if let rope = op.rope { try set(rope, in: &arguments) }
        let isWhole = arguments.query_norm.whole | arguments.key_norm.whole
        let blocks = zonda_rope_store_head_blocks(arguments.heads, arguments.kv_heads, isWhole)
        launch(
            "rope_store.cu", "rope_store<\(shape.typeName)>", grid: .init(key.rows, Int(blocks)), block: 128,
            shared: Int(zonda_rope_store_shared()), work: OperationWork(.ropeStore(op)), arguments)
    }

    private func set(_ rope: Rope, in arguments: inout zonda_rope_store_arguments) throws(ZondaError) {
        guard rope.tables.count <= Int(ZONDA_ROPE_TABLES) else {
            throw ZondaError(
                .unsupported, "\(rope.tables.count) rope tables; kernels take \(ZONDA_ROPE_TABLES)")
        }
        var addresses: [UInt64] = []
        for table in rope.tables {
            longestSequence = min(longestSequence, table.rows)
            addresses.append(try view(table).address)
        }
        withUnsafeMutableBytes(of: &arguments.tables) { bytes in
            for (index, address) in addresses.enumerated() {
                bytes.storeBytes(of: address, toByteOffset: 8 * index, as: UInt64.self)
            }
        }
        arguments.style = Int32((rope.style == .halves ? ZONDA_ROPE_HALVES : ZONDA_ROPE_INTERLEAVED).rawValue)
        arguments.rotary_size = Int32(rope.rotarySize)
    }

    private func headNorm(_ spec: NormSpec?, headSize: Int) throws(ZondaError) -> zonda_head_norm {
        guard let spec else { return zonda_head_norm() }
        let kind = spec.kind == .rms ? ZONDA_HEAD_NORM_RMS : ZONDA_HEAD_NORM_LAYER
        return zonda_head_norm(
            weight: try vector(spec.weight), bias: try vector(spec.bias), kind: Int32(kind.rawValue),
            whole: spec.weight.columns == headSize ? 0 : 1, epsilon: spec.epsilon, unused: 0)
    }

    func attention(_ op: AttentionOp) throws(ZondaError) {
        let (query, output) = (try view(op.query), try view(op.output))
        let shape = try op.cache.spec.cacheShape
        let spec = op.cache.spec
        guard op.heads % spec.kvHeads == 0, query.columns == output.columns else {
            throw ZondaError(.internalFault, "queries \(op.query.shape) for \(spec)", remedy: "report this")
        }
        retain(op.cache.memory)
        let tables = try group(op.cache)
        var arguments = zonda_paged_attention_arguments()
        (arguments.query, arguments.output) = (query.address, output.address)
        arguments.spans = buffers.address(buffers.layout.spans)
        arguments.span_count = buffers.address(of: .spans)
        (arguments.table_offsets, arguments.tables) = (tables.offsets, tables.tables)
        arguments.pages = UInt64(op.cache.memory.address)
        arguments.page_bytes = Int64(shape.pageByteCount)
        (arguments.query_stride, arguments.output_stride) = (Int32(query.stride), Int32(output.stride))
        (arguments.heads, arguments.kv_heads) = (Int32(op.heads), Int32(spec.kvHeads))
        arguments.head_size = shape.headSize
        arguments.window = Int32(op.window ?? 0)
        arguments.scale = op.scale
        arguments.soft_cap = op.softcap ?? 0
        guard spec.dtype != .f32 else {
            return launch(
                "attention_plain.cu", "attention_plain<float>", grid: .init(query.rows, op.heads), block: 128,
                shared: Int(zonda_attention_plain_shared()), work: OperationWork(.attention(op)), arguments)
        }
        attend(op, shape, &arguments)
    }

    /// Prompts by tiles and single rows by splits, both from lists that are made once for all layers alike.
    private func attend(
        _ op: AttentionOp, _ shape: CacheShape, _ arguments: inout zonda_paged_attention_arguments
    ) {
        let lists = lists(for: op)
        (arguments.counts, arguments.tiles, arguments.splits) = (lists.counts, lists.tiles, lists.splits)
        (arguments.partials, arguments.arrivals) = (lists.partials, lists.arrivals)
        let (heads, kvHeads, size) = (arguments.heads, arguments.kv_heads, shape.headSize)
        let template = "<\(shape.typeName), \(shape.paddedHeadSize)>"
        if op.query.rows > 1 || isDeterministic {
            launch(
                "attention_prompt.cu", "attention_prompt\(template)",
                grid: .init(Int(kvHeads), lists.tileCapacity), block: 128,
                shared: Int(zonda_attention_prompt_shared(shape.type, size)),
                work: work(of: op, isDeterministic ? .all : .several), arguments)
        }
        launch(
            "attention_decode.cu", "attention_decode\(template)",
            grid: .init(
                min(lists.splitCapacity, 3 * gpu.multiprocessorCount),
                Int(zonda_attention_head_blocks(heads, kvHeads))),
            block: Int(zonda_attention_decode_warps(shape.type, size)) * 32,
            shared: Int(zonda_attention_decode_shared(shape.type, size)),
            work: isDeterministic ? OperationWork() : work(of: op, .single), arguments)
    }

    /// Queries and results go with the spans that a kernel takes, which only the step knows: they are left out.
    private func work(of op: AttentionOp, _ spans: OperationWork.Attention.Spans) -> OperationWork {
        var attention = OperationWork.Attention(op)
        attention.spans = spans
        return OperationWork(attention: attention)
    }

    private typealias GroupAddresses = (tables: UInt64, offsets: UInt64, writeSlots: UInt64)

    private func group(_ cache: KVCache) throws(ZondaError) -> GroupAddresses {
        guard buffers.layout.groups.indices.contains(cache.group) else {
            throw ZondaError(
                .internalFault, "page group \(cache.group) of \(buffers.layout.groups.count)", remedy: "report this")
        }
        let group = buffers.layout.groups[cache.group]
        return (buffers.address(group.tables), buffers.address(group.offsets), buffers.address(group.writeSlots))
    }
}
