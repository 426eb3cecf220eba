import CZondaKernels
import Testing
import ZondaCUDA

extension Kernels {
    /// rope_store against plain loops: the queries, and each byte of the pages.
    @Suite struct RopeStoreTests {
        struct Form: Sendable, CustomStringConvertible {
            var type = CacheType.f16
            var headSize = 64
            var norm = ZONDA_HEAD_NORM_NONE
            var isWhole = false
            var style = ZONDA_ROPE_HALVES
            var rotarySize = 64
            let heads = 6, kvHeads = 2
            let rows = 5, launchedRows = 7, positions = 40

            var description: String {
                "\(type), head \(headSize), norm \(norm.rawValue)\(isWhole ? " whole" : ""), "
                    + "style \(style.rawValue), \(rotarySize) turn"
            }
        }

        static let forms: [Form] =
            CacheType.allCases.flatMap { type in
                [20, 64, 80, 256].map { Form(type: type, headSize: $0, style: ZONDA_ROPE_INTERLEAVED, rotarySize: $0) }
            }
            + [ZONDA_HEAD_NORM_RMS, ZONDA_HEAD_NORM_LAYER].flatMap { norm in
                [false, true].map { Form(type: .f32, headSize: 64, norm: norm, isWhole: $0, rotarySize: 32) }
            } + [
                Form(style: ZONDA_ROPE_NONE),
                Form(type: .e4m3, headSize: 128, norm: ZONDA_HEAD_NORM_RMS, rotarySize: 128),
            ]

        @Test(arguments: forms) func equalsPlainLoops(_ form: Form) throws {
            try check(.fast(architecture: 90), form)
        }

        @Test(arguments: Player.emulated.filter(\.isChecked)) func everyAccess(_ player: Player) throws {
            for type in CacheType.allCases {
                try check(player, Form(type: type, headSize: 20, norm: ZONDA_HEAD_NORM_LAYER, rotarySize: 20))
            }
            try check(player, Form(headSize: 16, norm: ZONDA_HEAD_NORM_RMS, isWhole: true, rotarySize: 8))
        }

