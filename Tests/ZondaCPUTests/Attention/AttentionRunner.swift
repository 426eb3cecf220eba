import CZondaSIMD
import Testing

/// Runs sequences of a scene through the kernels, step by step, over one set of pages. Pages begin as all ones (NaN in
/// every float type), lie in no order, and are given up (-1) as soon as a window has left them behind.
final class AttentionRunner {
    private let scene: AttentionScene
    private let kernels: zonda_kernels
    private let pool: OpaquePointer
    private let threads: Int32
    private let pages: UnsafeMutableRawPointer
    private let pageBytes: Int
    private let pageOrder: [Int32]
    private let pagesPerSequence: Int
    private(set) var spreadSteps = 0

    init(_ scene: AttentionScene, _ set: InstructionSet, threads: Int, sequences: Int) throws {
        self.scene = scene
        self.threads = Int32(threads)
        kernels = set.kernels
        pool = try #require(zonda_pool_create(Int32(threads)))
        pageBytes = zonda_kv_page_bytes(scene.shape)
        try #require(pageBytes > 0)
        pagesPerSequence = (scene.tokenCount + 31) / 32
        var random = TestRandom(seed: 99)
        pageOrder = (0..<Int32(pagesPerSequence * sequences)).shuffled(using: &random)
        pages = .allocate(byteCount: pageBytes * pageOrder.count, alignment: 64)
        pages.initializeMemory(as: UInt8.self, repeating: 0xFF, count: pageBytes * pageOrder.count)
    }

    deinit {
        pages.deallocate()
        zonda_pool_destroy(pool)
    }

    /// The next `count` tokens of a sequence.
    struct Chunk {
        var sequence: Int
        var first: Int
        var count: Int
    }

    /// One step: stores the chunks' keys and values, then attends; results go to `outputs[sequence]`.
    func step(_ chunks: [Chunk], _ inputs: [AttentionScene.Inputs], into outputs: inout [[Float]]) throws {
        let (width, keyWidth) = (scene.queryWidth, scene.keyWidth)
        var (query, key, value) = ([Float](), [Float](), [Float]())
        var (slots, tables, offsets) = ([Int32](), [Int32](), [Int32]())
        var spans: [zonda_span] = []
        for chunk in chunks {
            let source = inputs[chunk.sequence]
            let end = chunk.first + chunk.count
            spans.append(
                zonda_span(
                    first_row: Int32(query.count / width), row_count: Int32(chunk.count),
                    first_position: Int32(chunk.first)))
            query += source.query[chunk.first * width..<end * width]
            key += source.key[chunk.first * keyWidth..<end * keyWidth]
            value += source.value[chunk.first * keyWidth..<end * keyWidth]
            let pageOf = { self.pageOrder[chunk.sequence * self.pagesPerSequence + $0] }
            slots += (chunk.first..<end).map { pageOf($0 / 32) * 32 + Int32($0 % 32) }
            offsets.append(Int32(tables.count))
            let firstSeen = scene.window > 0 ? max(0, chunk.first - scene.window + 1) : 0
            tables += (0..<pagesPerSequence).map { $0 < firstSeen / 32 ? -1 : pageOf($0) }
        }
        var output = [Float](repeating: .nan, count: query.count)
        try run(
            query: query, key: key, value: value, slots: slots, tables: tables, offsets: offsets, spans: spans,
            output: &output)
        for (chunk, span) in zip(chunks, spans) {
            let rows = Int(span.first_row) * width..<(Int(span.first_row) + chunk.count) * width
            outputs[chunk.sequence].replaceSubrange(
                chunk.first * width..<(chunk.first + chunk.count) * width, with: output[rows])
        }
    }

    private func run(
        query: [Float], key: [Float], value: [Float], slots: [Int32], tables: [Int32], offsets: [Int32],
        spans: [zonda_span], output: inout [Float]
    ) throws {
        let rows = Int32(slots.count)
        let limits = zonda_attention_plan_limits(
            scene.groups, rows, Int32(spans.count), Int32(scene.tokenCount), threads)
        let items = UnsafeMutablePointer<zonda_attention_item>.allocate(capacity: Int(limits.items))
        let merges = UnsafeMutablePointer<zonda_attention_item>.allocate(capacity: Int(limits.merges))
        let floats = zonda_attention_partial_floats(Int32(scene.headSize))
        let partials = UnsafeMutablePointer<Float>.allocate(capacity: floats * Int(limits.partials))
        let scratch = UnsafeMutableRawPointer.allocate(
            byteCount: zonda_attention_scratch_bytes() * Int(threads), alignment: 64)
        scratch.initializeMemory(
            as: UInt8.self, repeating: 0xFF, count: zonda_attention_scratch_bytes() * Int(threads))
        let plan = UnsafeMutablePointer<zonda_attention_plan>.allocate(capacity: 1)
        defer {
            items.deallocate()
            merges.deallocate()
            partials.deallocate()
            scratch.deallocate()
            plan.deallocate()
        }
        plan.initialize(
            to: zonda_attention_plan(
                items: items, item_capacity: limits.items, merges: merges, merge_capacity: limits.merges,
                partial_capacity: limits.partials, item_count: 0, merge_count: 0, partial_count: 0))
        try #require(zonda_attention_make_plan(plan, scene.groups, spans, Int32(spans.count), threads))
        if plan.pointee.merge_count > 0 { spreadSteps += 1 }

        key.withUnsafeBufferPointer { key in
            value.withUnsafeBufferPointer { value in
                slots.withUnsafeBufferPointer { slots in
                    var store = zonda_kv_store(
                        shape: scene.shape, keys: key.baseAddress!, values: value.baseAddress!,
                        key_stride: scene.keyWidth, value_stride: scene.keyWidth, slots: slots.baseAddress!, rows: rows,
                        pages: pages, page_stride: pageBytes)
                    let items = zonda_kv_store_item_count(rows, Int32(scene.kvHeads))
                    withUnsafePointer(to: &store) { store in
                        let job = zonda_job(
                            work: kernels.attention.store, arguments: store, item_count_at: nil, item_count: items,
                            serial: false)
                        zonda_pool_run(pool, [job], 1)
                    }
                }
            }
        }
        query.withUnsafeBufferPointer { query in
            output.withUnsafeMutableBufferPointer { output in
                spans.withUnsafeBufferPointer { spans in
                    tables.withUnsafeBufferPointer { tables in
                        offsets.withUnsafeBufferPointer { offsets in
                            var attention = zonda_attention(
                                shape: scene.shape, heads: scene.groups, scale: scene.scale, soft_cap: scene.softCap,
                                query: query.baseAddress!, output: output.baseAddress!, query_stride: scene.queryWidth,
                                output_stride: scene.queryWidth, pages: pages, page_stride: pageBytes,
                                spans: spans.baseAddress!, tables: tables.baseAddress!,
                                table_offsets: offsets.baseAddress!, plan: plan, partials: partials,
                                scratch: scratch.assumingMemoryBound(to: UInt8.self))
                            attend(&attention, plan)
                        }
                    }
                }
            }
        }
    }

    private func attend(_ attention: UnsafePointer<zonda_attention>, _ plan: UnsafePointer<zonda_attention_plan>) {
        let jobs = [
            zonda_job(
                work: kernels.attention.attend, arguments: attention, item_count_at: nil,
                item_count: plan.pointee.item_count, serial: false),
            zonda_job(
                work: kernels.attention.merge, arguments: attention, item_count_at: nil,
                item_count: plan.pointee.merge_count, serial: false),
        ]
        zonda_pool_run(pool, jobs, 2)
    }
}
