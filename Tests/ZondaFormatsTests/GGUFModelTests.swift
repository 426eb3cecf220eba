import OrderedCollections
import TestSupport
import Testing
import ZondaCore
import ZondaFormats

/// Part `index` of a split model, with one tensor of its own.
private func part(_ index: Int, of count: Int, tensors: Int, name: String? = nil) -> [UInt8] {
    var builder = GGUFBuilder()
    builder.add("split.no", UInt16(index))
    builder.add("split.count", UInt16(count))
    builder.add("split.tensors.count", UInt32(tensors))
    if index == 0 { builder.add("general.architecture", "llama") }
    builder.addTensor(name ?? "t\(index)", dimensions: [4], type: 24, [UInt8](repeating: UInt8(index), count: 4))
    return builder.build()
}

@Suite struct GGUFModelTests {
    @Test(arguments: [0, 1, 2]) func opensASplitModelByAnyPart(_ named: Int) throws {
        let folder = try TemporaryFolder()
        let paths = try (0..<3).map { try folder.write("m-0000\($0 + 1)-of-00003.gguf", part($0, of: 3, tensors: 3)) }
        let model = try GGUFModel(path: paths[named])
        #expect(model.files == paths)
        #expect(Array(model.tensors.keys) == ["t0", "t1", "t2"])
        #expect(try model.metadata.string("general.architecture") == "llama")
        for index in 0..<3 {
            let tensor = try model.tensor("t\(index)")
            #expect(try tensor.bytes().unsafeLoad(fromByteOffset: 3, as: UInt8.self) == UInt8(index))
        }
        expectError(.badTensor, "t9", "missing") { _ = try model.tensor("t9") }
    }

    @Test func refusesPartsThatDoNotFit() throws {
        let folder = try TemporaryFolder()
        let first = try folder.write("m-00001-of-00002.gguf", part(0, of: 2, tensors: 2))
        expectError(.notFound, "m-00002-of-00002.gguf") { _ = try GGUFModel(path: first) }
        try folder.write("m-00002-of-00002.gguf", part(0, of: 2, tensors: 2))
        expectError(.badFile, "is part 0 of 2, expected 1 of 2") { _ = try GGUFModel(path: first) }
        try folder.write("m-00002-of-00002.gguf", part(1, of: 2, tensors: 2, name: "t0"))
        expectError(.badFile, "t0 is also in") { _ = try GGUFModel(path: first) }
        try folder.write("m-00001-of-00002.gguf", part(0, of: 2, tensors: 5))
        try folder.write("m-00002-of-00002.gguf", part(1, of: 2, tensors: 5))
        expectError(.badFile, "split.tensors.count is 5", "have 2") { _ = try GGUFModel(path: first) }
        let renamed = try folder.write("renamed.gguf", part(0, of: 2, tensors: 2))
        expectError(.badFile, "NAME-00001-of-00002.gguf") { _ = try GGUFModel(path: renamed) }
    }

    @Test func slicesRows() throws {
        let folder = try TemporaryFolder()
        var builder = GGUFBuilder()
        builder.addTensor("experts", dimensions: [4, 3, 2], type: 24, (0..<24).map { UInt8($0) })
        let tensor = try GGUFModel(path: folder.write("m.gguf", builder.build())).tensor("experts")
        #expect(tensor.shape == [2, 3, 4])
        #expect((tensor.rowCount, tensor.columnCount, tensor.rowByteCount) == (6, 4, 4))
        #expect(tensor.rows(of: 1) == 3..<6)
        let rows = try tensor.bytes(rows: 4..<6)
        #expect(rows.byteCount == 8)
        #expect(rows.unsafeLoad(fromByteOffset: 0, as: UInt8.self) == 16)
        expectError(.badTensor, "rows 5..<7", "which has 6") { _ = try tensor.bytes(rows: 5..<7) }
        tensor.dropPages(rows: 0..<6)
        #expect(try tensor.bytes(rows: 0..<1).unsafeLoad(fromByteOffset: 3, as: UInt8.self) == 3)
    }
}

@Suite struct GoldenGGUFTests {
    @Test(arguments: ["llama", "gemma", "phi3", "qwen2", "qwen3", "mixtral", "llama3_rope", "phi3_longrope"])
    func headersAgreeWithTheConfiguration(_ name: String) throws {
        guard let path = Golden.find("gguf/\(name).gguf"), let folder = Golden.find("models/\(name)") else {
            print("gguf/\(name).gguf is not in this clone and ../shared/golden is not there: not checked")
            return
        }
        let model = try GGUFModel(path: path)
        let config = try ConfigurationReader(path: "\(folder)/config.json")
        let family = try model.metadata.string("general.architecture")
        #expect(try model.metadata.int("\(family).embedding_length") == config.int("hidden_size"))
        #expect(try model.metadata.int("\(family).block_count") == config.int("num_hidden_layers"))
        #expect(try model.metadata.strings("tokenizer.ggml.tokens").count == 320)
        let weights = try SafetensorsModel(path: folder)
        let (ours, theirs) = (try model.tensor("token_embd.weight"), try weights.tensor("model.embed_tokens.weight"))
        #expect(ours.shape == theirs.shape)
        #expect(try ours.values() == theirs.values())
    }
}

@Suite struct MappedFileTests {
    @Test func refusesWhatCannotBeMapped() throws {
        let folder = try TemporaryFolder()
        expectError(.notFound, "no such file") { _ = try MappedFile(folder.path + "/missing") }
        expectError(.badFile, "not a plain file") { _ = try MappedFile(folder.path) }
        let empty = try folder.write("empty", "")
        expectError(.badFile, "empty") { _ = try MappedFile(empty) }
    }

    @Test func aFileThatShrinksIsAnErrorAndNotACrash() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("file", [UInt8](repeating: 7, count: 10_000))
        let file = try MappedFile(path)
        #expect(try file.bytes(9_999..<10_000).unsafeLoad(fromByteOffset: 0, as: UInt8.self) == 7)
        expectError(.badFile, "9999..<10001", "10000 bytes") { _ = try file.bytes(9_999..<10_001) }
        try truncate(path, to: 5_000)
        expectError(.badFile, "had 10000 bytes", "has 5000 now") { _ = try file.bytes(9_999..<10_000) }
    }
}
