import CZondaKernels
import Foundation
import Testing
import ZondaCUDA

/// Sequences whose keys and values `rope_store` put into shuffled pages; whatever was not written there is not a number.
final class AttentionScene {
    let shape: AttentionShape
    let bench: Bench
    private let pages: DeviceBuffer
    private var keys: [[Float]] = []
    private var values: [[Float]] = []
    private var pageLists: [[Int32]] = []

    init(_ player: Player, _ shape: AttentionShape, contexts: [Int]) throws {
        self.shape = shape
        bench = try Bench(player)
        var random = Random()
        let pageCounts = contexts.map { ($0 + 31) / 32 }
        var free = (0..<Int32(pageCounts.reduce(2, +))).shuffled(using: &random)
        let wordCount = free.count * shape.pageByteCount / 4
        // In checked mode new memory is known as uninitialized, and full of NaN as well.
        let nothing = [UInt32](repeating: .max, count: wordCount)
        pages = try player.isChecked ? bench.emptyBuffer(wordCount: wordCount) : bench.buffer(nothing)
        for (context, count) in zip(contexts, pageCounts) {
            let list = Array(free.prefix(count))
            free.removeFirst(count)
            let key = random.floats(context * shape.kvWidth, in: -2...2)
            let value = random.floats(context * shape.kvWidth, in: -2...2)
            pageLists.append(list)
            try store(key, value, slots: (0..<context).map { list[$0 / 32] * 32 + Int32($0 % 32) })
            keys.append(stored(key))
            values.append(stored(value))
        }
    }

    private func stored(_ rows: [Float]) -> [Float] {
        stride(from: 0, to: rows.count, by: shape.headSize)
            .flatMap { shape.type.stored(Array(rows[$0..<$0 + shape.headSize])) }
    }

    private func store(_ key: [Float], _ value: [Float], slots: [Int32]) throws {
        let query = try bench.emptyBuffer(wordCount: slots.count * shape.width)
        let key = try bench.buffer(key.words)
        let value = try bench.buffer(value.words)
        let counts = try bench.buffer([UInt32(slots.count)])
        let writeSlots = try bench.buffer(slots.map { UInt32(bitPattern: $0) })
        var arguments = zonda_rope_store_arguments()
        (arguments.query, arguments.key, arguments.value) = (query.address, key.address, value.address)
        (arguments.row_count, arguments.write_slots) = (counts.address, writeSlots.address)
        (arguments.pages, arguments.page_bytes) = (pages.address, Int64(shape.pageByteCount))
        arguments.query_stride = Int32(shape.width)
        (arguments.key_stride, arguments.value_stride) = (Int32(shape.kvWidth), Int32(shape.kvWidth))
        // The queries are not initialized and not wanted.
        (arguments.heads, arguments.kv_heads, arguments.head_size) = (0, Int32(shape.kvHeads), Int32(shape.headSize))
        try launch(
            "rope_store<\(shape.type)>", in: "rope_store.cu", arguments,
            grid: .init(slots.count, Int(zonda_rope_store_head_blocks(0, arguments.kv_heads, 0))), threads: 128,
            shared: 16 + 4 * 256 * 4)
        try bench.stream.synchronize()
    }

    private func launch<Arguments: BitwiseCopyable>(
        _ kernel: String, in file: String, _ arguments: Arguments, grid: LaunchShape.Extent, threads: Int, shared: Int,
        overlaps: Bool = false
    ) throws {
        let function = try bench.function(kernel, in: file)
        try function.allowDynamicShared(byteCount: shared)
        let launch = LaunchShape(
            grid: grid, block: .init(threads), sharedByteCount: shared, overlapsPrevious: overlaps)
        try function.launch(launch, on: bench.stream, KernelArguments(arguments))
    }

    enum Path: CaseIterable, Sendable { case fast, promptOnly, plain }

    /// The outputs of the rows of all spans; row by row the same queries whatever else is in the step.
    func run(_ spans: [AttentionSpan], _ path: Path) throws -> [Float] {
        let rowCount = spans.map(\.count).reduce(0, +)
        let query = try bench.buffer(spans.flatMap(queries).words)
        let output = try bench.buffer([UInt32](repeating: .max, count: rowCount * shape.width))
        var (tables, offsets, places, row) = ([Int32](), [Int32](), [Int32](), 0)
        for span in spans {
            offsets.append(Int32(tables.count))
            places += [Int32(row), Int32(span.count), Int32(span.first)]
            row += span.count
            let firstPage = shape.window > 0 ? max(0, span.first - shape.window + 1) / 32 : 0
            for page in 0...(span.first + span.count - 1) / 32 {
                tables.append(page < firstPage ? -1 : pageLists[span.sequence][page])
            }
        }
        let spanBuffer = try bench.buffer(places.map { UInt32(bitPattern: $0) })
        let offsetBuffer = try bench.buffer(offsets.map { UInt32(bitPattern: $0) })
        let tableBuffer = try bench.buffer(tables.map { UInt32(bitPattern: $0) })
        let spanCount = try bench.buffer([UInt32(spans.count)])
        var arguments = zonda_paged_attention_arguments()
        (arguments.query, arguments.output) = (query.address, output.address)
        (arguments.spans, arguments.span_count) = (spanBuffer.address, spanCount.address)
        (arguments.table_offsets, arguments.tables) = (offsetBuffer.address, tableBuffer.address)
        (arguments.pages, arguments.page_bytes) = (pages.address, Int64(shape.pageByteCount))
        (arguments.query_stride, arguments.output_stride) = (Int32(shape.width), Int32(shape.width))
        (arguments.heads, arguments.kv_heads) = (Int32(shape.heads), Int32(shape.kvHeads))
        (arguments.head_size, arguments.window) = (Int32(shape.headSize), Int32(shape.window))
        (arguments.scale, arguments.soft_cap) = (shape.scale, shape.softcap)
        if path == .plain {
            try launch(
                "attention_plain<\(shape.type)>", in: "attention_plain.cu", arguments,
                grid: .init(rowCount, shape.heads), threads: 128, shared: Int(zonda_attention_plain_shared()))
        } else {
            try runFast(arguments, rowCount: rowCount, spanCount: spans.count, promptOnly: path == .promptOnly)
        }
        return try bench.words(of: output, count: rowCount * shape.width).floats
    }

