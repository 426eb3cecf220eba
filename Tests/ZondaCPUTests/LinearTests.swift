import CZondaSIMD
import TestSupport
import Testing
import ZondaCPU
import ZondaCore

/// A type and the shapes that it is tried in.
private struct Shape: Sendable {
    let rows: Int
    let columns: Int
}

private func shapes(of dtype: DType) -> [Shape] {
    let block = dtype.blockSize
    let outputs = [1, 15, 16, 17, 64]
    let inputs = [block, 2 * block, 576, 896, 1536].filter { $0 % block == 0 } + (block == 1 ? [77, 257] : [])
    return inputs.enumerated().map { Shape(rows: outputs[$0.offset % outputs.count], columns: $0.element) }
        + [Shape(rows: 33, columns: inputs[inputs.count - 1])]
}

/// Normal values, every 97th channel 15 times larger, as activations of language models are.
private func activations(rows: Int, columns: Int) -> [Float] {
    var random = SplitMix64(seed: 11)
    return (0..<rows * columns).map { at in
        let sum = (0..<4).reduce(Float(0)) { sum, _ in sum + Float(random.next() >> 40) * 0x1p-24 }
        return (sum - 2) * 1.7 * (at % columns % 97 == 0 ? 15 : 1)
    }
}

private func weight(_ dtype: DType, _ shape: Shape, _ source: BlockSource) throws -> TestWeight {
    var random = SplitMix64(seed: 3)
    return try TestWeight(dtype, rows: shape.rows, columns: shape.columns) {
        source.blocks[Int(random.next() % UInt64(source.blocks.count))]
    }
}

/// The same bits, but for NaNs, which need only both be NaN.
private func same(_ a: some Sequence<Float>, _ b: some Sequence<Float>) -> Bool {
    zip(a, b).allSatisfy { $0.bitPattern == $1.bitPattern || $0.isNaN && $1.isNaN }
}

@Suite struct LinearTests {
    /// Errors are relative to the root mean square of an output over rows. Rounding to 15 bits per 256 values leaves
    /// 2e-4 (long rows) to 1e-3 (a block of 32); float32 3e-7 and more with fewer columns to average over.
    @Test(arguments: weightTypes) func productsAreRight(dtype: DType) throws {
        let source = try BlockSource(dtype)
        let rows = 6
        for shape in shapes(of: dtype) {
            let weight = try weight(dtype, shape, source)
            let x = activations(rows: rows, columns: shape.columns)
            for kernels in availableKernels {
                for exact in [false, true] {
                    let y = weight.product(with: x, rows: rows, by: kernels, exact: exact)
                    var squares = 0.0
                    var errors = 0.0
                    for row in 0..<rows {
                        for output in 0..<shape.rows {
                            var sum = 0.0
                            var magnitudes = 0.0  // the scale of an error, even where terms cancel
                            for k in 0..<shape.columns {
                                let w = Double(weight.values[output * shape.columns + k])
                                let term = Double(x[row * shape.columns + k]) * w
                                sum += term
                                magnitudes += term * term
                            }
                            let error = Double(y[row * shape.rows + output]) - sum
                            guard magnitudes > 0 else {
                                #expect(error == 0)
                                continue
                            }
                            errors += error * error / magnitudes
                            squares += 1
                        }
                    }
                    let rms = (errors / max(squares, 1)).squareRoot()
                    let limit = zonda_panels_for(weight.descriptor.type, exact) == ZONDA_PANELS_FLOAT ? 2e-6 : 1e-3
                    #expect(rms < limit, "\(dtype) \(shape) \(String(cString: kernels.name)) exact \(exact): \(rms)")
                }
            }
        }
    }

