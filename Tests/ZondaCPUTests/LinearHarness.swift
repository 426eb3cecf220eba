import CZondaSIMD
import TestSupport
import Testing
import ZondaCPU
import ZondaCore
import ZondaFormats

/// The kernels of every instruction set that this machine has.
var availableKernels: [zonda_kernels] {
    (0..<UInt32(ZONDA_ISA_COUNT)).compactMap { zonda_kernels_for(zonda_isa(rawValue: $0))?.pointee }
}

/// Every type that weights come in.
let weightTypes = DType.allCases.filter { $0.kernelType != nil }

/// Memory for one call of C, 64-aligned and filled with garbage so that what is not written shows.
final class CBuffer {
    let start: UnsafeMutableRawPointer
    let byteCount: Int

    init(byteCount: Int) {
        self.byteCount = byteCount
        start = .allocate(byteCount: max(byteCount, 1), alignment: 64)
        start.initializeMemory(as: UInt8.self, repeating: 0xAB, count: max(byteCount, 1))
    }

    deinit { start.deallocate() }
}

/// A weight as a file has it: bytes, their values, and packed.
final class TestWeight {
    let dtype: DType
    let rows: Int
    let columns: Int
    let bytes: [UInt8]
    let values: [Float]
    let packed: CBuffer

    /// - Parameter block: bytes of each block.
    init(_ dtype: DType, rows: Int, columns: Int, block: () -> [UInt8]) throws {
        self.dtype = dtype
        self.rows = rows
        self.columns = columns
        let bytes = (0..<rows * columns / dtype.blockSize).flatMap { _ in block() }
        self.bytes = bytes
        values = try Dequantize.values(dtype, bytes.span.bytes, count: rows * columns)
        let type = try #require(dtype.kernelType)
        packed = CBuffer(byteCount: zonda_packed_bytes(type, Int32(rows), Int32(columns)))
        let tileBytes = zonda_packed_tile_bytes(type, Int32(columns))
        let stride = columns / dtype.blockSize * dtype.blockBytes
        for first in Swift.stride(from: 0, to: rows, by: 16) {
            let done = bytes.withUnsafeBytes { bytes in
                zonda_pack_tile(
                    type, bytes.baseAddress! + first * stride, stride, Int32(min(16, rows - first)), Int32(columns),
                    packed.start + first / 16 * tileBytes)
            }
            #expect(done, "\(dtype) tile at row \(first) was refused")
        }
    }

    var descriptor: zonda_weight {
        zonda_weight(
            type: dtype.kernelType!, rows: Int32(rows), columns: Int32(columns), packed: packed.start, file_rows: nil,
            file_stride: 0)
    }

    func unpackedRow(_ row: Int, by kernels: zonda_kernels) -> [Float] {
        let scratch = CBuffer(byteCount: kernels.linear.scratch_bytes)
        var weight = descriptor
        return [Float](unsafeUninitializedCapacity: columns) { buffer, count in
            kernels.linear.unpack_row(&weight, Int32(row), buffer.baseAddress, scratch.start)
            count = columns
        }
    }
}

/// How a product is cut into calls.
enum Split { case whole, pieces }

extension TestWeight {
    /// `rows` rows of x (row i is row `index[i]`) times this weight, row-major.
    func product(
        with x: [Float], rows: Int, by kernels: zonda_kernels, exact: Bool = false, split: Split = .whole,
        index: [Int32]? = nil, bias: [Float]? = nil
    ) -> [Float] {
        let linear = kernels.linear
        let kind = zonda_panels_for(dtype.kernelType!, exact)
        let panels = CBuffer(byteCount: zonda_panel_bytes(kind, Int32(rows), Int32(columns)))
        let scratch = CBuffer(byteCount: linear.scratch_bytes)
        let rowStep = split == .whole ? rows : Int(linear.panel_rows)
        let outputStep = split == .whole ? self.rows : Int(linear.output_rows)
        for first in stride(from: 0, to: rows, by: rowStep) {
            linear.make_panels(
                kind, x, columns, index, Int32(rows), Int32(columns), Int32(first), Int32(min(first + rowStep, rows)),
                panels.start)
        }
        // One float between rows that must not be written.
        var output = [Float](repeating: 12345, count: rows * (self.rows + 1))
        output.withUnsafeMutableBufferPointer { output in
            (bias ?? []).withUnsafeBufferPointer { bias in
                var op = zonda_linear_op(
                    weight: descriptor, kind: kind, panels: panels.start, rows: Int32(rows),
                    bias: bias.isEmpty ? nil : bias.baseAddress, out: output.baseAddress, out_stride: self.rows + 1)
                let step = rows <= Int(linear.few_rows) ? rows : rowStep
                for row in stride(from: 0, to: rows, by: step) {
                    for first in stride(from: 0, to: self.rows, by: outputStep) {
                        linear.linear(
                            &op, Int32(row), Int32(min(row + step, rows)), Int32(first),
                            Int32(min(first + outputStep, self.rows)), scratch.start)
                    }
                }
            }
        }
        #expect((0..<rows).allSatisfy { output[$0 * (self.rows + 1) + self.rows] == 12345 })
        return (0..<rows).flatMap { output[$0 * (self.rows + 1)..<$0 * (self.rows + 1) + self.rows] }
    }
}

/// Random blocks of a type: those of the golden file, or for types that it lacks random bits with a small scale.
struct BlockSource {
    let dtype: DType
    let blocks: [[UInt8]]

    /// - Parameter finite: leaves out blocks with an infinity or NaN.
    init(_ dtype: DType, finite: Bool = true) throws {
        self.dtype = dtype
        var random = SplitMix64(seed: 5)
        let size = dtype.blockBytes
        let golden = try SafetensorsModel(path: Golden.path("ggml_types.safetensors"))
        let bytes: [UInt8]
        if let tensor = try? golden.tensor("\(dtype.rawValue).bytes") {
            bytes = try tensor.bytes().withUnsafeBytes { Array($0) }
        } else {
            bytes = (0..<64 * size).map { at in
                // f16 scales of Q1_0, Q2_0, Q8_1, Q8_K's float and plain numbers begin a block: keep them near one.
                let byte = UInt8(truncatingIfNeeded: random.next())
                return at % size == (size == 292 || size == 4 ? 3 : 1) ? byte & 0xBB | 0x38 : byte
            }
        }
        let all = stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<$0 + size]) }
        blocks = try all.filter {
            try !finite || Dequantize.values(dtype, $0.span.bytes, count: dtype.blockSize).allSatisfy(\.isFinite)
        }
    }
}
