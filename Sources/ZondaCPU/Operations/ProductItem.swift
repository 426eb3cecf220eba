import CZondaSIMD

/// A block of one part's product: rows by outputs. Any split gives the same bits, so this is about speed only.
struct ProductItem: BitwiseCopyable {
    var part: Int32 = 0
    var first: Int32
    var end: Int32
    var firstRow: Int32
    var endRow: Int32

    var width: Int { Int(end - first) }
    var height: Int { Int(endRow - firstRow) }
    var valueCount: Int { width * height }

    /// Items per thread: enough that the last ones to finish leave the others waiting for a few percent of the job.
    private static let itemsPerThread = 8
    /// Values of a block that an epilogue reads again: half of a second-level cache of 512 KiB, in float32.
    private static let blockValueCount = 64 << 10

    /// Outputs of one item when `total` outputs of few rows are shared out.
    static func width(of total: Int, _ kernels: zonda_linear_kernels, threadCount: Int) -> Int {
        let wanted = threadCount * itemsPerThread
        return roundUp((total + wanted - 1) / wanted, Int(kernels.output_rows))
    }

    /// Splits `rows` rows by parts of so many outputs each.
    static func split(
        _ outputs: [Int], rows: Int, _ kernels: zonda_linear_kernels, threadCount: Int
    ) -> [ProductItem] {
        var width = width(of: outputs.reduce(0, +), kernels, threadCount: threadCount)
        var height = rows
        if rows > Int(kernels.few_rows) {
            // Weights are unpacked once per item: all rows, unless that leaves too few items to share out.
            let granule = Int(kernels.output_rows)
            width = min(width, max(blockValueCount / rows / granule, 1) * granule)
            let columnItems = outputs.reduce(0) { $0 + ($1 + width - 1) / width }
            let rowItems = max(1, min(threadCount * itemsPerThread / columnItems, rows / 64))
            height = roundUp((rows + rowItems - 1) / rowItems, Int(kernels.panel_rows))
        }
        var items: [ProductItem] = []
        for (part, count) in outputs.enumerated() {
            for first in stride(from: 0, to: count, by: width) {
                for row in stride(from: 0, to: rows, by: height) {
                    items.append(
                        ProductItem(
                            part: Int32(part), first: Int32(first), end: Int32(min(first + width, count)),
                            firstRow: Int32(row), endRow: Int32(min(row + height, rows))))
                }
            }
        }
        return items
    }

    private static func roundUp(_ value: Int, _ granule: Int) -> Int { (value + granule - 1) / granule * granule }
}

/// The values of one item, rows `stride` apart.
struct Block: BitwiseCopyable {
    var base: UnsafeMutablePointer<Float>
    var stride: Int

    init(_ base: UnsafeMutablePointer<Float>, stride: Int) {
        self.base = base
        self.stride = stride
    }

    /// A block without gaps.
    init(_ base: UnsafeMutablePointer<Float>, _ item: ProductItem) { self.init(base, stride: item.width) }

    var reading: zonda_const_rows { zonda_const_rows(values: base, stride: stride) }
    var writing: zonda_rows { zonda_rows(values: base, stride: stride) }
}

extension RowView {
    func block(_ item: ProductItem) -> Block {
        Block(base + Int(item.firstRow) * stride + Int(item.first), stride: stride)
    }
}