    /// A row's result does not depend on how many rows are computed with it, nor on how the work is cut into calls.
    @Test(arguments: weightTypes) func oneRowAndManyAreEqual(dtype: DType) throws {
        let source = try BlockSource(dtype)
        for shape in shapes(of: dtype).suffix(2) {
            let weight = try weight(dtype, shape, source)
            let x = activations(rows: 80, columns: shape.columns)
            for kernels in availableKernels {
                for exact in [false, true] {
                    let all = weight.product(with: x, rows: 80, by: kernels, exact: exact)
                    for rows in Array(1...17) + [64, 65, 80] {
                        for split in [Split.whole, .pieces] {
                            let y = weight.product(with: x, rows: rows, by: kernels, exact: exact, split: split)
                            #expect(
                                same(y, all.prefix(rows * shape.rows)),
                                "\(dtype) \(shape) \(String(cString: kernels.name)) exact \(exact) \(rows) rows \(split)"
                            )
                        }
                    }
                }
            }
        }
    }

    /// Integer sums are exact and float steps have one order, so all instruction sets give the same bits.
    @Test(arguments: weightTypes) func instructionSetsAgree(dtype: DType) throws {
        let source = try BlockSource(dtype)
        for shape in shapes(of: dtype) {
            let weight = try weight(dtype, shape, source)
            let x = activations(rows: 19, columns: shape.columns)
            for exact in [false, true] {
                let expected = weight.product(with: x, rows: 19, by: availableKernels[0], exact: exact)
                for kernels in availableKernels.dropFirst() {
                    let y = weight.product(with: x, rows: 19, by: kernels, exact: exact)
                    #expect(same(y, expected), "\(dtype) \(shape) \(String(cString: kernels.name)) exact \(exact)")
                }
            }
        }
    }

    @Test func manyRowsInChunks() throws {
        let source = try BlockSource(.q4_K)
        let weight = try weight(.q4_K, Shape(rows: 48, columns: 512), source)
        let x = activations(rows: 1100, columns: 512)
        for kernels in availableKernels {
            let all = weight.product(with: x, rows: 1100, by: kernels)
            for row in [0, 1, 511, 512, 513, 1099] {
                let one = weight.product(with: Array(x[row * 512..<(row + 1) * 512]), rows: 1, by: kernels)
                #expect(same(one, all[row * 48..<(row + 1) * 48]))
            }
        }
    }

    @Test func rowsByIndexAndBias() throws {
        let source = try BlockSource(.q8_0)
        let weight = try weight(.q8_0, Shape(rows: 20, columns: 96), source)
        let x = activations(rows: 9, columns: 96)
        let bias = (0..<20).map { Float($0) - 10 }
        for kernels in availableKernels {
            let plain = weight.product(with: x, rows: 9, by: kernels)
            for index: [Int32] in [[3], [8, 0, 0, 5], [8, 7, 6, 5, 4, 3, 2, 1, 0]] {
                let y = weight.product(with: x, rows: index.count, by: kernels, index: index, bias: bias)
                let expected = index.flatMap { row in (0..<20).map { plain[Int(row) * 20 + $0] + bias[$0] } }
                #expect(same(y, expected))
            }
        }
    }

    /// A row with NaN or an infinity is NaN in all outputs and leaves the others alone; tiny and huge values are values.
    @Test(arguments: [false, true]) func strangeActivations(exact: Bool) throws {
        let source = try BlockSource(.q4_1)
        let weight = try weight(.q4_1, Shape(rows: 16, columns: 288), source)
        var x = activations(rows: 7, columns: 288)
        let clean = x
        x[1 * 288 + 3] = .nan
        x[2 * 288 + 287] = .infinity
        x[3 * 288 + 100] = -.infinity
        for k in 0..<288 { x[4 * 288 + k] = Float.leastNonzeroMagnitude * Float(k) }
        for k in 0..<288 { x[5 * 288 + k] = 1e30 * (k % 2 == 0 ? 1 : -1) }
        for kernels in availableKernels {
            let expected = weight.product(with: clean, rows: 7, by: kernels, exact: exact)
            let y = weight.product(with: x, rows: 7, by: kernels, exact: exact)
            for row in [0, 6] { #expect(same(y[row * 16..<row * 16 + 16], expected[row * 16..<row * 16 + 16])) }
            #expect(y[16..<32].allSatisfy { $0.isNaN })
            #expect(y[32..<64].allSatisfy { !$0.isFinite })
            #expect(y[64..<80].allSatisfy { abs($0) < 1e-30 })
            #expect(y[80..<96].allSatisfy { $0.isFinite })
        }
    }
}
