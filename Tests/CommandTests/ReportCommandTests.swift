import Foundation
import OrderedCollections
import TestSupport
import Testing
import ZondaFormats

/// `inspect`, `doctor`, `bench` and `perplexity`, and how the command refuses.
struct ReportCommandTests {
    @Test(arguments: ["models/llama", "models/qwen2", "gguf/llama.gguf", "models/llama/model.safetensors"])
    func inspect(_ model: String) async throws {
        let path = Golden.path(model)
        let object = try await Command.run("inspect", path, "--json").json()
        let tensors = try #require(object["tensors"]?.array)
        #expect(tensors.count > 20)
        #expect(object["tensorCount"] == .integer(tensors.count))
        #expect(object["byteCount"]?.integer == tensors.compactMap { $0["byteCount"]?.integer }.reduce(0, +))
        let elements = tensors.map { ($0["shape"]?.array ?? []).compactMap(\.integer).reduce(1, *) }
        #expect(object["parameterCount"]?.integer == elements.reduce(0, +))
        let isBare = model.hasSuffix(".safetensors")
        #expect((object["metadata"]?.object?.isEmpty == true) == isBare)
        let table = try await Command.run("inspect", path)
        #expect(table.status == 0)
        for tensor in tensors { #expect(table.text.contains(tensor["name"]?.string ?? "?")) }
        let brief = try await Command.run("inspect", path, "--json", "--metadata").json()
        #expect(brief["tensors"] == nil)
        #expect(brief["metadata"] == object["metadata"])
    }

    /// The plan's parts add up, options narrow it, and loading plans the same.
    @Test(arguments: ["gguf/llama.gguf", "models/gemma2"])
    func inspectPlan(_ model: String) async throws {
        let path = Golden.path(model)
        func plan(_ options: String...) async throws -> JSONValue {
            try await Command.run(["inspect", path, "--plan", "--json"] + options).json()
        }
        func bytes(_ plan: JSONValue, _ name: String) throws -> Int { try #require(plan["\(name)ByteCount"]?.integer) }
        let whole = try await plan("--max-seq-len", "256", "--max-batch-size", "2")
        let parts = ["matrix", "vector", "kv", "activation", "scratch", "input"]
        #expect(try parts.reduce(0) { $0 + (try bytes(whole, $1)) } == bytes(whole, "total"))
        for part in parts.dropLast() { #expect(try bytes(whole, part) > 0, "\(part)") }
        #expect(whole["maxSequenceLength"] == .integer(256) && whole["maxBatchSize"] == .integer(2))
        #expect(try bytes(whole, "available") <= bytes(whole, "device") && whole["measuredByteCount"] == nil)
        #expect(try bytes(try await plan("--max-seq-len", "64", "--max-batch-size", "2"), "kv") < bytes(whole, "kv"))
        let narrow = try await plan("--max-seq-len", "2048", "--max-batch-size", "64", "--kv-memory", "4")
        #expect(try bytes(narrow, "kv") <= 4 << 20)
        let chunk = try await plan("--max-seq-len", "256", "--max-batch-size", "2", "--chunk", "16")
        #expect(try bytes(chunk, "activation") < bytes(whole, "activation"))
        #expect(try bytes(chunk, "scratch") < bytes(whole, "scratch"))

        let table = try await Command.run("inspect", path, "--plan")
        for word in ["weights", "keys and values", "activations", "scratch", "total", "that are free"] {
            #expect(table.text.contains(word), "\(word)")
        }
        let refused = try await Command.run("inspect", path, "--plan", "--device", "cuda:31")
        #expect(refused.status == 1 && refused.errors.contains("cuda:31"))
    }

    @Test func verboseSaysHowMemoryIsDivided() async throws {
        let path = Golden.path("gguf/llama.gguf")
        let arguments = ["run", path, "--raw", "hi", "--max-tokens", "1", "--quiet", "--device", "cpu"]
        #expect(try await Command.run(arguments).errors == "")
        let said = try await Command.run(arguments + ["--verbose"]).errors
        #expect(said.hasPrefix("memory on cpu: weights "))
        #expect(said.split(separator: "\n").count == 1, "nobody counts what a CPU gives away")
    }

    @Test func inspectDamage() async throws {
        let folder = try TemporaryFolder()
        for (name, bytes) in [("a.gguf", Array("GGUF".utf8)), ("b.gguf", []), ("c.safetensors", [9, 9])] {
            let path = try folder.write(name, bytes)
            let result = try await Command.run("inspect", path)
            #expect(result.status == 1)
            #expect(result.errors.hasPrefix("error: "))
            #expect(result.errors.contains(path))
            #expect(result.text == "")
        }
    }

    @Test func doctor() async throws {
        let object = try await Command.run("doctor", "--json").json()
        #expect(object["version"]?.string?.isEmpty == false)
        #expect(object["instructionSets"]?.array?.contains(.string("portable")) == true)
        #expect(try #require(object["threads"]?.integer) >= 1)
        let memory = try #require(object["memoryByteCount"]?.integer)
        #expect((1...memory).contains(try #require(object["availableByteCount"]?.integer)))
        let text = try await Command.run("doctor")
        #expect(text.status == 0)
        #expect(text.text.contains("instructions "))
        let cuda = try #require(object["cuda"])
        #expect(
            cuda["libraries"]?.array?.compactMap { $0["name"]?.string } == ["libcuda", "NVRTC", "cuBLASLt", "NCCL"])
        // A machine without a GPU is told why, and what to do.
        let hasGPU = cuda["devices"]?.array?.isEmpty == false
        #expect(hasGPU || cuda["problem"]?["remedy"]?.string?.isEmpty == false)
        #expect(hasGPU || text.text.contains("no GPU can be used: "))
    }

    /// A device that was asked for by name is never replaced by another.
    @Test(arguments: [
        ("cuda:31", "cuda:31"), ("cuda:x", "\"x\" is not the number of a GPU"), ("gpu", "auto, cpu or cuda:N"),
    ])
    func deviceThatIsNotThere(_ device: String, _ words: String) async throws {
        let result = try await Command.run("run", "--device", device, Golden.path("models/llama"), "hello")
        #expect(result.status != 0)
        #expect(result.errors.contains(words), "\(result.errors)")
        #expect(result.text == "")
    }

    /// Each kind of device names what it keeps keys and values in.
    @Test func keysAndValuesThatOnlyAGPUHas() async throws {
        for type in ["fp8", "bf16"] {
            let result = try await Command.run(
                "run", "--device", "cpu", "--kv-type", type, Golden.path("models/llama"), "hello")
            #expect(result.status != 0)
            #expect(result.errors.contains("only a GPU"), "\(result.errors)")
            #expect(result.text == "")
        }
        let unknown = try await Command.run("run", "--kv-type", "fp4", Golden.path("models/llama"), "hello")
        #expect(unknown.status != 0 && unknown.errors.contains("fp8"), "\(unknown.errors)")
    }

    @Test func bench() async throws {
        let folder = try TemporaryFolder()
        let plot = "\(folder.path)/plot.svg"
        let config = Golden.path("models/llama/config.json")
        let result = try await Command.run(
            "bench", "--synthetic", config, "--type", "Q8_0", "--prompt", "24", "--generate", "8", "--depth", "0,40",
            "--concurrency", "1,3", "--repeat", "1", "--threads", "1", "--json", "--plot", plot)
        #expect(result.status == 0, "\(result.errors)")
        let report = try result.json()
        for limit in [report["limits"]?["readBytesPerSecond"], report["limits"]?["floatPeak"]?["operationsPerSecond"]] {
            #expect(try #require(limit?.double) > 1e6)
        }
        #expect(report["limits"]?["quantizedPeak"]?["name"] == .string("int16"))
        #expect(try #require(report["packedWeightByteCount"]?.integer) > 0)
        let results = try #require(report["results"]?.array)
        #expect(results.map { $0["depth"]?.integer } == [0, 0, 40, 40])
        #expect(results.map { $0["concurrency"]?.integer } == [1, 3, 1, 3])
        for measured in results {
            for key in ["promptTokensPerSecond", "decodeTokensPerSecond", "timeToFirstToken"] {
                #expect(try #require(measured[key]?.double) > 0, "\(key) of \(measured)")
            }
            for phase in ["promptShare", "decodeShare"] {
                let share = try #require(measured[phase])
                let bandwidth = try #require(share["bandwidthShare"]?.double)
                let arithmetic = try #require(share["arithmeticShare"]?.double)
                // No bound above: caches hold this model, and other tests run while the limits are measured.
                #expect(arithmetic > 0 && bandwidth > 0, "\(share)")
                #expect(share["share"]?.double == max(bandwidth, arithmetic))
                let reads = try #require(report["limits"]?["readBytesPerSecond"]?.double)
                let rate = try #require(share["bytesPerSecond"]?.double)
                #expect(abs(rate / reads / bandwidth - 1) < 1e-9)
                let peaks = try ["quantizedPeak", "floatPeak"].map {
                    try #require(report["limits"]?[$0]?["operationsPerSecond"]?.double)
                }
                let peak = try #require(share["operationsPerSecond"]?.double) / arithmetic
                #expect(peak >= peaks.min()! * 0.999 && peak <= peaks.max()! * 1.001, "\(peak) of \(peaks)")
                #expect(["bandwidth", "int16", "f32"].contains(share["limit"]?.string))
            }
            #expect(measured["profile"] == nil)
        }
        let picture = try String(contentsOfFile: plot, encoding: .utf8)
        #expect(picture.hasPrefix("<svg"))
        let table = try await Command.run(
            "bench", Golden.path("models/llama"), "--prompt", "8", "--generate", "4", "--repeat", "1", "--threads", "1")
        #expect(table.status == 0)
        #expect(table.text.split(separator: "\n").count == 2)
        #expect(table.text.contains(" % of "))
    }

    @Test func benchProfile() async throws {
        let arguments = [
            "bench", Golden.path("gguf/llama.gguf"), "--prompt", "24", "--generate", "8", "--repeat", "1", "--threads",
            "1", "--profile",
        ]
        let result = try await Command.run(arguments + ["--json"])
        #expect(result.status == 0, "\(result.errors)")
        let tables = try #require(try result.json()["results"]?.array?.first?["profile"]?.array)
        #expect(tables.map { $0["phase"] } == [.string("prompt"), .string("decode")])
        #expect(tables.map { $0["steps"] } == [.integer(1), .integer(7)])
        var names: [Set<String>] = []
        for table in tables {
            let lines = try #require(table["lines"]?.array)
            names.append(Set(lines.compactMap { $0["name"]?.string }))
            let shares = lines.compactMap { $0["share"]?.double }
            #expect(shares.count == lines.count && shares == shares.sorted(by: >))
            #expect(abs(shares.reduce(0, +) - 1) < 1e-6)
            for line in lines where line["name"]?.string?.hasPrefix("linear ") == true {
                #expect(try #require(line["operationCount"]?.double) > 0)
                #expect(try #require(line["byteCount"]?.double) > 0)
            }
        }
        #expect(names[0] == names[1])
        #expect(names[0].isSuperset(of: ["embed", "attention", "rope, store", "sample"]))
        #expect(names[0].contains { $0.hasPrefix("linear ") && $0.hasSuffix(" x2") })
        let text = try await Command.run(arguments)
        #expect(text.status == 0)
        for words in ["prompt: 1 step\n", "decode: 7 steps\n", "us/call", "rope, store", "all "] {
            #expect(text.text.contains(words), "\(words)")
        }
    }

    @Test func perplexity() async throws {
        let folder = try TemporaryFolder()
        let text = try folder.write("text.txt", String(repeating: "A text of some words. ", count: 40))
        func measure(_ arguments: String...) async throws -> JSONValue {
            let model = ["perplexity", Golden.path("gguf/llama.gguf"), "--text-file", text, "--json", "--threads", "1"]
            let result = try await Command.run(model + arguments)
            #expect(result.status == 0, "\(result.errors)")
            return try result.json()
        }
        let whole = try await measure("--context", "64")
        let windows = try #require(whole["windows"]?.integer)
        #expect(windows > 2)
        #expect(try #require(whole["perplexity"]?.double) > 1)
        #expect(try #require(whole["countedTokens"]?.integer) > 31 * (windows - 1))
        let chunked = try await measure("--context", "64", "--chunk", "9")
        #expect(chunked["meanNLL"] == whole["meanNLL"], "whatever the chunks are")
        #expect(try await measure("--context", "64", "--windows", "2")["windows"] == .integer(2))
    }

    @Test(arguments: [
        [], ["--nonsense"], ["fly"], ["run"], ["bench"], ["bench", "m", "--synthetic", "c"],
        ["bench", "m", "--prompt", "0"],
        ["bench", "m", "--depth", "1,x"], ["bench", "m", "--depth", ""], ["bench", "m", "--concurrency", "0"],
        ["logits", "m"], ["logits", "m", "--tokens-file", "t", "-o", "o", "--greedy", "0"],
        ["logits", "m", "--tokens-file", "t", "-o", "o", "--dtype", "f8"], ["run", "m", "--chunk", "0", "hi"],
        ["run", "m", "--chunk", "99999999999999999999", "hi"], ["run", "m", "--kv-memory", "-1", "hi"],
        ["run", "m", "--temperature", "warm", "hi"], ["perplexity", "m"],
        ["perplexity", "m", "--text-file", "t", "--context", "1"], ["tokenize"], ["run", "m"],
    ])
    func wrongUsage(_ arguments: [String]) async throws {
        let result = try await Command.run(arguments)
        // Without a subcommand, ArgumentParser shows the help and is content.
        #expect(result.status == (arguments.isEmpty ? 0 : 64), "\(arguments): \(result.errors)")
        #expect(!(result.text + result.errors).isEmpty)
    }

    @Test(arguments: [
        ["run", "/nowhere/model", "hi"], ["run", "nobody/nothing", "hi"], ["inspect", "/nowhere/model"],
        ["bench", "/nowhere/model"], ["bench", "--synthetic", "/nowhere/config.json"],
        ["perplexity", Golden.path("gguf/llama.gguf"), "--text-file", "/nowhere/text"],
        ["run", Golden.path("models/llama"), "--raw", "hi"], ["run", Golden.path("models/llama"), "hi"],
        ["run", Golden.path("gguf/llama.gguf"), "hi"], ["run", Golden.path("models/llama"), "--arch", "penguin", "hi"],
        ["run", Golden.path("gguf/llama.gguf"), "--raw", "hi", "--temperature=-1"],
        ["run", Golden.path("gguf/llama.gguf"), "--raw", "hi", "--max-tokens", "0"],
        ["run", Golden.path("gguf/llama.gguf"), "--raw", "hi", "--max-seq-len", "0"],
        ["run", Golden.path("gguf/llama.gguf"), "--raw", "hi", "--threads", "0"],
        ["run", Golden.path("gguf/llama.gguf"), "--raw", "hi", "--isa", "mmx"],
    ])
    func failures(_ arguments: [String]) async throws {
        let result = try await Command.run(arguments)
        #expect(result.status == 1, "\(arguments)")
        #expect(result.errors.hasPrefix("error: "), "\(result.errors)")
        #expect(result.text == "")
    }

    @Test func help() async throws {
        for command in ["run", "bench", "perplexity", "inspect", "doctor", "logits", "tokenize", "template"] {
            let result = try await Command.run(command, "--help")
            #expect(result.status == 0)
            #expect(result.text.contains("EXAMPLES"), "\(command)")
        }
        #expect(try await Command.run("--version").text.contains("."))
        #expect(try await Command.run("--help").text.contains("EXIT CODES"))
    }
}
