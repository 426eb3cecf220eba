#!/usr/bin/env python3
"""Makes the tiny models here that the project's other reference data does not bring: random weights, every feature of a
family switched on, and what transformers says in float32.

    python3 make_models.py [--check] [NAME ...]      # needs torch, transformers, safetensors, gguf

`models/NAME` gets config.json (as the hub writes it), model.safetensors and expected.safetensors: `input_ids` [T],
`logits` f32 [T, 128], `greedy` [24] after `greedy_prompt` [P]. `gguf/NAME.gguf` is the same family with what GGUF can say,
its answers beside it in `NAME.expected.safetensors`. Weights are small integers times a power of two, so that bf16 and
Q8_0 hold the same values. `--check` runs the GGUF files with llama.cpp (needs llama-cpp-python).
"""

import json
import math
import os
import sys
import tempfile
from pathlib import Path

import gguf
import numpy as np
import torch
import transformers
from safetensors.torch import load_file, save_file

HERE = Path(__file__).resolve().parent
VOCABULARY, T, PROMPT, GREEDY = 128, 32, 8, 24
BASE = dict(
    vocab_size=VOCABULARY, hidden_size=64, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=256, bos_token_id=1, eos_token_id=2, pad_token_id=0,
    use_cache=True, tie_word_embeddings=False, torch_dtype="bfloat16", transformers_version="4.52.0")

# The class of each family, its keys in config.json, its name in GGUF and what GGUF can't say otherwise than so.
MODELS = {
    "gemma3": (
        "Gemma3ForCausalLM",
        # What Google's own files leave out is left out here too: the defaults count.
        dict(BASE, model_type="gemma3_text", head_dim=32, num_hidden_layers=3, sliding_window=8,
             sliding_window_pattern=3, query_pre_attn_scalar=20, rope_theta=100000.0, rope_local_base_freq=1000.0,
             rope_scaling=dict(rope_type="linear", factor=8.0), final_logit_softcapping=6.0),
        "gemma3", dict(query_pre_attn_scalar=32, num_hidden_layers=6, sliding_window_pattern=6,
                       final_logit_softcapping=None, rope_local_base_freq=10000.0)),
    "granite": (
        "GraniteForCausalLM",
        dict(BASE, model_type="granite", hidden_act="silu", rms_norm_eps=1e-5, rope_theta=10000.0,
             embedding_multiplier=6.0, logits_scaling=3.0, residual_multiplier=0.4, attention_multiplier=0.125,
             attention_bias=True, mlp_bias=True),
        "granite", {}),
    "olmo2": (
        "Olmo2ForCausalLM",
        dict(BASE, model_type="olmo2", hidden_act="silu", rms_norm_eps=1e-6, rope_theta=500000.0),
        "olmo2", {}),
    "phi2": (
        "PhiForCausalLM",
        dict(BASE, model_type="phi", hidden_act="gelu_new", layer_norm_eps=1e-5, partial_rotary_factor=0.5,
             num_key_value_heads=4, qk_layernorm=False, rope_theta=10000.0, rope_scaling=None),
        "phi2", {}),
    "qwen2_yarn": (
        "Qwen2ForCausalLM",
        dict(BASE, model_type="qwen2", hidden_act="silu", rms_norm_eps=1e-6, rope_theta=10000.0,
             use_sliding_window=True, sliding_window=9, max_window_layers=1,
             rope_scaling=dict(type="yarn", factor=4.0, original_max_position_embeddings=64)),
        "qwen2", dict(use_sliding_window=False)),
    "qwen3moe": (
        "Qwen3MoeForCausalLM",
        dict(BASE, model_type="qwen3_moe", hidden_act="silu", rms_norm_eps=1e-6, rope_theta=1000000.0, head_dim=32,
             num_hidden_layers=2, num_experts=4, num_experts_per_tok=2, moe_intermediate_size=32,
             norm_topk_prob=False, decoder_sparse_step=1, mlp_only_layers=[1], attention_bias=False),
        "qwen3moe", dict(norm_topk_prob=True, mlp_only_layers=[])),
    "smollm3": (
        "SmolLM3ForCausalLM",
        dict(BASE, model_type="smollm3", hidden_act="silu", rms_norm_eps=1e-6, rope_theta=50000.0,
             num_hidden_layers=3, no_rope_layers=[1, 0, 1], no_rope_layer_interval=4, use_sliding_window=False,
             sliding_window=None, attention_bias=True, mlp_bias=True, tie_word_embeddings=True),
        "smollm3", dict(no_rope_layers=None, num_hidden_layers=4, attention_bias=False, mlp_bias=False)),
    "starcoder2": (
        "Starcoder2ForCausalLM",
        dict(BASE, model_type="starcoder2", hidden_act="gelu_pytorch_tanh", norm_epsilon=1e-5, rope_theta=100000.0,
             sliding_window=10, use_bias=True, tie_word_embeddings=True),
        "starcoder2", dict(sliding_window=None)),
}
for left_out in ["tie_word_embeddings", "max_position_embeddings"]:
    del MODELS["gemma3"][1][left_out]


