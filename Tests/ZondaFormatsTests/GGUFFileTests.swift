import OrderedCollections
import TestSupport
import Testing
import ZondaCore
import ZondaFormats

private func parse(_ builder: GGUFBuilder) throws -> GGUFFile {
    try parse(builder.build())
}

private func parse(_ bytes: [UInt8]) throws -> GGUFFile {
    try GGUFFile(parsing: bytes.span.bytes, name: "test.gguf")
}

/// Every value type, an array of each kind and tensors of three types.
private func completeFile() -> GGUFBuilder {
    var builder = GGUFBuilder()
    builder.add("u8", type: 0, [200])
    builder.add("i8", type: 1, [0xFE])
    builder.add("u16", UInt16(65_535))
    builder.add("i16", type: 3, GGUFBuilder.bytes(of: Int16(-2)))
    builder.add("u32", UInt32.max)
    builder.add("i32", type: 5, GGUFBuilder.bytes(of: Int32.min))
    builder.add("f32", type: 6, GGUFBuilder.bytes(of: Float(1.5).bitPattern))
    builder.add("yes", type: 7, [1])
    builder.add("text", "grüß dich")
    builder.add("words", ["a", "", "déjà"])
    builder.add("u64", type: 10, GGUFBuilder.bytes(of: UInt64.max))
    builder.add("i64", type: 11, GGUFBuilder.bytes(of: Int64(-3)))
    builder.add("f64", type: 12, GGUFBuilder.bytes(of: 0.1.bitPattern))
    builder.add("scores", [0.5, -1] as [Float])
    let inner = GGUFBuilder.bytes(of: UInt32(0)) + GGUFBuilder.bytes(of: UInt64(2)) + [7, 8]
    builder.add("nested", type: 9, GGUFBuilder.bytes(of: UInt32(9)) + GGUFBuilder.bytes(of: UInt64(1)) + inner)
    builder.addTensor("a", dimensions: [2, 3], type: 0, [UInt8](repeating: 1, count: 24))
    builder.addTensor("b", dimensions: [32, 2], type: 8, [UInt8](repeating: 2, count: 68))
    builder.addTensor("c", dimensions: [4], type: 26, [UInt8](repeating: 3, count: 16))
    return builder
}