    private func runFast(
        _ base: zonda_paged_attention_arguments, rowCount: Int, spanCount: Int, promptOnly: Bool
    ) throws {
        let (heads, kvHeads, headSize) = (base.heads, base.kv_heads, base.head_size)
        let context = Int32(pageLists.map { $0.count * 32 }.max() ?? 0)
        let tileCapacity = zonda_attention_most_tiles(Int32(rowCount), Int32(spanCount), Int32(shape.group), headSize)
        let splitCapacity = Int32(spanCount) * zonda_attention_most_splits(context, base.window)
        let counts = try bench.emptyBuffer(wordCount: 2)
        let tiles = try bench.emptyBuffer(wordCount: 2 * Int(tileCapacity))
        let splits = try bench.emptyBuffer(wordCount: 4 * Int(splitCapacity))
        let partials = try bench.emptyBuffer(
            wordCount: Int(zonda_attention_partial_floats(Int64(splitCapacity), heads, headSize)))
        let arrivalCount = Int(zonda_attention_arrival_words(Int32(spanCount), heads))
        let arrivals = try bench.buffer([UInt32](repeating: 0, count: arrivalCount))
        var plan = zonda_attention_plan_arguments()
        (plan.spans, plan.span_count, plan.counts) = (base.spans, base.span_count, counts.address)
        (plan.tiles, plan.splits) = (tiles.address, splits.address)
        (plan.tile_capacity, plan.split_capacity) = (tileCapacity, splitCapacity)
        (plan.group, plan.tile_rows) = (Int32(shape.group), zonda_attention_tile_rows(headSize))
        (plan.window, plan.prompt_only) = (base.window, promptOnly ? 1 : 0)
        var arguments = base
        (arguments.counts, arguments.tiles, arguments.splits) = (counts.address, tiles.address, splits.address)
        (arguments.partials, arguments.arrivals) = (partials.address, arrivals.address)
        try launch("attention_plan", in: "attention_plan.cu", plan, grid: .init(1), threads: 256, shared: 32)
        try launch(
            "attention_prompt\(shape.instance)", in: "attention_prompt.cu", arguments,
            grid: .init(Int(kvHeads), Int(tileCapacity)), threads: 128,
            shared: Int(zonda_attention_prompt_shared(shape.type.code, headSize)), overlaps: true)
        try launch(
            "attention_decode\(shape.instance)", in: "attention_decode.cu", arguments,
            grid: .init(3, Int(zonda_attention_head_blocks(heads, kvHeads))),
            threads: 32 * Int(zonda_attention_decode_warps(shape.type.code, headSize)),
            shared: Int(zonda_attention_decode_shared(shape.type.code, headSize)), overlaps: true)
        try #require(try bench.words(of: arrivals, count: arrivalCount).allSatisfy { $0 == 0 })
    }

    private func queries(_ span: AttentionSpan) -> [Float] {
        (0..<span.count).flatMap { row in
            var random = Random(state: UInt64(span.sequence * 100_003 + span.first + row + 1) &* 0x9E37_79B9_7F4A_7C15)
            return random.floats(shape.width, in: -3...3)
        }
    }

    /// softmax(cap(scale · q kᵀ)) v in float64 over what the cache holds.
    func exact(_ spans: [AttentionSpan]) -> [Double] {
        spans.flatMap { span in
            let queries = queries(span)
            return (0..<span.count).flatMap { row in
                (0..<shape.heads).flatMap { head in
                    let first = (row * shape.heads + head) * shape.headSize
                    return attend(
                        queries[first..<first + shape.headSize], span.sequence, position: span.first + row,
                        kvHead: head / shape.group)
                }
            }
        }
    }

    private func attend(_ query: ArraySlice<Float>, _ sequence: Int, position: Int, kvHead: Int) -> [Double] {
        let first = shape.window > 0 ? max(0, position - shape.window + 1) : 0
        func range(_ token: Int) -> Range<Int> {
            let start = token * shape.kvWidth + kvHead * shape.headSize
            return start..<start + shape.headSize
        }
        let scores = (first...position).map { token in
            var score = 0.0
            for (q, k) in zip(query, keys[sequence][range(token)]) { score += Double(q) * Double(k) }
            score *= Double(shape.scale)
            let cap = Double(shape.softcap)
            return cap > 0 ? cap * tanh(score / cap) : score
        }
        let highest = scores.max() ?? 0
        var (total, output) = (0.0, [Double](repeating: 0, count: shape.headSize))
        for (token, score) in zip(first...position, scores) {
            let weight = exp(score - highest)
            total += weight
            for (i, v) in values[sequence][range(token)].enumerated() { output[i] += weight * Double(v) }
        }
        return output.map { $0 / total }
    }
}
