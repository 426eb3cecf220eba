#!/usr/bin/env python3
"""Uses `zonda serve` hard, and says whether it held: exit status 1 if it did not.

    python3 Benchmarks/serving/soak.py models/SmolLM2-135M-Instruct.Q4_1.gguf

equal     --clients clients for --seconds seconds: every greedy answer, its text and the log-probabilities of its
          tokens, equals its solo answer.
memory    --requests short requests: resident memory grows by less than 2 %. Warmed up until the prefix cache, which
          --kv-memory limits here, is full: until then it fills memory that it was given.
leave     --leavers clients that hang up in the midst of a stream: afterwards no request runs or waits, and no page
          is in use.
fuzz      --bodies requests with damaged bodies or heads: no crash, no 5xx but 503, and answers are what they were.

Python's standard library is enough. Nothing that is checked depends on speed.
"""

from __future__ import annotations

import argparse
import collections
import http.client
import json
import random
import socket
import struct
import sys
import threading
import time
from typing import Any, Callable, Counter, Dict, List, Optional, Tuple

import servers

WORDS = ("river stone paper light window garden music number winter summer letter mountain ocean kitchen market "
         "engine forest silver copper candle bridge harbor island meadow planet signal thunder violet walnut").split()

Check = Tuple[bool, str]


class Client:
    """One keep-alive connection."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connection: Optional[http.client.HTTPConnection] = None

    def post(self, path: str, body: bytes) -> Tuple[int, bytes]:
        """The status and the body of the answer; connects again where the server has closed."""
        while True:
            is_fresh = self.connection is None
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
            try:
                self.connection.request("POST", path, body, {"Content-Type": "application/json"})
                answer = self.connection.getresponse()
                text = answer.read()
                if answer.will_close:
                    self.close()
                return answer.status, text
            except (OSError, http.client.HTTPException):
                self.close()
                # One that was idle may have been closed meanwhile; a fresh one must work.
                if is_fresh:
                    raise

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def chat(content: str, tokens: int, **more: Any) -> Dict[str, Any]:
    return {"model": "default", "messages": [{"role": "user", "content": content}], "max_tokens": tokens,
            "temperature": 0, **more}


def probe(index: int) -> Dict[str, Any]:
    """Request `index` of a fixed set: prompts of 1 to 400 words."""
    words = random.Random(index)
    count = [1, 5, 20, 40, 90, 180, 400][index % 7]
    text = " ".join(words.choice(WORDS) for _ in range(count))
    return chat(f"Tell me about {text}.", 8 + 5 * (index % 9), logprobs=True, top_logprobs=2)


def answer(client: Client, body: Dict[str, Any]) -> Any:
    """What must be the same each time."""
    status, text = client.post("/v1/chat/completions", json.dumps(body).encode())
    if status != 200:
        raise RuntimeError(f"status {status}: {text[:300]!r}")
    return json.loads(text)["choices"]


def metrics(port: int) -> Dict[str, float]:
    """Gauges and counters, summed over their labels."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/metrics")
    values: Dict[str, float] = collections.defaultdict(float)
    for line in connection.getresponse().read().decode().splitlines():
        if line and not line.startswith("#"):
            name, value = line.rsplit(" ", 1)
            values[name.split("{")[0]] += float(value)
    connection.close()
    return values


def in_threads(count: int, work: Callable[[int], None]) -> List[BaseException]:
    """Runs `work` on threads; what it raised."""
    errors: List[BaseException] = []

    def run(index: int) -> None:
        try:
            work(index)
        except BaseException as error:  # Told to the caller.
            errors.append(error)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def equal(server: servers.Server, arguments: argparse.Namespace) -> Check:
    alone = Client(server.port)
    expected = [answer(alone, probe(index)) for index in range(arguments.probes)]
    limit = time.monotonic() + arguments.seconds
    counts: Counter[str] = collections.Counter()

    def work(index: int) -> None:
        client, order = Client(server.port), random.Random(index)
        while time.monotonic() < limit:
            number = order.randrange(arguments.probes)
            counts["equal" if answer(client, probe(number)) == expected[number] else "different"] += 1

    errors = in_threads(arguments.clients, work)
    good = not errors and counts["different"] == 0 and counts["equal"] > 0
    return good, f"{counts['equal']} answers equal, {counts['different']} different, {shown(errors)}"


def shown(errors: List[BaseException]) -> str:
    return f"{len(errors)} errors" + (f", such as {errors[0]!r}" if errors else "")


