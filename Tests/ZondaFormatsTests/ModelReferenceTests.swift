import TestSupport
import Testing
import ZondaCore
import ZondaFormats

@Suite struct ModelReferenceTests {
    @Test func namesAFileOrAType() throws {
        #expect(try ModelReference("Qwen/Qwen3-0.6B").choice == nil)
        #expect(try ModelReference("org/m:q4_k_m").choice == .quantization("Q4_K_M"))
        #expect(try ModelReference("org/m:UD-Q4_K_XL").choice == .quantization("UD-Q4_K_XL"))
        #expect(try ModelReference("org/m:a/b.gguf").choice == .file("a/b.gguf"))
        #expect("\(try ModelReference("org/m:q8_0"))" == "org/m:Q8_0")
        for wrong in ["org/m:", "org/m:../x.gguf", "org/m:/x.gguf", "org/m:a b", "a/b/c:Q4_0", ":Q4_0", "org/m:Q4_0:x"]
        {
            expectError(.badRequest) { _ = try ModelReference(wrong) }
        }
    }

    @Test(arguments: [
        ("qwen2.5-7b-instruct-q4_k_m.gguf", "Q4_K_M"), ("SmolLM2-135M-Instruct.Q4_1.gguf", "Q4_1"),
        ("Llama-3.2-1B-Instruct-IQ4_XS.gguf", "IQ4_XS"), ("model-UD-Q4_K_XL.gguf", "UD-Q4_K_XL"),
        ("Q6_K/Qwen-Q6_K-00001-of-00002.gguf", "Q6_K"), ("Q2_K/part-00001-of-00003.gguf", "Q2_K"),
        ("gemma_2b_it_q8_0.gguf", "Q8_0"), ("x-F16.gguf", "F16"), ("x.bf16.gguf", "BF16"),
        ("gpt-oss-20b-MXFP4.gguf", "MXFP4"),
        ("qwen-q8.gguf", "Q8"), ("ternary-TQ1_0.gguf", "TQ1_0"),
    ])
    func readsTheTypeInAName(path: String, type: String) throws {
        #expect(GGUFName(path)?.quantization == type)
    }

    @Test func readsPartsOfNames() throws {
        let name = try #require(GGUFName("a/m-Q8_0-00002-of-00003.gguf"))
        #expect((name.model, name.part, name.partCount) == ("a/m-Q8_0", 2, 3))
        for whole in [
            "m-00004-of-00003.gguf", "m-00000-of-00003.gguf", "m-1-of-2.gguf", "of.gguf", "-of-.gguf", "é-of-é.gguf",
        ] {
            #expect(GGUFName(whole)?.partCount == 1, "\(whole)")
        }
        #expect(GGUFName("mmproj-model-f16.gguf") == nil)
        #expect(GGUFName("m.imatrix.gguf") == nil)
        #expect(GGUFName("m.safetensors") == nil)
        #expect(GGUFName("Qwen3-4B.gguf")?.quantization == nil)
    }

    @Test func groupsPartsAndPicksByType() throws {
        let groups = GGUFGroup.all(among: [
            "m-Q4_K_M.gguf", "m-UD-Q4_K_M.gguf", "b/m-F16-00002-of-00002.gguf", "b/m-F16-00001-of-00002.gguf", "x.bin",
            "c-Q3_K-00001-of-00002.gguf",
        ])
        #expect(groups.count == 4)
        #expect(GGUFGroup.matching("q4_k_m", among: groups).map(\.parts[0].path) == ["m-Q4_K_M.gguf"])
        #expect(GGUFGroup.matching("UD-Q4_K_M", among: groups).map(\.parts[0].path) == ["m-UD-Q4_K_M.gguf"])
        #expect(GGUFGroup.matching("Q4_K", among: groups).isEmpty)
        let split = try #require(GGUFGroup.matching("F16", among: groups).first)
        #expect(split.parts.map(\.part) == [1, 2])
        #expect(split.isComplete)
        #expect(GGUFGroup.matching("Q3_K", among: groups).first?.isComplete == false)
    }

    @Test func theEnvironmentIsReadAsTheLibraryReadsIt() throws {
        func hub(_ environment: [String: String]) -> HubEnvironment { HubEnvironment(environment: environment) }
        #expect(hub([:]).endpoint == "https://huggingface.co")
        #expect(hub(["HF_ENDPOINT": "https://mirror.example/"]).endpoint == "https://mirror.example")
        for on in ["1", "true", "ON", "yes"] { #expect(hub(["HF_HUB_OFFLINE": on]).isOffline) }
        for off in ["0", "", "no", "2"] { #expect(!hub(["HF_HUB_OFFLINE": off]).isOffline) }
        #expect(hub(["TRANSFORMERS_OFFLINE": "1"]).isOffline)
        #expect(hub(["HF_TOKEN": " hf_x\n"]).token?.source == "HF_TOKEN")
        #expect(hub(["HF_TOKEN": "a b"]).token == nil)
        #expect(hub(["HF_TOKEN": "hf_x", "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"]).token == nil)
        let folder = try TemporaryFolder()
        let path = try folder.write("token", "hf_file\n")
        #expect(hub(["HF_HOME": folder.path]).token?.source == path)
        #expect(hub(["HF_TOKEN_PATH": path]).token?.source == path)
        #expect(hub(["HF_HOME": folder.path]).tokenPath == path)
        #expect(hub(["HUGGINGFACE_HUB_CACHE": "/c"]).cache == "/c")
        #expect(hub(["HTTPS_PROXY": "http://p:1"]).proxies["https_proxy"] == "http://p:1")
        #expect(hub(["HOME": "/h"]).with(cache: "~/c").cache == "/h/c")
    }

    @Test func saysWhatOfAModelIsMissing() throws {
        let folder = try TemporaryFolder()
        let location = ModelLocation.folder(folder.path)
        #expect(location.missingFile == "\(folder.path)/config.json")
        try folder.write("config.json", "{}")
        #expect(location.missingFile == "\(folder.path)/model.safetensors")
        try folder.write(
            "model.safetensors.index.json", #"{"weight_map": {"a": "x.safetensors", "b": "y.safetensors"}}"#)
        try folder.write("x.safetensors", "x")
        #expect(location.missingFile == "\(folder.path)/y.safetensors")
        try folder.write("y.safetensors", "x")
        #expect(location.missingFile == nil)
        let part = try folder.write("m-00001-of-00002.gguf", "x")
        #expect(ModelLocation.gguf(part).missingFile?.contains("part 2 of 2") == true)
        try folder.write("m-00002-of-00002.gguf", "x")
        #expect(ModelLocation.gguf(part).missingFile == nil)
    }
}
