#!/usr/bin/env python3
"""Runs llama.cpp's server and `zonda serve` by turns on the same file, slots and threads, and prints ratios.

    pip install xllamacpp        # or name a llama-server binary, built on this machine, with --llama-server
    python3 Benchmarks/serving/compare.py models/SmolLM2-135M-Instruct.Q4_1.gguf --clients 16 --seconds 60

`zonda bench --server` drives both: each client sends its next chat when it has its answer, prompts of --prompt
random words that no cache has seen, answers of exactly --generate tokens. Figures are medians of --rounds rounds;
the total rate is of generated tokens. Read the ratios: timings on a shared machine vary.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
from typing import Any, Dict, List, Optional

import servers


def drive(server: servers.Server, arguments: argparse.Namespace, seed: int) -> Dict[str, Any]:
    """What `zonda bench --server` sees of a server."""
    command = [arguments.zonda, "bench", "--server", server.url, "--concurrency", str(arguments.clients),
               "--duration", str(arguments.seconds), "--prompt", str(arguments.prompt),
               "--generate", str(arguments.generate), "--seed", str(seed), "--ignore-eos", "--json"]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    result: Dict[str, Any] = json.loads(output)["results"][0]
    if result["failed"]:
        print(f"{result['failed']} requests failed: {result['failures']}", file=sys.stderr)
    return result


def figures(result: Dict[str, Any]) -> Dict[str, float]:
    return {"tokens a second": result["tokensPerSecond"], "requests a second": result["requestsPerSecond"],
            "first token, median ms": result["timeToFirstToken"]["median"] * 1e3,
            "first token, p99 ms": result["timeToFirstToken"]["p99"] * 1e3,
            "between tokens, median ms": result["betweenTokens"]["median"] * 1e3,
            "between tokens, p99 ms": result["betweenTokens"]["p99"] * 1e3,
            "latency, median s": result["latency"]["median"], "failed": result["failed"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--clients", type=int, default=16, help="clients, and slots of each server")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--prompt", type=int, default=128)
    parser.add_argument("--generate", type=int, default=64)
    parser.add_argument("--context", type=int, default=1024, help="tokens of a slot")
    parser.add_argument("--max-token-delay", help="passed to zonda serve")
    parser.add_argument("--zonda", default=servers.ZONDA)
    parser.add_argument("--llama-server", help="a llama-server binary")
    parser.add_argument("--python", help="a Python that has xllamacpp")
    parser.add_argument("--log", help="a folder for the servers' logs")
    arguments = parser.parse_args()
    options = ["--max-batch-size", str(arguments.clients), "--max-seq-len", str(arguments.context),
               "--threads", str(arguments.threads)]
    if arguments.max_token_delay:
        options += ["--max-token-delay", arguments.max_token_delay]

    def log(name: str) -> Optional[str]:
        return str(pathlib.Path(arguments.log) / name) if arguments.log else None

    print("| model | figure | llama.cpp | Zonda | ratio |\n|---|---|---|---|---|")
    for model in arguments.models:
        theirs: List[Dict[str, float]] = []
        ours: List[Dict[str, float]] = []
        for seed in range(1, arguments.rounds + 1):
            with servers.llama(model, arguments.clients, arguments.context, arguments.threads,
                               arguments.llama_server, arguments.python, log("llama.log")) as server:
                theirs.append(figures(drive(server, arguments, seed)))
            with servers.zonda(model, *options, zonda=arguments.zonda, log=log("zonda.log")) as server:
                ours.append(figures(drive(server, arguments, seed)))
        for figure in theirs[0]:
            a, b = (statistics.median(r[figure] for r in runs) for runs in (theirs, ours))
            ratio = f"{b / a:.2f}" if a else "-"
            print(f"| {pathlib.Path(model).stem} | {figure} | {a:.4g} | {b:.4g} | {ratio} |", flush=True)


if __name__ == "__main__":
    main()
