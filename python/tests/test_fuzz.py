"""Bytes that no Python file of ours would send: an error each, and never the end of the process."""

from __future__ import annotations

import ctypes
import json
import random
from typing import Iterator

import pytest

import zonda

SEEDS = [
    {"method": "tokenize", "runner": 1, "body": {"text": "Grüße 🙂", "add_special_tokens": True}},
    {"method": "detokenize", "runner": 1, "body": {"tokens": [1, 2, 49151, -5], "skip_special_tokens": False}},
    {"method": "embeddings", "runner": 1, "body": {"inputs": ["a", [1, 2]], "pooling": "last", "normalize": True}},
    {"method": "logits", "runner": 1, "body": {"tokens": [1, 2, 3], "last": 1}},
    {"method": "load", "body": {"which": {"kind": "plain", "model_id": "/no/such/model"}, "max_seq_len": 64,
                                "kv_type": "f16", "device": "cpu", "hub": {"HF_TOKEN": "x"}, "downloads": False}},
    {"method": "chat", "runner": 1, "body": {
        "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1, "temperature": 0, "stream": True,
        "logit_bias": {"5": 1}, "stop": ["a"], "tools": [{"type": "function", "function": {"name": "f"}}]}},
    {"method": "completion", "runner": 1, "body": {"prompt": [1, 2], "max_tokens": 1, "logprobs": 2, "n": 2}},
]


def mutants(count: int, runner: int) -> Iterator[bytes]:
    """Calls with a few bytes changed, cut out, doubled or swapped."""
    chance = random.Random(5)
    seeds = [json.dumps({**seed, "runner": runner} if "runner" in seed else seed).encode() for seed in SEEDS]
    for _ in range(count):
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 4)):
            start = chance.randrange(len(data) + 1)
            end = min(len(data), start + chance.randint(0, 8))
            kind = chance.randrange(4)
            if kind == 0 and start < len(data):
                data[start] = chance.randrange(256)
            elif kind == 1:
                del data[start:end]
            elif kind == 2:
                data[start:start] = data[start:end] * chance.choice([1, 2, 50])
            else:
                data[start:end] = chance.choice([b"9" * 25, b"-1", b"null", b"[" * 200, b"1e999", b"\xff\x00", b'"'])
        yield bytes(data)


def test_calls(runner: zonda.Runner) -> None:
    library, good, bad = runner._model.library, 0, 0
    result, count = ctypes.c_void_p(), ctypes.c_int64()
    for data in mutants(100_000, runner._model.handle()):
        status = library._c.zonda_call(data, len(data), ctypes.byref(result), ctypes.byref(count))
        value = library._take(result, count)
        if status == 1:
            good += 1
        else:
            assert status == -1 and value["code"] and value["message"], data
            bad += 1
    assert good > 100 and bad > 1000


def test_requests(runner: zonda.Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    library, started = runner._model.library, 0
    before = library.call("handles")
    result, count = ctypes.c_void_p(), ctypes.c_int64()
    for data in mutants(10_000, runner._model.handle()):
        handle = library._c.zonda_request_start(data, len(data), ctypes.byref(result), ctypes.byref(count))
        if handle:
            started += 1
            library.free_request(handle)
        else:
            assert library._take(result, count)["message"], data
    assert started > 100
    assert library.call("handles") == before
    assert runner.chat("Hello!", max_tokens=2).usage.completion_tokens > 0