@Suite struct GGUFFileTests {
    @Test func readsEveryValueType() throws {
        let metadata = try parse(completeFile()).metadata
        #expect(
            Array(metadata.entries.keys) == [
                "u8", "i8", "u16", "i16", "u32", "i32", "f32", "yes", "text", "words", "u64", "i64", "f64", "scores",
                "nested",
            ])
        #expect(metadata["u8"] == .uint8(200))
        #expect(metadata["i8"] == .int8(-2))
        #expect(try metadata.int("u16") == 65_535)
        #expect(try metadata.int("i16") == -2)
        #expect(try metadata.int("u32") == 4_294_967_295)
        #expect(try metadata.int("i32") == -2_147_483_648)
        #expect(try metadata.double("f32") == 1.5)
        #expect(try metadata.bool("yes"))
        #expect(try metadata.string("text") == "grüß dich")
        let words = try metadata.strings("words")
        #expect(Array(words) == ["a", "", "déjà"])
        #expect(words.utf8(at: 2).count == 6)
        #expect(words.utf8Count == 7)
        #expect(metadata["u64"] == .uint64(.max))
        #expect(try metadata.int("i64") == -3)
        #expect(try metadata.double("f64") == 0.1)
        #expect(try metadata.floats("scores") == [0.5, -1])
        guard case .array(.arrays(let arrays)) = metadata["nested"] else {
            Issue.record("not nested")
            return
        }
        #expect(arrays.first?.numbers?.integers == [7, 8])
        #expect(arrays.first?.numbers?.bytes == [7, 8])
    }

    @Test func listsTensorsRowMajor() throws {
        let bytes = completeFile().build()
        let tensors = try parse(bytes).tensors
        #expect(Array(tensors.keys) == ["a", "b", "c"])
        #expect(tensors["a"]?.shape == [3, 2])
        #expect(tensors["b"]?.shape == [2, 32])
        #expect(tensors["b"]?.dtype == .q8_0)
        #expect(tensors["c"]?.dtype == .i32)
        for (tensor, byte) in zip(tensors.values, [1, 2, 3] as [UInt8]) {
            #expect(bytes[tensor.offset..<tensor.offset + tensor.byteCount].allSatisfy { $0 == byte })
        }
    }

    @Test func honoursTheAlignmentKey() throws {
        var builder = GGUFBuilder()
        builder.alignment = 128
        builder.add("general.alignment", UInt32(128))
        builder.addTensor("a", dimensions: [1], type: 0, [0, 0, 0, 0])
        builder.addTensor("b", dimensions: [1], type: 0, [0, 0, 0, 0])
        let file = try parse(builder)
        #expect(file.alignment == 128)
        #expect(file.tensors["b"].map { $0.offset - file.dataOffset } == 128)
        for wrong in [0, 3, 1 << 30] as [UInt32] {
            var builder = GGUFBuilder()
            builder.add("general.alignment", wrong)
            expectError(.badFile, "general.alignment is \(wrong)") { _ = try parse(builder) }
        }
    }

    @Test func readsVersion2AndRefusesOthersByName() throws {
        var builder = completeFile()
        builder.version = 2
        #expect(try parse(builder).version == 2)
        builder.version = 1
        expectError(.unsupported, "version 1", "2 and 3") { _ = try parse(builder) }
        builder.version = UInt32(3).byteSwapped
        expectError(.unsupported, "big-endian") { _ = try parse(builder) }
        builder.magic = Array("GGML".utf8)
        expectError(.badFile, "does not begin with \"GGUF\"") { _ = try parse(builder) }
    }

    @Test func everyTruncationIsAnError() {
        let bytes = completeFile().build()
        for length in 0..<bytes.count {
            expectError(.badFile, "test.gguf") { _ = try parse(Array(bytes[..<length])) }
        }
    }

    @Test func refusesWrongCounts() {
        var builder = completeFile()
        builder.tensorCount = 4
        expectError(.badFile) { _ = try parse(builder) }
        builder.tensorCount = .max
        expectError(.badFile, "tensor count", "18446744073709551615", "cap") { _ = try parse(builder) }
        builder.tensorCount = nil
        builder.keyCount = 1 << 40
        expectError(.badFile, "metadata count", "1099511627776") { _ = try parse(builder) }
    }

    @Test func refusesDamagedMetadata() {
        func expect(_ words: String, type: UInt32, _ value: [UInt8]) {
            var builder = GGUFBuilder()
            builder.add("key", type: type, value)
            expectError(.badFile, "key", words) { _ = try parse(builder) }
        }
        expect("unknown type 13", type: 13, [])
        expect("boolean of value 2", type: 7, [2])
        expect("not UTF-8", type: 8, GGUFBuilder.bytes(of: UInt64(1)) + [0xFF])
        expect("above the cap", type: 8, GGUFBuilder.bytes(of: UInt64.max))
        let strings = GGUFBuilder.bytes(of: UInt32(8))
        expect("above the cap", type: 9, strings + GGUFBuilder.bytes(of: UInt64.max))
        expect("1000000 strings", type: 9, strings + GGUFBuilder.bytes(of: UInt64(1_000_000)))
        let level = GGUFBuilder.bytes(of: UInt32(9)) + GGUFBuilder.bytes(of: UInt64(1))
        expect("nests arrays", type: 9, level + level + level + level + level)
        var builder = GGUFBuilder()
        builder.add("key", UInt32(1))
        builder.add("key", UInt32(2))
        expectError(.badFile, "key is there twice") { _ = try parse(builder) }
    }

    @Test func refusesDamagedTensors() {
        func expect(
            _ words: String, _ code: ZondaError.Code = .badFile, dimensions: [UInt64] = [8], type: UInt32 = 0,
            offset: UInt64 = 32
        ) {
            var builder = GGUFBuilder()
            builder.addTensor("first", dimensions: [8], type: 0, [UInt8](repeating: 0, count: 32))
            builder.addTensor(
                "second", dimensions: dimensions, type: type, [UInt8](repeating: 0, count: 32), offset: offset)
            expectError(code, "second", words) { _ = try parse(builder) }
        }
        expect("overlap", offset: 0)
        expect("alignment 32", offset: 33)
        expect("the file has", offset: 64)
        expect("needs 32 bytes", offset: 1 << 63)
        expect("needs 36 bytes", dimensions: [9])
        expect("whole blocks of 32", dimensions: [8], type: 2)
        expect("too large", dimensions: [1 << 40, 1 << 40])
        expect("too large", dimensions: [.max, 2])
        expect("too large", dimensions: [0, 1 << 62, 1 << 62])
        expect("5 dimensions", dimensions: [1, 1, 1, 1, 1])
        expect("number 99", .unsupported, type: 99)
        expect("Q4_0_4_8, which GGML has dropped", .unsupported, type: 32)
        var builder = GGUFBuilder()
        for _ in 0..<2 { builder.addTensor("same", dimensions: [1], type: 0, [0, 0, 0, 0]) }
        expectError(.badFile, "same is there twice") { _ = try parse(builder) }
    }

    @Test func typedReadsNameKeyAndValue() throws {
        let metadata = try parse(completeFile()).metadata
        expectError(.badConfiguration, "test.gguf", "text", "a string (grüß dich)", "not an integer") {
            _ = try metadata.int("text")
        }
        expectError(.badConfiguration, "llama.block_count is missing") { _ = try metadata.int("llama.block_count") }
        #expect(try metadata.optionalInt("llama.block_count") == nil)
        expectError(.badConfiguration, "array of 3 strings") { _ = try metadata.floats("words") }
        expectError(.badConfiguration, "u64") { _ = try metadata.int("u64") }
    }

    @Test func survivesMutations() {
        let original = completeFile().build()
        var mutator = ByteMutator(seed: 3)
        var parsed = 0
        for _ in 0..<ByteMutator.roundCount where (try? parse(mutator.mutated(original))) != nil { parsed += 1 }
        #expect(parsed > 0 && parsed < ByteMutator.roundCount)
    }
}
