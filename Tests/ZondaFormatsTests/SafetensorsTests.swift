import OrderedCollections
import TestSupport
import Testing
import ZondaCore
import ZondaFormats

private func file(_ header: String, data: Int = 0) -> [UInt8] {
    GGUFBuilder.bytes(of: header) + [UInt8](repeating: 0, count: data)
}

private func parse(_ bytes: [UInt8]) throws -> SafetensorsFile {
    try SafetensorsFile(parsing: bytes.span.bytes, name: "test.safetensors")
}

private let valid = #"""
    {"__metadata__": {"format": "pt"}, "a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
     "scalar": {"dtype": "BF16", "shape": [], "data_offsets": [24, 26]},
     "empty": {"dtype": "F32", "shape": [0, 7], "data_offsets": [26, 26]},
     "odd": {"dtype": "F8_E4M3", "shape": [6], "data_offsets": [26, 32]}}
    """#

@Suite struct SafetensorsFileTests {
    @Test func readsAHeader() throws {
        let parsed = try parse(file(valid, data: 32))
        #expect(parsed.metadata == ["format": "pt"])
        #expect(Array(parsed.tensors.keys) == ["a", "scalar", "empty", "odd"])
        #expect(parsed.tensors["a"]?.shape == [2, 3])
        #expect(
            parsed.tensors["scalar"].map { ($0.byteCount, $0.offset) }.map { $0 == (2, 8 + valid.utf8.count + 24) }
                == true)
        #expect(try parse(file("{}   ")).tensors.isEmpty)
    }

    @Test func everyTypeOfTheFormatHasASize() throws {
        let bits = [
            "BOOL": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8,
            "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32,
            "F32": 32, "C64": 64, "F64": 64, "I64": 64, "U64": 64,
        ]
        for (type, bits) in bits {
            let header = #"{"t": {"dtype": "\#(type)", "shape": [2, 4], "data_offsets": [0, \#(bits)]}}"#
            #expect(try parse(file(header, data: bits)).tensors["t"]?.type == type)
        }
    }

    @Test(arguments: [
        ("[]", 0, "does not begin with '{'"), (" {}", 0, "does not begin"), ("{", 0, "not valid JSON"),
        (#"{"__metadata__": 1}"#, 0, "__metadata__ is an integer"),
        (#"{"__metadata__": {"a": 1}}"#, 0, "key a is an integer"), (#"{"t": 1}"#, 0, "lacks dtype"),
        (#"{"t": {"dtype": "F32", "shape": [1]}}"#, 4, "lacks dtype"),
        (#"{"t": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}"#, 4, "dimension -1"),
        (#"{"t": {"dtype": "F32", "shape": [1.0], "data_offsets": [0, 4]}}"#, 4, "dimension 1.0"),
        (#"{"t": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4, 4]}}"#, 4, "data_offsets [0, 4, 4]"),
        (#"{"t": {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}}"#, 4, "data_offsets [4, 0]"),
        (#"{"t": {"dtype": "F32", "shape": [1], "data_offsets": [-4, 0]}}"#, 4, "data_offsets [-4, 0]"),
        (#"{"t": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}"#, 4, "the file has 4 bytes"),
        (#"{"t": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}}"#, 4, "has 4 bytes, which does not fit"),
        (#"{"t": {"dtype": "F4", "shape": [3], "data_offsets": [0, 2]}}"#, 2, "does not fit"),
        (#"{"t": {"dtype": "F64", "shape": [4294967296, 4294967296], "data_offsets": [0, 4]}}"#, 4, "does not fit"),
        (#"{"t": {"dtype": "F32", "shape": [0, 9000000000000000000, 2], "data_offsets": [0, 0]}}"#, 0, "does not fit"),
        (#"{"t": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}"#, 8, "leaves a hole"),
        (#"{"t": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}"#, 8, "the file has"),
        (
            #"{"t": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}, "u": {"dtype": "F32", "shape": [1], "data_offsets": [2, 6]}}"#,
            6, "u begins at byte",
        ),
    ])
    func refusesWhatTheSpecificationForbids(_ header: String, _ data: Int, _ words: String) {
        expectError(.badFile, "test.safetensors", words) { _ = try parse(file(header, data: data)) }
    }

    @Test func refusesUnknownTypesAndLengths() {
        let header = #"{"t": {"dtype": "Q4_0", "shape": [1], "data_offsets": [0, 4]}}"#
        expectError(.unsupported, "unknown type Q4_0", "BF16") { _ = try parse(file(header, data: 4)) }
        let length = GGUFBuilder.bytes(of: UInt64(100_000_001))
        expectError(.badFile, "100000001", "cap of 100000000") { _ = try parse(length) }
        expectError(.badFile, "header of 9 bytes") {
            _ = try parse(GGUFBuilder.bytes(of: UInt64(9)) + Array("{}".utf8))
        }
        expectError(.badFile) { _ = try parse([]) }
        expectError(.badFile, "does not begin") { _ = try parse(GGUFBuilder.bytes(of: UInt64(0))) }
    }

    @Test func survivesMutations() {
        let original = file(valid, data: 32)
        var mutator = ByteMutator(seed: 5)
        var parsed = 0
        for _ in 0..<ByteMutator.roundCount where (try? parse(mutator.mutated(original))) != nil { parsed += 1 }
        #expect(parsed > 0 && parsed < ByteMutator.roundCount)
    }
}

@Suite struct SafetensorsModelTests {
    @Test func readsAGoldenModelInOneFile() throws {
        let model = try SafetensorsModel(path: Golden.path("models/llama"))
        let tensor = try model.tensor("model.embed_tokens.weight")
        #expect(tensor.shape == [320, 64])
        #expect(try tensor.dtype == .bf16)
        #expect(try tensor.values(rows: 3..<5).count == 128)
        #expect(model.files.count == 1)
    }

    @Test func readsAGoldenModelInShards() throws {
        let model = try SafetensorsModel(path: Golden.path("models/qwen2"))
        #expect(model.files.count == 3)
        #expect(model.byteCount == 378_496)
        #expect(try model.tensor("lm_head.weight").file.path.hasSuffix("model-00003-of-00003.safetensors"))
    }

    @Test func unknownTypesAreErrorsOnlyWhenUsed() throws {
        let folder = try TemporaryFolder()
        try folder.write("model.safetensors", file(valid, data: 32))
        let model = try SafetensorsModel(path: folder.path)
        let tensor = try model.tensor("odd")
        #expect(tensor.storedType == "F8_E4M3")
        #expect(tensor.byteCount == 6)
        expectError(.unsupported, "odd", "F8_E4M3", "BF16") { _ = try tensor.dtype }
        expectError(.unsupported, "odd") { _ = try tensor.values() }
        #expect(try model.tensor("a").values() == [Float](repeating: 0, count: 6))
        #expect(try model.tensor("empty").values().isEmpty)
    }

    @Test func refusesIndexAndShardsThatDiffer() throws {
        let folder = try TemporaryFolder()
        expectError(.notFound, "neither model.safetensors nor model.safetensors.index.json") {
            _ = try SafetensorsModel(path: folder.path)
        }
        func expect(_ map: String, _ code: ZondaError.Code, _ words: String) throws {
            try folder.write("model.safetensors.index.json", #"{"weight_map": \#(map)}"#)
            expectError(code, words) { _ = try SafetensorsModel(path: folder.path) }
        }
        try folder.write(
            "one.safetensors", file(#"{"t": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}}"#, data: 1))
        try expect(#"{"t": "two.safetensors"}"#, .notFound, "two.safetensors")
        try expect(#"{"t": "one.safetensors", "u": "one.safetensors"}"#, .badFile, "u is not in one.safetensors")
        try expect(#"{"u": "one.safetensors"}"#, .badFile, "u is not in one.safetensors")
        try folder.write(
            "two.safetensors",
            file(
                #"{"t": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}, "u": {"dtype": "U8", "shape": [1], "data_offsets": [1, 2]}}"#,
                data: 2))
        try expect(
            #"{"t": "one.safetensors", "u": "two.safetensors"}"#, .badFile, "t is in two.safetensors, and the index")
        for name in ["../one.safetensors", "/etc/x.safetensors", "a/b.safetensors", "a\\b.safetensors", "one.bin", ""] {
            try expect(#"{"t": \#(JSONValue.string(name).text)}"#, .badFile, "not a .safetensors file of this folder")
        }
        try expect("{}", .badFile, "weight_map is empty")
        try expect("[]", .badFile, "weight_map, an object, is missing")
        try expect(#"{"t": 1}"#, .badFile, "mapped to an integer")
    }

    @Test func indexSurvivesMutations() {
        let original = Array(
            #"{"metadata": {"total_size": 2}, "weight_map": {"a": "m-1.safetensors", "b": "m-2.safetensors"}}"#.utf8)
        var mutator = ByteMutator(seed: 6)
        var parsed = 0
        for _ in 0..<ByteMutator.roundCount
        where (try? SafetensorsIndex(parsing: mutator.mutated(original).span, name: "fuzz")) != nil { parsed += 1 }
        #expect(parsed > 0 && parsed < ByteMutator.roundCount)
    }
}

@Suite struct SafetensorsWriterTests {
    @Test func writesWhatTheReaderReads() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/out.safetensors"
        var writer = try SafetensorsWriter(
            path: path, tensors: [.init("logits", .f32, [2, 2]), .init("greedy", .i64, [1])],
            metadata: ["by": "a \"test\""])
        let (logits, greedy): ([Float], [Int64]) = ([1, 2, 3, 4], [7])
        try writer.write(logits.span.bytes.extracting(0..<8))
        #expect(throws: ZondaError.self) { _ = try MappedFile(path) }
        try writer.write(logits.span.bytes.extracting(8..<16))
        try writer.write(greedy.span.bytes)
        try writer.finish()
        let model = try SafetensorsModel(path: path)
        #expect(try model.tensor("logits").values(rows: 1..<2) == [3, 4])
        #expect(try model.tensor("greedy").dtype == .i64)
        let file = try MappedFile(path)
        #expect(try SafetensorsFile(parsing: file.bytes(), name: path).metadata == ["by": "a \"test\""])
    }

    @Test func refusesWrongCountsAndTypes() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/out.safetensors"
        let bytes: [UInt8] = [1, 2, 3]
        var writer = try SafetensorsWriter(path: path, tensors: [.init("t", .u8, [2])])
        do {
            try writer.write(bytes.span.bytes)
            Issue.record("three bytes went into two")
        } catch { #expect(error.code == .badTensor) }
        do {
            try writer.finish()
            Issue.record("finished without bytes")
        } catch { #expect(error.code == .badTensor) }
        expectError(.badTensor, "Q4_0") { _ = try SafetensorsWriter(path: path, tensors: [.init("t", .q4_0, [32])]) }
        expectError(.badTensor, "twice") {
            _ = try SafetensorsWriter(path: path, tensors: [.init("t", .u8, [1]), .init("t", .u8, [1])])
        }
        expectError(.inputOutput) { _ = try SafetensorsWriter(path: "\(folder.path)/no/x", tensors: []) }
    }
}
