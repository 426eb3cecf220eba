#!/usr/bin/env python3
"""Runs llama.cpp and Zonda on the same file with the same threads, by turns, and prints the ratios.

    pip install llama-cpp-python
    python3 Benchmarks/peers/compare.py models/SmolLM2-135M-Instruct.Q4_1.gguf [MORE.gguf …] --threads 2

Prompt: 512 tokens in one go. Decode: 64 tokens after them. Concurrent: 8 sequences that decode together (llama.cpp's
own batched decoding). Memory is the peak resident size; ready is from start to a loaded model. Rates are tokens a second,
medians of --rounds rounds; timings on a shared machine vary, so read the ratios.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

PEER = r"""
import json, random, resource, sys, time
import llama_cpp as llama
path, prompt, generate, threads, sequences = sys.argv[1], *map(int, sys.argv[2:6])
start = time.perf_counter()
llama.llama_backend_init()
model = llama.llama_model_load_from_file(path.encode(), llama.llama_model_default_params())
settings = llama.llama_context_default_params()
settings.n_ctx = (prompt + generate + 32) * sequences
settings.n_batch = settings.n_ubatch = 512
settings.n_threads = settings.n_threads_batch = threads
settings.n_seq_max = sequences
context = llama.llama_init_from_model(model, settings)
ready = time.perf_counter() - start
vocabulary = llama.llama_vocab_n_tokens(llama.llama_model_get_vocab(model))
random.seed(1)
batch = llama.llama_batch_init(512, 0, 1)
def decode(rows):
    batch.n_tokens = len(rows)
    for i, (token, position, sequence, wanted) in enumerate(rows):
        batch.token[i], batch.pos[i], batch.n_seq_id[i], batch.logits[i] = token, position, 1, wanted
        batch.seq_id[i][0] = sequence
    assert llama.llama_decode(context, batch) == 0
    llama.llama_get_logits(context)
prompts = [[random.randrange(vocabulary) for _ in range(prompt)] for _ in range(sequences)]
memory = llama.llama_get_memory(context)
decode([(1, i, 0, i == 31) for i in range(32)])
llama.llama_memory_clear(memory, True)
start = time.perf_counter()
for s in range(sequences):
    decode([(t, i, s, i == prompt - 1) for i, t in enumerate(prompts[s])])
read = time.perf_counter() - start
start = time.perf_counter()
for step in range(generate):
    decode([(1000 + s, prompt + step, s, 1) for s in range(sequences)])
written = time.perf_counter() - start
print(json.dumps({"ready": ready, "prompt": sequences * prompt / read, "decode": sequences * generate / written,
                  "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))
"""


def peer(python, path, arguments, sequences):
    command = [python, "-c", PEER, path, "512" if sequences == 1 else "32", str(arguments.generate),
               str(arguments.threads), str(sequences)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    return json.loads(output.splitlines()[-1])


def zonda(path, arguments, sequences):
    command = [arguments.zonda, "bench", path, "--prompt", "512" if sequences == 1 else "32",
               "--generate", str(arguments.generate), "--threads", str(arguments.threads), "--repeat", "1",
               "--concurrency", str(sequences), "--json"]
    if arguments.isa:
        command += ["--isa", arguments.isa]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"zonda bench failed with status {status}")
    report = json.loads(output)
    row = report["results"][0]
    return {"ready": report["loadSeconds"], "prompt": row["promptTokensPerSecond"],
            "decode": row["decodeTokensPerSecond"], "memory": usage.ru_maxrss * 1024}


def medians(rounds):
    return {key: statistics.median(r[key] for r in rounds) for key in rounds[0]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--generate", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--concurrency", type=int, default=8)
    parser.add_argument("--isa", help="an instruction set to force on Zonda")
    parser.add_argument("--zonda", default=str(ROOT / ".build/release/zonda"))
    parser.add_argument("--python", default=sys.executable, help="a Python that has llama-cpp-python")
    arguments = parser.parse_args()
    print("| model | figure | llama.cpp | Zonda | ratio |\n|---|---|---|---|---|")
    for path in arguments.models:
        name = pathlib.Path(path).stem
        alone, together = [], []
        for _ in range(arguments.rounds):
            alone.append((peer(arguments.python, path, arguments, 1), zonda(path, arguments, 1)))
            together.append((peer(arguments.python, path, arguments, arguments.concurrency),
                             zonda(path, arguments, arguments.concurrency)))
        theirs, ours = (medians([pair[i] for pair in alone]) for i in (0, 1))
        their8, our8 = (medians([pair[i] for pair in together]) for i in (0, 1))
        rows = [("prompt 512, tok/s", theirs["prompt"], ours["prompt"]),
                ("decode, tok/s", theirs["decode"], ours["decode"]),
                (f"decode of {arguments.concurrency}, tok/s", their8["decode"], our8["decode"]),
                ("peak memory, MiB", theirs["memory"] / 2**20, ours["memory"] / 2**20),
                ("ready after, s", theirs["ready"], ours["ready"])]
        for figure, a, b in rows:
            print(f"| {name} | {figure} | {a:.3g} | {b:.3g} | {b / a:.2f} |", flush=True)


if __name__ == "__main__":
    main()
