import CZondaSIMD
public import ZondaCore
public import ZondaDevice

extension CPUEncoder {
    /// One job: norms, turns and stores 32 rows at a time.
    func ropeStore(_ op: RopeStoreOp) throws(ZondaError) {
        let (query, key, value) = (try view(op.query), try view(op.key), try view(op.value))
        let shape = try op.cache.spec.kernelShape
        let width = Int(shape.kv_heads) * Int(shape.head_size)
        guard key.columns == width, value.columns == width, query.columns % Int(shape.head_size) == 0 else {
            throw ZondaError(
                .internalFault, "keys \(op.key.shape) and values \(op.value.shape) for \(op.cache.spec)",
                remedy: "report this")
        }
        recording.retain(op.cache.memory)
        let store = zonda_kv_store(
            shape: shape, keys: key.base, values: value.base, key_stride: key.stride, value_stride: value.stride,
            slots: memory.group(op.cache.group).writeSlots.base, rows: Int32(key.rows),
            pages: try op.cache.pages, page_stride: zonda_kv_page_bytes(shape))
        var job = RopeStoreJob(kernels: kernels, query: query, key: key, store: store)
        if let norm = op.queryNorm { job.queryNorm = try self.norm(norm, columns: query.columns) }
        if let norm = op.keyNorm { job.keyNorm = try self.norm(norm, columns: key.columns) }
        if let rope = op.rope { job.rope = try self.rope(rope, shape) }
        let items = (key.rows + RopeStoreJob.rowsPerItem - 1) / RopeStoreJob.rowsPerItem
        recording.add(job, items: items) { arguments, item, thread in
            guard var job = arguments?.load(as: RopeStoreJob.self) else { return }
            job.run(item, thread)
        }
    }

    private func rope(_ rope: Rope, _ shape: zonda_kv_shape) throws(ZondaError) -> zonda_rope {
        var tables: [UnsafePointer<Float>] = []
        for table in rope.tables {
            let view = try view(table)
            guard view.stride == rope.rotarySize, view.columns == rope.rotarySize else {
                throw ZondaError(
                    .internalFault, "a rope table \(table.shape) for \(rope.rotarySize) values", remedy: "report this")
            }
            tables.append(UnsafePointer(view.base))
        }
        // The kernel's array has no nulls, Swift's type for it may.
        let pointers = UnsafeMutableRawPointer(recording.copy(tables))
        return zonda_rope(
            tables: pointers.assumingMemoryBound(to: UnsafePointer<Float>.self), positions: memory.positions.base,
            variants: memory.ropeVariants.base, head_size: shape.head_size, rotary_size: Int32(rope.rotarySize),
            style: rope.style == .halves ? ZONDA_ROPE_HALVES : ZONDA_ROPE_INTERLEAVED)
    }

    /// Two jobs: blocks of rows over runs of the context, then the merging of runs that were spread over threads.
    func attention(_ op: AttentionOp) throws(ZondaError) {
        let (query, output) = (try view(op.query), try view(op.output))
        let shape = try op.cache.spec.kernelShape
        guard op.heads % op.cache.spec.kvHeads == 0, query.columns == output.columns else {
            throw ZondaError(
                .internalFault, "queries \(op.query.shape) for \(op.cache.spec)", remedy: "report this")
        }
        recording.retain(op.cache.memory)
        let plan = plan(for: op)
        let partials = scratch.take(
            Float.self, count: plan.partialCapacity * zonda_attention_partial_floats(shape.head_size))
        let group = memory.group(op.cache.group)
        let arguments = recording.copy([
            zonda_attention(
                shape: shape, heads: plan.heads, scale: op.scale, soft_cap: op.softcap ?? 0, query: query.base,
                output: output.base, query_stride: query.stride, output_stride: output.stride,
                pages: try op.cache.pages, page_stride: zonda_kv_page_bytes(shape), spans: memory.spans.base,
                tables: group.tables.base, table_offsets: group.offsets.base, plan: plan.plan, partials: partials,
                scratch: scratch.takeBytes(zonda_attention_scratch_bytes() * threadCount).assumingMemoryBound(
                    to: UInt8.self))
        ])
        // Tables are the one input that may move.
        recording.prepare { _ in arguments.pointee.tables = UnsafePointer(group.tables.base) }
        recording.add(
            arguments, itemsAt: Self.count(plan.plan, \.item_count), work: kernels.pointee.attention.attend)
        recording.add(
            arguments, itemsAt: Self.count(plan.plan, \.merge_count), work: kernels.pointee.attention.merge)
    }

