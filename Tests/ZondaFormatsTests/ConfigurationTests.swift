import OrderedCollections
import TestSupport
import Testing
import ZondaCore
import ZondaFormats

private func reader(_ text: String) throws -> ConfigurationReader {
    try ConfigurationReader(parsing: Array(text.utf8).span, name: "config.json")
}

@Suite struct ConfigurationReaderTests {
    @Test func readsTypedValues() throws {
        let config = try reader(
            #"""
            {"hidden_size": 64, "eps": 1e-05, "theta": 10000, "tie": true, "act": "silu", "ids": [1, 2], "none": null,
             "factors": [1, 1.5], "names": ["a"], "eos": 2, "whole": 3.0}
            """#)
        #expect(try config.int("hidden_size") == 64)
        #expect(try config.int("whole") == 3)
        #expect(try config.double("eps") == 1e-5)
        #expect(try config.double("theta") == 10_000)
        #expect(try config.bool("tie"))
        #expect(try config.expect("act", in: ["silu", "gelu"]) == "silu")
        #expect(try config.intArray("ids") == [1, 2])
        #expect(try config.doubleArray("factors") == [1, 1.5])
        #expect(try config.stringArray("names") == ["a"])
        #expect(try config.optionalInt("none") == nil)
        #expect(try config.optionalString("missing") == nil)
        #expect(try config.optionalIntOrArray("eos") == [2])
        #expect(try config.optionalIntOrArray("ids") == [1, 2])
        #expect(config.has("tie") && !config.has("none") && !config.has("missing"))
    }

    @Test func errorsNameFileKeyValueAndWhatIsSupported() throws {
        let config = try reader(
            #"{"act": "relu", "size": "64", "half": 0.5, "none": null, "rope": {"type": 7}, "ids": [1, "a"], "bias": true}"#
        )
        expectError(.badConfiguration, "config.json: act is \"relu\"", "\"silu\", \"swish\"") {
            try config.expect("act", in: ["silu", "swish"])
        }
        expectError(.badConfiguration, "size is \"64\", not an integer") { _ = try config.int("size") }
        expectError(.badConfiguration, "half is 0.5, not an integer") { _ = try config.optionalInt("half") }
        expectError(.badConfiguration, "none is null") { _ = try config.int("none") }
        expectError(.badConfiguration, "depth is missing") { _ = try config.int("depth") }
        expectError(.badConfiguration, "rope.type is 7, not a string") { _ = try config.object("rope").string("type") }
        expectError(.badConfiguration, "ids is [1, \"a\"], not a list of integers") { _ = try config.intArray("ids") }
        expectError(.badConfiguration, "bias is true; supported: false") { try config.expect("bias", false) }
        expectError(.badConfiguration, "ids is") { _ = try config.optionalObject("ids") }
        try config.expect("missing", false)
        expectError(.badFile, "is an array, not an object") { _ = try reader("[]") }
        expectError(.badConfiguration, "at least 1") { _ = try reader(#"{"heads": 0}"#).int("heads", atLeast: 1) }
    }

    @Test func remembersWhatWasRead() throws {
        let config = try reader(#"{"a": 1, "b": 2, "c": {"d": 3, "e": 4}, "f": 5}"#)
        #expect(config.unread == ["a", "b", "c", "f"])
        _ = try config.int("a")
        _ = try config.object("c").int("d")
        config.ignore("f", "missing")
        #expect(config.unread == ["b", "c.e"])
    }

    @Test(arguments: ["llama", "qwen2", "qwen3", "gemma2", "mixtral", "phi3_longrope_long"])
    func readsGoldenConfigurations(_ model: String) throws {
        let config = try ConfigurationReader(path: Golden.path("models/\(model)/config.json"))
        #expect(try config.int("vocab_size") == 320)
        #expect(try config.stringArray("architectures").count == 1)
        let rope = try config.optionalObject("rope_parameters")
        let theta = try rope?.double("rope_theta") ?? config.double("rope_theta")
        #expect(theta >= 10_000)
    }

    @Test func survivesMutations() throws {
        let original = Array(
            #"{"architectures": ["A"], "n": 2, "eps": 1e-5, "rope": {"type": "x", "f": [1, 2.5]}, "eos": [1, 2], "t": false}"#
                .utf8)
        var mutator = ByteMutator(seed: 7)
        func readAll(_ bytes: [UInt8]) throws {
            let config = try ConfigurationReader(parsing: bytes.span, name: "fuzz")
            _ = try config.stringArray("architectures")
            _ = try config.int("n", atLeast: 1)
            _ = try config.double("eps")
            _ = try config.object("rope").doubleArray("f")
            _ = try config.optionalIntOrArray("eos")
            try config.expect("t", false)
            _ = config.unread
        }
        var complete = 0
        for _ in 0..<ByteMutator.roundCount where (try? readAll(mutator.mutated(original))) != nil { complete += 1 }
        #expect(complete > 0 && complete < ByteMutator.roundCount)
    }
}

@Suite struct GenerationDefaultsTests {
    private func parse(_ text: String) throws -> GenerationDefaults {
        try GenerationDefaults(parsing: Array(text.utf8).span, name: "generation_config.json")
    }

    @Test func readsEveryKey() throws {
        let defaults = try parse(
            #"""
            {"do_sample": true, "temperature": 0.7, "top_k": 20, "top_p": 0.8, "min_p": 0.05, "typical_p": 0.9,
             "repetition_penalty": 1.05, "max_new_tokens": 2048, "bos_token_id": 151643, "pad_token_id": 151643,
             "eos_token_id": [151645, 151643], "transformers_version": "4.37.0"}
            """#)
        #expect(defaults.doSample == true)
        #expect(defaults.temperature == 0.7)
        #expect(defaults.topK == 20)
        #expect(defaults.topP == 0.8)
        #expect(defaults.minP == 0.05)
        #expect(defaults.typicalP == 0.9)
        #expect(defaults.repetitionPenalty == 1.05)
        #expect(defaults.maxNewTokens == 2048)
        #expect(defaults.bosToken == 151_643)
        #expect(defaults.padToken == 151_643)
        #expect(defaults.eosTokens == [151_645, 151_643])
        #expect(try parse("{}") == GenerationDefaults())
        #expect(try parse(#"{"eos_token_id": 2, "pad_token_id": -1}"#).eosTokens == [2])
    }

    @Test func refusesValuesOutOfRange() {
        for text in [
            #"{"temperature": -1}"#, #"{"top_p": 1.5}"#, #"{"top_k": -2}"#, #"{"repetition_penalty": 0}"#,
            #"{"eos_token_id": 4294967296}"#, #"{"eos_token_id": "2"}"#, #"{"do_sample": 1}"#,
            #"{"max_new_tokens": -1}"#,
        ] {
            let key = text.split(separator: "\"")[1]
            expectError(.badConfiguration, "generation_config.json: \(key)") { _ = try parse(text) }
        }
    }

    @Test func readsGoldenFoldersAndFoldersWithout() throws {
        #expect(try GenerationDefaults(folder: Golden.path("models/gemma"))?.eosTokens == [1])
        #expect(try GenerationDefaults(folder: Golden.path("gguf")) == nil)
    }

    @Test func survivesMutations() {
        let original = Array(
            #"{"do_sample": true, "temperature": 0.7, "top_k": 20, "top_p": 0.8, "eos_token_id": [2, 8], "pad_token_id": 0}"#
                .utf8)
        var mutator = ByteMutator(seed: 8)
        var parsed = 0
        for _ in 0..<ByteMutator.roundCount
        where (try? GenerationDefaults(parsing: mutator.mutated(original).span, name: "fuzz")) != nil { parsed += 1 }
        #expect(parsed > 0 && parsed < ByteMutator.roundCount)
    }
}
