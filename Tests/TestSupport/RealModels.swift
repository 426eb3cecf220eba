import Glibc
public import Testing

/// Real models that tests use where they are: in `ZONDA_TEST_MODELS`, else in the project's `models/`, where `make test`
/// puts them.
public enum RealModels {
    public static let smolLM2 = find("SmolLM2-135M-Instruct.Q4_1.gguf")

    /// Not fetched by `make test`: it was trained to call tools.
    public static let qwenCoder = find("Qwen2.5-Coder-0.5B-Instruct.Q4_K_M.gguf")

    /// The reason of a skip.
    public static let missing: Comment =
        "SmolLM2 is not there: run `make test`, or name its folder in ZONDA_TEST_MODELS"

    private static func find(_ name: String) -> String? {
        let folder = getenv("ZONDA_TEST_MODELS").map { String(cString: $0) } ?? "\(Golden.root)/models"
        let path = "\(folder)/\(name)"
        return access(path, R_OK) == 0 ? path : nil
    }
}