    private static func count(
        _ plan: UnsafeMutablePointer<zonda_attention_plan>, _ path: WritableKeyPath<zonda_attention_plan, Int32>
    ) -> UnsafePointer<Int32>? {
        MemoryLayout<zonda_attention_plan>.offset(of: path).map {
            UnsafePointer((UnsafeMutableRawPointer(plan) + $0).assumingMemoryBound(to: Int32.self))
        }
    }

    private func plan(for op: AttentionOp) -> AttentionPlan {
        let key = AttentionPlan.Key(heads: op.heads, kvHeads: op.cache.spec.kvHeads, window: op.window ?? 0)
        if let plan = attentionPlans[key] { return plan }
        let context = min(op.cache.pageCount * KVCache.pageSize, op.window ?? .max)
        let plan = AttentionPlan(
            key, rows: op.query.rows, context: context, threadCount: threadCount, in: recording)
        attentionPlans[key] = plan
        return plan
    }
}

private struct RopeStoreJob: BitwiseCopyable {
    /// As many as one item of the store kernel takes.
    static let rowsPerItem = ZONDA_PAGE_TOKENS

    var kernels: UnsafePointer<zonda_kernels>
    var query: RowView
    var key: RowView
    var store: zonda_kv_store
    var queryNorm: zonda_norm?
    var keyNorm: zonda_norm?
    var rope: zonda_rope?

    mutating func run(_ item: Int32, _ thread: Int32) {
        let first = Int(item) * Self.rowsPerItem
        let count = min(Self.rowsPerItem, key.rows - first)
        normAndTurn(query, queryNorm, first, count)
        normAndTurn(key, keyNorm, first, count)
        let heads = store.shape.kv_heads
        for head in 0..<heads { kernels.pointee.attention.store(&store, item * heads + head, thread) }
    }

    private func normAndTurn(_ values: RowView, _ norm: zonda_norm?, _ first: Int, _ count: Int) {
        let columns = Int32(values.columns)
        if var norm {
            kernels.pointee.rows.norm(
                values.reading(from: first), values.writing(from: first), Int32(count), columns, &norm)
        }
        if var rope { kernels.pointee.rows.rope(values.writing(from: 0), Int32(first), Int32(count), columns, &rope) }
    }
}

extension KVSpec {
    /// - Throws: `unsupported` for a type or head size that the kernels lack.
    var kernelShape: zonda_kv_shape {
        get throws(ZondaError) {
            let type: zonda_kv_type? =
                switch dtype {
                case .f32: ZONDA_KV_F32
                case .f16: ZONDA_KV_F16
                case .q8_0: ZONDA_KV_Q8_0
                default: nil
                }
            if let type, let kvHeads = Int32(exactly: kvHeads), let headSize = Int32(exactly: headSize) {
                let shape = zonda_kv_shape(type: type, kv_heads: kvHeads, head_size: headSize)
                if zonda_kv_page_bytes(shape) > 0 { return shape }
            }
            throw ZondaError(
                .unsupported, "a KV cache of type \(dtype.rawValue) with \(kvHeads) heads of \(headSize) values",
                remedy: [.bf16, .fp8].contains(dtype)
                    ? "only a GPU keeps them so (`--device cuda:0`); use f16, f32 or q8_0 on a CPU"
                    : "f16, f32 and q8_0 are supported, with heads of at most \(ZONDA_MAX_HEAD_SIZE) values")
        }
    }
}

extension KVCache {
    /// Where the pages lie.
    fileprivate var pages: UnsafeMutableRawPointer {
        get throws(ZondaError) {
            let needed = pageCount * zonda_kv_page_bytes(try spec.kernelShape)
            guard memory.byteCount >= needed, let base = UnsafeMutableRawPointer(bitPattern: memory.address) else {
                throw ZondaError(
                    .internalFault, "\(pageCount) pages need \(needed) bytes and have \(memory.byteCount)",
                    remedy: "report this")
            }
            return base
        }
    }
}

extension CPUDevice {
    public func pageByteCount(of spec: KVSpec) throws(ZondaError) -> Int { zonda_kv_page_bytes(try spec.kernelShape) }
}