def randomize(model, seed):
    """Weights that make every part count: norms away from one, biases away from zero; integers times 2^-k."""
    generator = torch.Generator().manual_seed(seed)
    is_gemma = "Gemma" in type(model).__name__
    for name, value in model.named_parameters():
        noise = torch.randn(value.shape, generator=generator)
        if value.dim() >= 2:
            embedding = (0.06 if is_gemma else 0.25) if model.config.tie_word_embeddings else 1.5
            deviation = embedding if "embed" in name else (3.0 if "lm_head" in name else 1.3) / 8
            exponent = round(math.log2(40 / deviation))
            noise = (noise * 40).round().clamp(-127, 127) / 2**exponent
        elif name.endswith("bias"):
            noise = noise * 0.3
        else:
            # Gemma's embeddings enter the stream multiplied by 8: small ones leave a say to the layers.
            noise = noise * 0.2 + ((3 if name == "model.norm.weight" else 0) if is_gemma else 1)
        value.data.copy_(noise.to(torch.bfloat16).float())


def answers(model, ids):
    """What is compared, and the narrowest gap between a greedy token and the next best, or an expert and the next."""
    gaps = []

    def watch(module, _, output):
        ordered = output[0].sort(descending=True).values
        gaps.append(2 * (ordered[:, module.top_k - 1] - ordered[:, module.top_k]).min().item())

    hooks = [each.register_forward_hook(watch) for each in model.modules() if type(each).__name__.endswith("Router")]
    with torch.no_grad():
        logits = model(input_ids=ids[None]).logits[0].float()
        sequence = ids[:PROMPT].clone()
        for _ in range(GREEDY):
            last = model(input_ids=sequence[None]).logits[0, -1]
            best = last.topk(2).values
            gaps.append((best[0] - best[1]).item())
            sequence = torch.cat([sequence, last.argmax()[None]])
    for each in hooks:
        each.remove()
    greedy = sequence[PROMPT:].clone()
    return dict(input_ids=ids, logits=logits.contiguous(), greedy=greedy, greedy_prompt=ids[:PROMPT].clone()), min(gaps)


def fitting(architecture, keys, folder):
    """A model in `folder`, its weights and answers, with a seed for which greedy decoding is not a matter of luck."""
    (folder / "config.json").write_text(json.dumps(keys, indent=2, sort_keys=True) + "\n")
    config = transformers.AutoConfig.from_pretrained(folder)
    model = getattr(transformers, architecture)._from_config(config, dtype=torch.float32, attn_implementation="eager")
    model.eval()
    for seed in range(1000):
        randomize(model, seed)
        model.tie_weights()
        ids = torch.randint(8, VOCABULARY, (T,), generator=torch.Generator().manual_seed(seed + 1))
        expected, gap = answers(model, ids)
        kinds = len(set(expected["greedy"].tolist()))
        if gap > 0.05 and kinds > 3:
            break
    model.to(torch.bfloat16).save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    (folder / "config.json").write_text(json.dumps(keys, indent=2, sort_keys=True) + "\n")
    # The reference is what anyone gets who loads these files.
    loaded = getattr(transformers, architecture).from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager")
    again, _ = answers(loaded.eval(), ids)
    assert torch.equal(again["logits"], expected["logits"]), "the saved model differs from the made one"
    print(f"{folder.name}: seed {seed}, logits {again['logits'].std():.2f}, narrowest gap {gap:.3f}, {kinds} tokens")
    return again


