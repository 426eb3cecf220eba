import OrderedCollections
import TestSupport
import Testing
import ZondaCore
import ZondaFormats

@testable import ZondaModels

/// Every key of every family's configuration with every value that a careless or hostile file could have: a description
/// or an error, never a crash.
@Suite struct HostileConfigurationTests {
    static let values: [JSONValue] = [
        .null, true, "x", -1, 0, 1, 2, 3, .integer(1 << 20), .integer(1 << 28), .integer(.max), .integer(.min), 0.5,
        -0.1,
        1e-320, 1e300, .array([]), .array([-1]), .array(["x"]), .object([:]), .object(["rope_type": "yarn"]),
    ]

    @Test(arguments: [
        "gemma", "gemma2", "gemma3", "granite", "llama", "mistral", "mixtral", "olmo2", "phi2", "phi3_longrope_long",
        "qwen2_yarn", "qwen2", "qwen3", "qwen3moe", "smollm3", "starcoder2",
    ])
    func anyValueOfAnyKey(_ model: String) throws {
        let original = try ConfigurationReader(path: Golden.path("models/\(model)/config.json")).members
        let family = try Architecture.named(hub: try #require(original["architectures"]?.array?.first?.string))
        let keys = original.keys + family.defaults.keys.filter { original[$0] == nil }
        var (described, refused) = (0, 0)
        func check(_ members: OrderedDictionary<String, JSONValue>) {
            do {
                let facts = try ModelFacts(hub: ConfigurationReader(members, name: "config.json"), checkpoint: nil)
                let description = try family.describe(facts)
                #expect(description.parameterCount > 0)
                for rope in Set(description.layers.compactMap(\.attention.rope)) where rope.rotarySize <= 1 << 10 {
                    #expect(rope.table(variant: 0, first: 3, count: 1).count == rope.rotarySize)
                }
                described += 1
            } catch {
                #expect(error is ZondaError)
                refused += 1
            }
        }
        for key in keys {
            for value in Self.values {
                var members = original
                members[key] = value
                check(members)
                guard let object = original[key]?.object else { continue }
                for inner in object.keys {
                    var changed = object
                    changed[inner] = value
                    members[key] = .object(changed)
                    check(members)
                }
            }
            var members = original
            members[key] = nil
            check(members)
        }
        #expect(described > 0 && refused > 0)
    }
}
