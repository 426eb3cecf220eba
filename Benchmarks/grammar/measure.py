#!/usr/bin/env python3
"""What a mask costs: each token of a few documents, over the vocabulary of a real model.

    python3 Benchmarks/grammar/measure.py models/Qwen2.5-Coder-0.5B-Instruct.Q4_K_M.gguf

Compiling, the first time through a document (cold), 19 more times (warm), and moving on by a token: microseconds of
processor time, so that other work on the machine doesn't count. The documents are in Tests/ZondaGrammarTests/
MaskMeasurement.swift; every token of theirs must be allowed, so this is a test too.
"""

import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TEST = ["swift", "test", "-c", "release", "--disable-xctest", "--scratch-path", ".build-test"]


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    environment = dict(os.environ, ZONDA_GRAMMAR_MEASURE=os.path.abspath(sys.argv[1]))
    result = subprocess.run(
        TEST + ["--filter", "MaskMeasurementTests"], cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE
    )
    rows = [line.split("|")[1:] for line in result.stdout.splitlines() if line.startswith("measured|")]
    if result.returncode != 0 or not rows:
        sys.exit(result.stdout + "\nthe measurement failed")
    print("| document | tokens | compile, ms | cold median, µs | cold max, ms | warm median, µs | warm p99, µs "
          "| accept median, µs | accept p99, µs | cache, MiB |")
    print("|---|" + "---:|" * 9)
    for row in rows:
        name, tokens = row[:2]
        compiling, cold, cold_max, warm, warm_p99, accept, accept_p99, cache = map(float, row[2:])
        print(f"| {name} | {tokens} | {compiling / 1e3:.1f} | {cold:.0f} | {cold_max / 1e3:.1f} | {warm:.1f} "
              f"| {warm_p99:.1f} | {accept:.2f} | {accept_p99:.2f} | {cache / 2**20:.1f} |")


if __name__ == "__main__":
    main()