NAMES = {
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "pre_feedforward_layernorm": "ffn_norm",
    "post_feedforward_layernorm": "post_ffw_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "self_attn.dense": "attn_output",
    "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm", "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down", "mlp.fc1": "ffn_up", "mlp.fc2": "ffn_down",
    "mlp.c_fc": "ffn_up", "mlp.c_proj": "ffn_down", "mlp.gate": "ffn_gate_inp",
    "mlp.experts.gate_proj": "ffn_gate_exps", "mlp.experts.up_proj": "ffn_up_exps",
    "mlp.experts.down_proj": "ffn_down_exps",
}
ROOTS = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "model.final_layernorm": "output_norm",
         "lm_head": "output"}


def gguf_name(name, has_post_norms):
    path, _, suffix = name.rpartition(".")
    if path in ROOTS:
        return f"{ROOTS[path]}.{suffix}"
    _, _, layer, inner = path.split(".", 3)
    short = NAMES[inner]
    if inner == "post_attention_layernorm" and has_post_norms:
        short = "post_attention_norm"
    return f"blk.{layer}.{short}.{suffix}"


def interleaved(values, heads):
    """Rows of halves as rows of pairs, as the converter writes them for families of Llama's rope."""
    return values.reshape(heads, 2, -1, *values.shape[1:]).swapaxes(1, 2).reshape(values.shape)


def q8_0(values):
    """Exact: every row's values are integers times one power of two."""
    blocks = values.reshape(-1, 32)
    scale = np.abs(np.where(blocks == 0, np.inf, blocks)).min(-1)
    exponent = np.floor(np.log2(scale))
    for _ in range(8):
        off = np.round(blocks / 2.0 ** exponent[:, None]) * 2.0 ** exponent[:, None] != blocks
        exponent -= off.any(-1)
    numbers = np.round(blocks / 2.0 ** exponent[:, None])
    assert np.abs(numbers).max() <= 127 and (numbers * 2.0 ** exponent[:, None] == blocks).all()
    packed = np.concatenate(
        [(2.0**exponent).astype("<f2").view(np.uint8).reshape(-1, 2), numbers.astype(np.int8).view(np.uint8)], 1)
    return packed.reshape(*values.shape[:-1], -1)


