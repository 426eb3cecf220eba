#!/usr/bin/env python3
"""Sends mutated requests to a running `zonda serve`, and watches that it only ever says no.

    zonda serve model.gguf --port 8080 --log-level error &
    python3 scripts/fuzz_http.py http://127.0.0.1:8080 --count 100000

Bodies of every route are mutated as bytes and as JSON, and some heads too, over connections that are kept open.
A request fails the run when its status is 5xx other than 503, when its answer is no HTTP, when a body that was sent
whole gets no answer, or when the server stops answering `/health`. What is sent depends on `--seed` and the number of
the request alone: `--only NUMBER` sends one again.
"""
from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from collections import Counter
from typing import Any, NamedTuple, Optional

CHAT: list[Any] = [{"role": "user", "content": "Hi"}]
TOOL: dict[str, Any] = {"type": "function", "function": {
    "name": "f", "description": "d", "parameters": {
        "type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}}}
SCHEMA: dict[str, Any] = {
    "type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"], "additionalProperties": False}

CORPUS: list[tuple[str, dict[str, Any]]] = [
    ("/v1/chat/completions", {"model": "default", "messages": CHAT, "max_tokens": 1}),
    ("/v1/chat/completions", {
        "model": "default", "messages": [{"role": "system", "content": "Be brief."}, *CHAT], "max_tokens": 1,
        "temperature": 0.7, "top_p": 0.9, "seed": 1, "stop": ["\n", "x"], "logit_bias": {"5": 1.5}, "n": 2,
        "logprobs": True, "top_logprobs": 2, "presence_penalty": 0.1, "frequency_penalty": -0.1, "user": "u"}),
    ("/v1/chat/completions", {
        "model": "default", "messages": CHAT, "max_tokens": 2, "stream": True,
        "stream_options": {"include_usage": True}}),
    ("/v1/chat/completions", {
        "model": "default", "max_tokens": 2, "tools": [TOOL], "tool_choice": "required", "messages": [
            *CHAT, {"role": "assistant", "content": None, "tool_calls": [
                {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{\"a\": 1}"}}]},
            {"role": "tool", "tool_call_id": "c", "content": "1"}]}),
    ("/v1/chat/completions", {
        "model": "default", "messages": CHAT, "max_tokens": 2, "response_format": {
            "type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA, "strict": True}}}),
    ("/v1/chat/completions", {
        "model": "default", "messages": CHAT, "max_tokens": 2, "guided_regex": "[a-z]{1,3}(b|c)*"}),
    ("/v1/chat/completions", {
        "model": "default", "messages": CHAT, "max_tokens": 2, "grammar": "root ::= \"a\" [b-d]+ | root2\nroot2 ::= .*"}),
    ("/v1/completions", {
        "model": "default", "prompt": ["One", "Two"], "max_tokens": 1, "echo": True, "n": 1, "top_k": 4}),
    ("/v1/completions", {"model": "default", "prompt": [1, 2, 3], "max_tokens": 1, "logprobs": 2}),
    ("/v1/embeddings", {"model": "default", "input": ["a", "b"], "encoding_format": "base64"}),
    ("/v1/responses", {
        "model": "default", "input": [{"role": "user", "content": [{"type": "input_text", "text": "Hi"}]}],
        "instructions": "Be brief.", "max_output_tokens": 1, "text": {"format": {"type": "text"}}, "stream": True}),
    ("/v1/messages", {
        "model": "default", "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
        "max_tokens": 1, "system": "Be brief.", "stop_sequences": ["x"]}),
    ("/v1/messages/count_tokens", {"model": "default", "messages": CHAT}),
    ("/tokenize", {"prompt": "Hello", "add_special_tokens": True, "return_token_strs": True}),
    ("/tokenize", {"messages": CHAT, "tools": [TOOL]}),
    ("/detokenize", {"tokens": [1, 2, 30000]}),
]

LIMITS = {"max_tokens": 2, "max_completion_tokens": 2, "n_predict": 2, "max_output_tokens": 2, "n": 2, "best_of": 2}
GENERATES = ("/v1/chat/completions", "/v1/completions", "/v1/responses")

ODD_VALUES: list[Any] = [
    None, True, False, 0, 1, -1, 2**31, 2**53, 2**63, -2**63, 2**64, 10**40, 1e308, -0.0, 0.1, 1e-320, "", " ", "0",
    "\x00", "\ud800", "\u202e\ufeff", "é" * 50, "👩‍👩‍👧", "<|im_end|>", "{{ 1 / 0 }}", "a" * 10_000, [], {}, [[]], [None],
    {"": None}, {"type": "text"}, {"$ref": "#"}, {"type": "object", "patternProperties": {"(": {}}}, "(" * 300,
    "root ::= root", "[" * 100 + "]" * 100, list(range(300)), {"a": {"b": {"c": {"d": []}}}},
]
ODD_BYTES = [
    b"\x00", b"\xff", b"\xc3", b"\xed\xa0\x80", b"{", b"}", b"[", b"]", b'"', b"\\", b",", b":", b"e", b"-", b".", b"0",
    b"1e999", b"\\u0000", b"\\ud800", b"NaN", b"null", b"[" * 200, b'{"a":' * 70, b"\n", b"\xef\xbb\xbf", b"9" * 400,
]
ODD_HEADERS = [
    "X: " + "y" * 9000, "Content-Type: multipart/form-data; boundary=x", "Accept: */*" * 50, "Expect: 100-continue",
    "Content-Encoding: gzip", "Origin: http://evil.example", "Authorization: Bearer " + "z" * 500, "Cookie: a=b",
    "Content-Length: 0", "Content-Length: -1", "Content-Length: 99999999999999999999", "Transfer-Encoding: chunked",
    "Transfer-Encoding: gzip", "Upgrade: websocket\r\nConnection: upgrade", "Host: evil.example", "no colon", ": empty",
    "Sp ace: 1", "Range: bytes=0-1", "Accept-Language: \u00e9", "Connection: close",
]


class Fuzzed(NamedTuple):
    path: str
    method: str
    headers: list[str]
    body: bytes

    @property
    def is_plain(self) -> bool:
        """Whether its head is as it should be, so that an answer must come and the connection stays."""
        return self.method == "POST" and not self.headers


def mutated(seed: int, number: int) -> Fuzzed:
    """The request of that number."""
    # A string: integers that differ little would begin alike.
    rng = random.Random(f"{seed}/{number}")
    path, value = rng.choice(CORPUS)
    value = json.loads(json.dumps(value))
    kind = rng.random()
    if kind < 0.55:
        for _ in range(rng.choice([1, 1, 1, 2, 3])):
            value = _mutate_json(rng, value)
        body = json.dumps(value, ensure_ascii=rng.random() < 0.5).encode("utf-8", "surrogatepass")
        if rng.random() < 0.1:
            body = _mutate_bytes(rng, body)
    else:
        body = json.dumps(value).encode()
        for _ in range(rng.choice([1, 1, 2, 4, 16])):
            body = _mutate_bytes(rng, body)
    body = _bounded(path, body)
    if rng.random() < 0.03:
        method = rng.choice(["POST", "POST", "POST", "GET", "PUT", "OPTIONS", "HEAD", "DELETE", "BREW", "post"])
        headers = rng.sample(ODD_HEADERS, rng.choice([1, 1, 2]))
        odd_path = rng.choice([path, path, path + "/", "//" + path, path + "?a=%zz", "/%00", "/v1/models/%2e%2e", "*"])
        return Fuzzed(odd_path, method, headers, body)
    return Fuzzed(path, "POST", [], body)


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every container with each of its keys."""
    found: list[tuple[Any, Any]] = []
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        found.append((value, key))
        found += _places(value[key])
    return found


def _mutate_json(rng: random.Random, value: Any) -> Any:
    places = _places(value)
    if not places or rng.random() < 0.02:
        return json.loads(json.dumps(rng.choice(ODD_VALUES)))
    container, key = rng.choice(places)
    what = rng.random()
    if what < 0.5:
        container[key] = rng.choice(ODD_VALUES)
    elif what < 0.65:
        del container[key]
    elif what < 0.75 and isinstance(container, dict):
        container[rng.choice(["", "Model", "x", "stream", "type", "n", str(key) + "s"])] = container[key]
    elif what < 0.85:
        other, other_key = rng.choice(places)
        if not _holds(other[other_key], container):
            container[key] = other[other_key]
    elif what < 0.93 and isinstance(container, list):
        container.extend([container[key]] * rng.choice([1, 5, 200]))
    else:
        container[key] = [container[key]] if rng.random() < 0.5 else {"a": container[key]}
    return json.loads(json.dumps(value))


def _holds(value: Any, container: Any) -> bool:
    return value is container or any(part is container for part, _ in _places(value))


def _mutate_bytes(rng: random.Random, body: bytes) -> bytes:
    place = rng.randrange(len(body) + 1)
    what = rng.randrange(7)
    if what == 0 and body:
        place = min(place, len(body) - 1)
        return body[:place] + bytes([body[place] ^ 1 << rng.randrange(8)]) + body[place + 1:]
    if what == 1:
        return body[:place]
    if what == 2:
        return body[:place] + rng.choice(ODD_BYTES) + body[place:]
    if what == 3:
        return body[:place] + body[place + rng.randrange(1, 9):]
    if what == 4:
        return body[:place] + body[max(0, place - rng.randrange(1, 40)):]
    if what == 5:
        _, other = rng.choice(CORPUS)
        text = json.dumps(other).encode()
        return body[:place] + text[rng.randrange(len(text)):]
    return body[:place] + rng.randbytes(rng.randrange(1, 9)) + body[place:]


def _bounded(path: str, body: bytes) -> bytes:
    """A body that asks for an answer asks for a short one: the run is about requests, not about answers."""
    if path not in GENERATES and path != "/v1/messages":
        return body
    try:
        value = json.loads(body)
    except ValueError:
        return body
    if not isinstance(value, dict):
        return body
    members = {k: v for k, v in value.items() if k in LIMITS and isinstance(v, (int, float)) and v > LIMITS[k]}
    key = "max_output_tokens" if path == "/v1/responses" else "max_tokens"
    is_open = path in GENERATES and not any(value.get(k) is not None for k in LIMITS if k not in ("n", "best_of"))
    if not members and not is_open:
        return body
    value.update({k: LIMITS[k] for k in members})
    if is_open:
        value[key] = 1
    return json.dumps(value).encode("utf-8", "surrogatepass")


class Answer(NamedTuple):
    status: int
    body: bytes
    stays_open: bool


class BadAnswer(Exception):
    """What came back is no HTTP."""


async def read_answer(reader: asyncio.StreamReader, method: str) -> Optional[Answer]:
    """One response (RFC 9112); None when the connection was closed instead."""
    while True:
        line = await reader.readline()
        if not line:
            return None
        parts = line.split(b" ", 2)
        if len(parts) < 2 or not parts[0].startswith(b"HTTP/1.") or not parts[1].isdigit():
            raise BadAnswer(f"the status line is {line[:80]!r}")
        status, headers = int(parts[1]), {}
        while (line := await reader.readline()).strip():
            name, colon, value = line.partition(b":")
            if not colon:
                raise BadAnswer(f"a header is {line[:80]!r}")
            headers[name.strip().lower()] = value.strip()
        if status >= 200:
            break
    stays_open = headers.get(b"connection", b"").lower() != b"close"
    if method == "HEAD" or status in (204, 304):
        return Answer(status, b"", stays_open)
    if headers.get(b"transfer-encoding", b"").lower() == b"chunked":
        return Answer(status, await _read_chunks(reader), stays_open)
    length = headers.get(b"content-length")
    body = await (reader.read() if length is None else reader.readexactly(int(length)))
    return Answer(status, body, stays_open and length is not None)


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while True:
        line = await reader.readline()
        try:
            size = int(line.split(b";")[0], 16)
        except ValueError:
            raise BadAnswer(f"a chunk's size is {line[:80]!r}") from None
        part = await reader.readexactly(size + 2)
        if size == 0:
            return body
        body += part[:-2]


class Fuzzer:
    def __init__(self, host: str, port: int, seed: int, patience: float, key: str) -> None:
        self.host, self.port, self.seed, self.patience, self.key = host, port, seed, patience, key
        self.statuses: Counter[str] = Counter()
        self.failures: list[str] = []

    async def run(self, numbers: list[int], connections: int) -> None:
        queue = iter(numbers)
        await asyncio.gather(*(self._work(queue) for _ in range(connections)))

    async def _work(self, queue: Any) -> None:
        streams: Optional[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = None
        for number in queue:
            if len(self.failures) >= 10:
                break
            request = mutated(self.seed, number)
            if streams is None or not request.is_plain:
                if streams:
                    streams[1].close()
                streams = await self._connect(number)
                if streams is None:
                    continue
            streams = await self._send(number, request, *streams)
            if number % 1000 == 999:
                await self.check_health(number)
        if streams:
            streams[1].close()

    async def _connect(self, number: int) -> Optional[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        for _ in range(20):
            try:
                return await asyncio.open_connection(self.host, self.port, limit=1 << 20)
            except OSError as error:
                problem = error
                await asyncio.sleep(0.1)
        self.failures.append(f"before request {number}: no connection: {problem}")
        return None

    async def _send(
        self, number: int, request: Fuzzed, reader: asyncio.StreamReader, writer: asyncio.StreamWriter,
    ) -> Optional[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        head = [f"{request.method} {request.path} HTTP/1.1", f"Host: localhost:{self.port}",
                "Content-Type: application/json", f"Content-Length: {len(request.body)}", *request.headers]
        if self.key:
            head.append(f"Authorization: Bearer {self.key}")
        data = "\r\n".join([*head, "", ""]).encode() + request.body
        patience = self.patience if request.is_plain else 2
        try:
            writer.write(data)
            await writer.drain()
            answer = await asyncio.wait_for(read_answer(reader, request.method), patience)
        except (asyncio.TimeoutError, OSError, asyncio.IncompleteReadError) as error:
            writer.close()
            # A head that lies about the body may be waited for, or be cut off.
            if request.is_plain:
                self._fail(number, request, f"no whole answer: {error!r}")
            else:
                self.statuses["cut off"] += 1
            return None
        except BadAnswer as error:
            writer.close()
            self._fail(number, request, str(error))
            return None
        if answer is None:
            writer.close()
            if request.is_plain:
                self._fail(number, request, "the connection was closed without an answer")
            self.statuses["closed"] += 1
            return None
        self.statuses[str(answer.status)] += 1
        if answer.status >= 500 and answer.status != 503 and not (answer.status in (501, 505) and request.headers):
            self._fail(number, request, f"status {answer.status}: {answer.body[:300]!r}")
        if answer.status == 400 and request.is_plain and not _is_error(answer.body):
            self._fail(number, request, f"an error in no known form: {answer.body[:300]!r}")
        if answer.stays_open and request.is_plain:
            return reader, writer
        writer.close()
        return None

    def _fail(self, number: int, request: Fuzzed, problem: str) -> None:
        self.failures.append(
            f"request {number} (--seed {self.seed} --only {number}): {problem}\n"
            f"  {request.method} {request.path} {request.headers}\n  {request.body[:600]!r}")

    async def check_health(self, number: int) -> None:
        streams = await self._connect(number)
        if streams is None:
            return
        reader, writer = streams
        writer.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        try:
            answer = await asyncio.wait_for(read_answer(reader, "GET"), self.patience)
        except (asyncio.TimeoutError, OSError, BadAnswer) as error:
            self.failures.append(f"after request {number}: /health: {error!r}")
            return
        finally:
            writer.close()
        if answer is None or answer.status != 200:
            self.failures.append(f"after request {number}: /health says {answer}")


def _is_error(body: bytes) -> bool:
    try:
        return bool(json.loads(body)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return False


def main() -> int:
    parser = argparse.ArgumentParser(description="Sends mutated requests to a server of OpenAI's API.")
    parser.add_argument("url", help="such as http://127.0.0.1:8080")
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--patience", type=float, default=60, help="seconds for an answer")
    parser.add_argument("--only", type=int, help="sends this request alone, and shows it")
    parser.add_argument("--api-key", default="")
    arguments = parser.parse_args()
    host, _, port = arguments.url.rstrip("/").rpartition("//")[2].rpartition(":")
    fuzzer = Fuzzer(host, int(port), arguments.seed, arguments.patience, arguments.api_key)
    numbers = list(range(arguments.count)) if arguments.only is None else [arguments.only]
    if arguments.only is not None:
        print(mutated(arguments.seed, arguments.only))

    async def run() -> None:
        await fuzzer.run(numbers, min(arguments.connections, len(numbers)))
        await fuzzer.check_health(len(numbers))

    start = time.monotonic()
    asyncio.run(run())
    seconds = time.monotonic() - start
    counts = ", ".join(f"{status}: {count}" for status, count in sorted(fuzzer.statuses.items()))
    print(f"{sum(fuzzer.statuses.values())} answers in {seconds:.1f} s ({counts})")
    for failure in fuzzer.failures:
        print(failure, file=sys.stderr)
    if fuzzer.failures:
        print(f"{len(fuzzer.failures)} failures", file=sys.stderr)
    return 1 if fuzzer.failures else 0


if __name__ == "__main__":
    sys.exit(main())