        /// One buffer holds query, key and value of a row side by side, as a fused projection leaves them.
        private func check(_ player: Player, _ form: Form) throws {
            let bench = try Bench(player)
            var random = Random()
            let (size, heads, kvHeads) = (form.headSize, form.heads, form.kvHeads)
            let stride = (heads + 2 * kvHeads) * size
            var input = random.floats(form.launchedRows * stride)
            input[(heads + kvHeads) * size] = 70000
            let queryWeight = random.floats((form.isWhole ? heads : 1) * size)
            let keyWeight = random.floats((form.isWhole ? kvHeads : 1) * size)
            let bias = random.floats(keyWeight.count)
            let tables = (0..<2).map { _ in random.floats(form.positions * form.rotarySize, in: -1...1) }
            let positions = (0..<form.launchedRows).map { $0 * 5 % form.positions }
            let variants = (0..<form.launchedRows).map { $0 % 2 }
            var slots = (0..<form.launchedRows).map { ($0 * 37 + 5) % 96 }
            slots[3] = -1
            let pageByteCount = Int(zonda_cache_page_bytes(form.type.code, Int32(kvHeads), Int32(size)))

            let rows = try bench.buffer(input.words)
            let weights = try bench.buffer((queryWeight + keyWeight + bias).words)
            let table = try bench.buffer((tables[0] + tables[1]).words)
            let indices = try bench.buffer(
                ([form.rows] + positions + variants + slots).map { UInt32(bitPattern: Int32($0)) })
            let pages = try bench.buffer([UInt32](repeating: 0xA5A5_A5A5, count: 3 * pageByteCount / 4))
            var arguments = zonda_rope_store_arguments()
            arguments.query = rows.address
            arguments.key = rows.address + UInt64(heads * size * 4)
            arguments.value = rows.address + UInt64((heads + kvHeads) * size * 4)
            (arguments.query_stride, arguments.key_stride, arguments.value_stride) =
                (Int32(stride), Int32(stride), Int32(stride))
            arguments.query_norm.weight = weights.address
            arguments.key_norm.weight = weights.address + UInt64(queryWeight.count * 4)
            arguments.key_norm.bias = weights.address + UInt64((queryWeight.count + keyWeight.count) * 4)
            arguments.query_norm.kind = Int32(form.norm.rawValue)
            arguments.key_norm.kind = Int32(form.norm.rawValue)
            (arguments.query_norm.whole, arguments.key_norm.whole) = (form.isWhole ? 1 : 0, form.isWhole ? 1 : 0)
            (arguments.query_norm.epsilon, arguments.key_norm.epsilon) = (1e-5, 1e-5)
            arguments.tables.0 = table.address
            arguments.tables.1 = table.address + UInt64(tables[0].count * 4)
            arguments.row_count = indices.address
            arguments.positions = indices.address + 4
            arguments.variants = indices.address + UInt64(4 + 4 * form.launchedRows)
            arguments.write_slots = indices.address + UInt64(4 + 8 * form.launchedRows)
            (arguments.pages, arguments.page_bytes) = (pages.address, Int64(pageByteCount))
            (arguments.heads, arguments.kv_heads, arguments.head_size) = (Int32(heads), Int32(kvHeads), Int32(size))
            (arguments.style, arguments.rotary_size) = (Int32(form.style.rawValue), Int32(form.rotarySize))
            let blocks = zonda_rope_store_head_blocks(Int32(heads), Int32(kvHeads), form.isWhole ? 1 : 0)
            try bench.function("rope_store<\(form.type)>", in: "rope_store.cu").launch(
                LaunchShape(
                    grid: .init(form.launchedRows, Int(blocks)), block: .init(128), sharedByteCount: 16 + 4 * 256 * 4),
                on: bench.stream, KernelArguments(arguments))
            let output = try bench.words(of: rows, count: input.count).floats
            let cache = try bench.words(of: pages, count: 3 * pageByteCount / 4)

            var expected = CachePages(form.type, kvHeads: kvHeads, headSize: size, words: cache)
            for row in 0..<form.launchedRows {
                for part in 0..<3 {
                    let first = row * stride + [0, heads, heads + kvHeads][part] * size
                    let count = (part == 0 ? heads : kvHeads) * size
                    var values = input[first..<first + count].map(Double.init)
                    if row < form.rows, part < 2 {
                        normalize(&values, form, part == 0 ? queryWeight : keyWeight, part == 0 ? nil : bias)
                        turn(&values, form, tables[variants[row]], positions[row])
                    }
                    if part == 0 {
                        for (i, value) in values.enumerated() {
                            #expect(abs(Double(output[first + i]) - value) < 1e-5 * (1 + abs(value)), "\(form)")
                        }
                    } else if row < form.rows, slots[row] >= 0 {
                        for head in 0..<kvHeads {
                            let own = Array(values[head * size..<(head + 1) * size])
                            let error = expected.check(own, half: part - 1, head: head, slot: slots[row])
                            #expect(error <= 1, "\(form): \(error) of the tolerance")
                        }
                    }
                }
            }
            #expect(expected.untouchedAreIntact(filledWith: 0xA5), "\(form): writes where it should not")
        }

        private func normalize(_ values: inout [Double], _ form: Form, _ weight: [Float], _ bias: [Float]?) {
            guard form.norm != ZONDA_HEAD_NORM_NONE else { return }
            let run = form.isWhole ? values.count : form.headSize
            for first in stride(from: 0, to: values.count, by: run) {
                let own = values[first..<first + run]
                let mean = form.norm == ZONDA_HEAD_NORM_LAYER ? own.reduce(0, +) / Double(run) : 0
                let variance = own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(run)
                for i in 0..<run {
                    let normed = (values[first + i] - mean) / (variance + 1e-5).squareRoot()
                    values[first + i] = normed * Double(weight[i]) + Double(bias?[i] ?? 0)
                }
            }
        }

        private func turn(_ values: inout [Double], _ form: Form, _ table: [Float], _ position: Int) {
            guard form.style != ZONDA_ROPE_NONE else { return }
            let half = form.rotarySize / 2
            for head in stride(from: 0, to: values.count, by: form.headSize) {
                for pair in 0..<half {
                    let isHalves = form.style == ZONDA_ROPE_HALVES
                    let first = head + (isHalves ? pair : 2 * pair)
                    let second = isHalves ? first + half : first + 1
                    let cosine = Double(table[position * form.rotarySize + pair])
                    let sine = Double(table[position * form.rotarySize + half + pair])
                    let (a, b) = (values[first], values[second])
                    values[first] = a * cosine - b * sine
                    values[second] = b * cosine + a * sine
                }
            }
        }
    }
}