def write_gguf(path, name, keys, folder, packs=True):
    config = transformers.AutoConfig.from_pretrained(folder)
    writer = gguf.GGUFWriter(path, name)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    if name in ("phi2", "starcoder2"):
        writer.add_layer_norm_eps(keys.get("layer_norm_eps", keys.get("norm_epsilon")))
    else:
        writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    head = keys.get("head_dim", config.hidden_size // config.num_attention_heads)
    if "head_dim" in keys:
        writer.add_key_length(head)
        writer.add_value_length(head)
    writer.add_rope_freq_base(keys["rope_theta"])
    writer.add_rope_dimension_count(int(head * keys.get("partial_rotary_factor", 1)))
    scaling = keys.get("rope_scaling") or {}
    if scaling.get("type") == "yarn":
        writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
        writer.add_rope_scaling_factor(scaling["factor"])
        writer.add_rope_scaling_orig_ctx_len(scaling["original_max_position_embeddings"])
    elif scaling.get("rope_type") == "linear":
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(scaling["factor"])
    if name == "gemma3":
        writer.add_sliding_window(keys["sliding_window"])
    if name == "granite":
        writer.add_attention_scale(keys["attention_multiplier"])
        writer.add_embedding_scale(keys["embedding_multiplier"])
        writer.add_residual_scale(keys["residual_multiplier"])
        writer.add_logit_scale(keys["logits_scaling"])
    if name == "qwen3moe":
        writer.add_expert_count(keys["num_experts"])
        writer.add_expert_used_count(keys["num_experts_per_tok"])
        writer.add_expert_feed_forward_length(keys["moe_intermediate_size"])
    writer.add_vocab_size(config.vocab_size)
    writer.add_tokenizer_model("none")

    tensors = load_file(folder / "model.safetensors")
    stacks = {}
    for each in list(tensors):
        parts = each.split(".")
        if "experts" in parts and parts[5].isdigit():
            stacks.setdefault(".".join(parts[:5] + parts[6:]), {})[int(parts[5])] = tensors.pop(each)
    for each, experts in stacks.items():
        tensors[each] = torch.stack([experts[i] for i in range(len(experts))])
    for each, tensor in tensors.items():
        values = tensor.float().numpy()
        if name in ("granite", "smollm3") and ".q_proj." in each:
            values = interleaved(values, config.num_attention_heads)
        if name in ("granite", "smollm3") and ".k_proj." in each:
            values = interleaved(values, config.num_key_value_heads)
        if name == "gemma3" and "norm" in each:
            values = values + 1
        target = gguf_name(each, name in ("gemma3", "olmo2"))
        if values.ndim == 1 or "ffn_gate_inp" in target or not packs:
            writer.add_tensor(target, np.ascontiguousarray(values, np.float32))
        else:
            packed = q8_0(values)
            writer.add_tensor(target, packed, raw_shape=packed.shape, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def check(path, expected):
    """The greatest difference and the mean KL of llama.cpp's logits, everything in float32."""
    import llama_cpp

    model = llama_cpp.llama_model_load_from_file(str(path).encode(), llama_cpp.llama_model_default_params())
    if not model:
        return "llama.cpp does not load it"
    parameters = llama_cpp.llama_context_default_params()
    parameters.n_ctx, parameters.n_batch, parameters.n_threads, parameters.n_seq_max = 256, 256, 1, 1
    parameters.type_k = parameters.type_v = int(gguf.GGMLQuantizationType.F32)
    context = llama_cpp.llama_init_from_model(model, parameters)
    ids = expected["input_ids"].tolist()
    batch = llama_cpp.llama_batch_init(len(ids), 0, 1)
    batch.n_tokens = len(ids)
    for index, token in enumerate(ids):
        batch.token[index], batch.pos[index], batch.n_seq_id[index], batch.seq_id[index][0] = token, index, 1, 0
        batch.logits[index] = True
    assert llama_cpp.llama_decode(context, batch) == 0
    flat = np.ctypeslib.as_array(llama_cpp.llama_get_logits(context), shape=(len(ids), VOCABULARY))
    exact, other = expected["logits"].double(), torch.from_numpy(flat.copy()).double()
    p, q = exact.log_softmax(-1), other.log_softmax(-1)
    return f"llama.cpp: max {(exact - other).abs().max():.4f}, mean KL {(p.exp() * (p - q)).sum(-1).mean():.2e}"


def main(arguments):
    names = [each for each in arguments if not each.startswith("--")] or list(MODELS)
    for name in names:
        architecture, keys, family, changes = MODELS[name]
        keys = dict(keys, architectures=[architecture])
        folder = HERE / "models" / name
        folder.mkdir(parents=True, exist_ok=True)
        expected = fitting(architecture, keys, folder)
        save_file(expected, folder / "expected.safetensors")
        with tempfile.TemporaryDirectory() as temporary:
            temporary = Path(temporary)
            file = HERE / "gguf" / f"{name}.gguf"
            answers_file = HERE / "gguf" / f"{name}.expected.safetensors"
            keys = dict(keys, **changes)
            if changes:
                expected = fitting(architecture, keys, temporary)
                save_file(expected, answers_file)
            write_gguf(file, family, keys, temporary if changes else folder)
            print(f"  {sum(each.stat().st_size for each in folder.iterdir())} and {file.stat().st_size} bytes")
            if "--check" in arguments:
                # llama.cpp rounds activations to the type of the weights: only float32 shows what it computes.
                write_gguf(temporary / "exact.gguf", family, keys, temporary if changes else folder, packs=False)
                print(f"  {check(temporary / 'exact.gguf', expected)}")


main(sys.argv[1:])
if "--check" in sys.argv:
    # The libraries' threads do not end together.
    sys.stdout.flush()
    os._exit(0)
