#!/usr/bin/env python3
"""What a system prompt that was seen before saves: the time to the first token, the first and the second time.

    python3 Benchmarks/serving/prefix.py models/SmolLM2-135M-Instruct.Q4_1.gguf --words 2000

Each round has a system prompt of its own and two questions about it, in chats that nothing else runs beside. Printed:
medians of --rounds rounds and their quotient. The tokens that the second request still computes are those after the
last full page of the prefix, the question among them.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import statistics
import time
from typing import Any, Dict, List, Tuple

import servers
from soak import WORDS


def first_token(port: int, system: str, question: str) -> Tuple[float, Dict[str, Any]]:
    """Seconds to the first token of a chat, and its usage."""
    body = {"model": "default", "max_tokens": 1, "temperature": 0, "stream": True,
            "stream_options": {"include_usage": True},
            "messages": [{"role": "system", "content": system}, {"role": "user", "content": question}]}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    start = time.perf_counter()
    connection.request("POST", "/v1/chat/completions", json.dumps(body), {"Content-Type": "application/json"})
    seconds, usage = 0.0, {}
    for line in connection.getresponse():
        if not line.startswith(b"data: {"):
            continue
        chunk = json.loads(line[6:])
        if not seconds and any(choice["delta"].get("content") for choice in chunk["choices"]):
            seconds = time.perf_counter() - start
        usage = chunk.get("usage") or usage
    connection.close()
    return seconds, usage


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--words", type=int, default=2000, help="of the system prompt; each is about a token")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--zonda", default=servers.ZONDA)
    arguments = parser.parse_args()
    options = ["--threads", str(arguments.threads), "--max-seq-len", str(2 * arguments.words + 1024)]
    times: List[Tuple[float, float]] = []
    usages: List[Dict[str, Any]] = []
    with servers.zonda(arguments.model, *options, zonda=arguments.zonda) as server:
        first_token(server.port, "Warm up.", "Hello!")
        for index in range(arguments.rounds):
            words = random.Random(index)
            system = " ".join(words.choice(WORDS) for _ in range(arguments.words))
            first, _ = first_token(server.port, system, "What is this about?")
            second, usage = first_token(server.port, system, "How many words are there?")
            times.append((first, second))
            usages.append(usage)
    first, second = (statistics.median(pair[i] for pair in times) for i in (0, 1))
    print(f"first {first * 1e3:.1f} ms, second {second * 1e3:.1f} ms: {first / second:.1f} times less; usage {usages[-1]}")


if __name__ == "__main__":
    main()