def short_requests(server: servers.Server, clients: int, count: int, seed: int) -> List[BaseException]:
    def work(index: int) -> None:
        client, words = Client(server.port), random.Random(seed * 1000 + index)
        for _ in range(count // clients):
            text = " ".join(words.choice(WORDS) for _ in range(words.randrange(1, 30)))
            answer(client, chat(text, 1 + words.randrange(3)))

    return in_threads(clients, work)


def memory(server: servers.Server, arguments: argparse.Namespace) -> Check:
    errors = short_requests(server, arguments.clients, arguments.requests // 4, 1)
    before = server.resident_bytes()
    errors += short_requests(server, arguments.clients, arguments.requests, 2)
    after = server.resident_bytes()
    growth = after / before - 1
    text = f"{before / 2**20:.1f} MiB, then {after / 2**20:.1f} MiB: {growth * 100:+.2f} %, {shown(errors)}"
    return not errors and growth < 0.02, text


def leave(server: servers.Server, arguments: argparse.Namespace) -> Check:
    names = ("zonda:num_requests_running", "zonda:num_requests_waiting", "zonda:kv_cache_usage_perc")
    missing = [name for name in names if name not in metrics(server.port)]
    if missing:
        return False, f"/metrics has no {missing}"
    counts: Counter[str] = collections.Counter()

    def work(index: int) -> None:
        choice = random.Random(index)
        for _ in range(-(-arguments.leavers // arguments.clients)):
            words = " ".join(choice.choices(WORDS, k=choice.randrange(1, 200)))
            body = json.dumps(chat(words, 300, stream=True))
            head = (f"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n")
            with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
                # One in ten hangs up before its body is there.
                is_whole = choice.random() < 0.9
                connection.sendall((head + body).encode()[:None if is_whole else len(head) + 20])
                counts["clients"] += 1
                for _ in range(choice.randrange(4)):
                    connection.settimeout(choice.choice([0.01, 0.3, 30]) if is_whole else 0.01)
                    try:
                        counts["bytes"] += len(connection.recv(choice.choice([1, 100, 10000])))
                    except socket.timeout:
                        break
                if choice.random() < 0.5:  # A reset, where the other half says goodbye.
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    errors = in_threads(arguments.clients, work)
    limit = time.monotonic() + 60
    left: Dict[str, float] = {}
    while time.monotonic() < limit:
        values = metrics(server.port)
        left = {name: values[name] for name in names if values[name] != 0}
        if not left:
            break
        time.sleep(0.2)
    good = not errors and not left and counts["bytes"] > 0
    text = f"{counts['clients']} clients read {counts['bytes']} bytes, left behind: {left or 'nothing'}, {shown(errors)}"
    return good, text


BODIES: List[Tuple[str, Dict[str, Any]]] = [
    ("/v1/chat/completions", chat("Hello", 1, stop=["x"], seed=3, logit_bias={"5": 1.5}, top_p=0.5, n=1)),
    ("/v1/chat/completions", chat("Hi", 1, stream=True, stream_options={"include_usage": True}, logprobs=True)),
    ("/v1/chat/completions", chat("Hi", 1, tools=[{"type": "function", "function": {
        "name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}}}}])),
    ("/v1/chat/completions", chat("Hi", 1, response_format={"type": "json_schema", "json_schema": {
        "name": "s", "schema": {"type": "object", "properties": {"a": {"enum": [1, 2]}}, "required": ["a"]}}})),
    ("/v1/completions", {"model": "default", "prompt": ["a", "b"], "max_tokens": 1, "temperature": 0.5}),
    ("/v1/embeddings", {"model": "default", "input": ["a", "b"]}),
    ("/v1/responses", {"model": "default", "input": "Hi", "max_output_tokens": 1}),
    ("/v1/messages", {"model": "default", "max_tokens": 1, "messages": [{"role": "user", "content": "Hi"}]}),
    ("/tokenize", {"model": "default", "prompt": "Hi there"}),
]
ODD: List[Any] = [None, True, -1, 0, 1, 2**31, 2**63, 2**64, 1e308, -1e308, 0.5, "", "\u0000", "\ud83d", "a" * 5000,
                  [], {}, [[]], {"a": None}, [1, "x"], "NaN"]
# Lengths stay small: what is looked for is a crash, not a long answer.
COUNTS = ("max_tokens", "max_output_tokens", "n")
SMALL: List[Any] = [value for value in ODD if not (isinstance(value, (int, float)) and value > 4)]


def damaged(choice: random.Random) -> Tuple[str, bytes]:
    """A path, and a body with something wrong in it: in its values, or in its bytes."""
    path, original = choice.choice(BODIES)
    body = json.loads(json.dumps(original))
    if choice.random() < 0.5:
        place: Any = body
        while True:
            key = choice.choice(list(place) if isinstance(place, dict) else list(range(len(place))))
            if choice.random() < 0.4 and isinstance(place[key], (dict, list)) and place[key]:
                place = place[key]
                continue
            if key in COUNTS:
                place[key] = choice.choice(SMALL)
            elif isinstance(place, dict) and choice.random() < 0.3:
                del place[key]
            else:
                place[key] = choice.choice(ODD)
            return path, json.dumps(body).encode()
    data = bytearray(json.dumps(body).encode())
    for _ in range(choice.randrange(1, 5)):
        at = choice.randrange(len(data)) if data else 0
        kind = choice.randrange(6)
        if kind == 0:
            data[at:at + 1] = bytes([choice.randrange(256)])
        elif kind == 1:
            del data[at:at + choice.randrange(1, 30)]
        elif kind == 2:
            data[at:at] = data[at:at + choice.randrange(1, 30)]
        elif kind == 3:
            data[at:at] = choice.choice([b"[" * 300, b'{"a":', b"\\ud800", b"1e999", b"\xff\xfe", b'"', b"\x00"])
        elif kind == 4:
            data = data[:at]
        elif data:
            data[at] ^= 1 << choice.randrange(8)
    return path, bytes(data)


def broken(choice: random.Random) -> bytes:
    """The bytes of a request whose head is damaged."""
    path, body = damaged(choice)
    head = bytearray((f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                      f"Content-Length: {len(body)}\r\n\r\n").encode())
    for _ in range(choice.randrange(1, 4)):
        at = choice.randrange(len(head))
        if choice.random() < 0.5:
            head[at:at + 1] = bytes([choice.randrange(256)])
        else:
            head[at:at] = choice.choice([b"\r\n", b"\n\n", b": ", b"Transfer-Encoding: chunked\r\n", b"\x00" * 9,
                                         b"A: " + b"b" * 9000 + b"\r\n", b"Content-Length: -1\r\n"])
    return bytes(head) + body


def fuzz(server: servers.Server, arguments: argparse.Namespace) -> Check:
    statuses: Counter[int] = collections.Counter()
    first: Dict[int, str] = {}
    counts: Counter[str] = collections.Counter()

    def work(index: int) -> None:
        client, choice = Client(server.port), random.Random(index)
        for number in range(-(-arguments.bodies // arguments.clients)):
            if number % 25 == 24:
                counts["heads"] += 1
                with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
                    connection.settimeout(0.05)
                    try:
                        connection.sendall(broken(choice))
                        connection.recv(1000)
                    except OSError:
                        pass
                continue
            path, body = damaged(choice)
            status, text = client.post(path, body)
            statuses[status] += 1
            if status >= 500 and status not in first:
                first[status] = f"{path} {body[:300]!r}: {text[:300]!r}"

    errors = in_threads(arguments.clients, work)
    for status, example in first.items():
        print(f"first {status}: {example}", file=sys.stderr)
    bad = sum(count for status, count in statuses.items() if status >= 500 and status != 503)
    good = not errors and bad == 0 and sum(statuses.values()) > 0
    text = ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items()))
    return good, f"{text}, {counts['heads']} broken heads, {shown(errors)}"


def main() -> None:
    checks = {"equal": equal, "memory": memory, "leave": leave, "fuzz": fuzz}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("checks", nargs="*", help=", ".join(checks) + "; all by default")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--probes", type=int, default=40)
    parser.add_argument("--requests", type=int, default=5000)
    parser.add_argument("--leavers", type=int, default=500)
    parser.add_argument("--bodies", type=int, default=100_000)
    parser.add_argument("--kv-memory", type=int, default=128, help="MiB of keys and values")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--zonda", default=servers.ZONDA)
    parser.add_argument("--log", help="a file for the server's log")
    arguments = parser.parse_args()
    for name in arguments.checks:
        if name not in checks:
            parser.error(f"no check \"{name}\": {', '.join(checks)}")
    options = ["--max-batch-size", str(arguments.clients), "--max-seq-len", "2048",
               "--kv-memory", str(arguments.kv_memory), "--threads", str(arguments.threads)]
    has_failed = False
    print("| check | held | what was seen | s |\n|---|---|---|---|")
    with servers.zonda(arguments.model, *options, zonda=arguments.zonda, log=arguments.log) as server:
        before = answer(Client(server.port), probe(3))
        for name in arguments.checks or checks:
            start = time.monotonic()
            good, text = checks[name](server, arguments)
            if not server.is_alive():
                good, text = False, text + "; the server is gone"
            elif answer(Client(server.port), probe(3)) != before:
                good, text = False, text + "; an answer changed"
            has_failed = has_failed or not good
            print(f"| {name} | {'yes' if good else 'NO'} | {text} | {time.monotonic() - start:.0f} |", flush=True)
            if not server.is_alive():
                break
    sys.exit(1 if has_failed else 0)


if __name__ == "__main__":
    main()
