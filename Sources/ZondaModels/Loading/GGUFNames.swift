/// Finds a checkpoint's tensor in a GGUF file, where names are the same for all architectures but a few.
///
/// Source: the tensor names of the GGUF specification ("Standardized tensor names") and of the gguf package.
public struct GGUFNames: Sendable {
    /// Parts of names within a layer that differ from `layerNames`.
    private let exceptions: [String: String]

    public init(exceptions: [String: String] = [:]) { self.exceptions = exceptions }

    /// Where a checkpoint's tensor is: a tensor of the file and, in a stack of matrices, which one.
    public struct Place: Equatable {
        var name: String
        var matrix: Int?
    }

    /// The place of `name`, such as `model.layers.3.self_attn.q_proj.weight`, or nil for one that GGUF can't hold.
    func place(of name: String) -> Place? {
        guard let dot = name.lastIndex(of: "."), let suffix = Optional(name[dot...]) else { return nil }
        let path = name[..<dot]
        if let whole = Self.rootNames[String(path)] { return Place(name: whole + suffix) }
        let parts = path.split(separator: ".")
        guard parts.count >= 4, parts[0] == "model", parts[1] == "layers", let layer = Int(parts[2]) else { return nil }
        if let index = parts.firstIndex(of: "experts"), index + 2 < parts.count, let matrix = Int(parts[index + 1]),
            let stack = Self.expertNames[String(parts[index + 2])]
        {
            return Place(name: "blk.\(layer).\(stack)\(suffix)", matrix: matrix)
        }
        let inner = parts[3...].joined(separator: ".")
        guard let short = exceptions[inner] ?? Self.layerNames[inner] else { return nil }
        return Place(name: "blk.\(layer).\(short)\(suffix)")
    }

    private static let rootNames = [
        "model.embed_tokens": "token_embd",
        "model.norm": "output_norm",
        "model.final_layernorm": "output_norm",
        "lm_head": "output",
    ]

    private static let expertNames = [
        "w1": "ffn_gate_exps", "gate_proj": "ffn_gate_exps",
        "w3": "ffn_up_exps", "up_proj": "ffn_up_exps",
        "w2": "ffn_down_exps", "down_proj": "ffn_down_exps",
    ]

    private static let layerNames = [
        "input_layernorm": "attn_norm",
        "self_attn.q_proj": "attn_q",
        "self_attn.k_proj": "attn_k",
        "self_attn.v_proj": "attn_v",
        "self_attn.qkv_proj": "attn_qkv",
        "self_attn.o_proj": "attn_output",
        "self_attn.dense": "attn_output",
        "self_attn.q_norm": "attn_q_norm",
        "self_attn.k_norm": "attn_k_norm",
        "post_attention_layernorm": "ffn_norm",
        "pre_feedforward_layernorm": "ffn_norm",
        "post_feedforward_layernorm": "post_ffw_norm",
        "mlp.gate_proj": "ffn_gate",
        "mlp.up_proj": "ffn_up",
        "mlp.down_proj": "ffn_down",
        // Phi-3 keeps gate and up in one tensor, which its converter calls up.
        "mlp.gate_up_proj": "ffn_up",
        "mlp.fc1": "ffn_up",
        "mlp.fc2": "ffn_down",
        "mlp.c_fc": "ffn_up",
        "mlp.c_proj": "ffn_down",
        "block_sparse_moe.gate": "ffn_gate_inp",
        "mlp.gate": "ffn_gate_inp",
    ]
}
