#!/usr/bin/env python3
"""How far Zonda is from the exact float32 results of real GGUF files.

    python3 Benchmarks/fidelity/compare.py models/SmolLM2-135M-Instruct.Q4_1.gguf [--zonda PATH] [-- zonda's own flags]

Reads Tests/Golden/NAME.exact.json. Per case: mean and largest KL(exact || Zonda) in nats over the recorded 32 tokens and
one bucket for all others, the share of equal most likely tokens, the difference of the mean negative log-likelihood,
and how many greedy tokens agree before the first difference. Needs numpy.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy

ROOT = pathlib.Path(__file__).resolve().parents[2]


def read_safetensors(path):
    data = pathlib.Path(path).read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    types = {"F32": numpy.float32, "I64": numpy.int64}
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            start, end = (8 + size + offset for offset in entry["data_offsets"])
            tensors[name] = numpy.frombuffer(data[start:end], types[entry["dtype"]]).reshape(entry["shape"])
    return tensors


def log_softmax(logits):
    logits = logits.astype(numpy.float64)
    logits -= logits.max(-1, keepdims=True)
    return logits - numpy.log(numpy.exp(logits).sum(-1, keepdims=True))


def kl(exact, other):
    p, q = numpy.exp(exact), numpy.exp(other)
    rest_p, rest_q = max(1e-12, 1 - p.sum()), max(1e-12, 1 - q.sum())
    return float((p * (exact - other)).sum() + rest_p * numpy.log(rest_p / rest_q))


def run(zonda, model, tokens, greedy, flags, folder):
    ids, out = os.path.join(folder, "ids.txt"), os.path.join(folder, "out.safetensors")
    pathlib.Path(ids).write_text(" ".join(map(str, tokens)))
    command = [zonda, "logits", model, "--tokens-file", ids, "-o", out, "--greedy", str(greedy)] + flags
    subprocess.run(command, check=True)
    return read_safetensors(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--zonda", default=str(ROOT / ".build/release/zonda"))
    parser.add_argument("--json", action="store_true", help="one JSON object per case")
    parser.add_argument("--max-kl", type=float, help="fail when a case's mean KL is above this")
    arguments, flags = parser.parse_known_args()
    exact = json.loads((ROOT / "Tests/Golden" / (pathlib.Path(arguments.model).stem + ".exact.json")).read_text())
    agreed, worst = 0, 0.0
    for case in exact["cases"]:
        with tempfile.TemporaryDirectory() as folder:
            result = run(arguments.zonda, arguments.model, case["tokens"], len(case["greedy"]), flags, folder)
        logprobs = log_softmax(result["logits"])
        rows = case["positions"]
        kls = [kl(numpy.array(r["logprobs"]), logprobs[r["position"]][r["ids"]]) for r in rows]
        top = numpy.mean([int(logprobs[r["position"]].argmax()) == r["ids"][0] for r in rows])
        targets = case["tokens"][1:]
        nll = -logprobs[numpy.arange(len(targets)), targets].mean()
        same = [a == b for a, b in zip(result["greedy"].tolist(), case["greedy"])]
        equal = same.index(False) if False in same else len(same)
        agreed += equal
        worst = max(worst, float(numpy.mean(kls)))
        report = {"kind": case["kind"], "klMean": float(numpy.mean(kls)), "klMax": max(kls), "top1": float(top),
                  "nllDifference": float(nll - case["mean_nll"]), "greedyEqual": equal, "greedy": len(same)}
        if arguments.json:
            print(json.dumps(report))
        else:
            print(f"{case['kind']:9s} KL mean {report['klMean']:.2e} max {report['klMax']:.2e}  top-1 {top:.4f}  "
                  f"nll {report['nllDifference']:+.5f}  greedy {equal} of {len(same)}", flush=True)
    print(f"greedy tokens equal: {agreed}", file=sys.stderr)
    if arguments.max_kl is not None and worst > arguments.max_kl:
        sys.exit(f"mean KL {worst:.2e} is above {arguments.max_kl:.2e}")


if __name__ == "__main__":
    main()
