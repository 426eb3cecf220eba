"""A server over a real model for all tests, and the clients that talk to it."""
from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import anthropic
import openai
import pytest

from serving import BINARY, QWEN, SMOLLM2, Server

MODEL = "smollm2"
LARGE = "qwen"
KEY = "sk-test-key"


def _started(*arguments: str) -> Iterator[Server]:
    if not BINARY.exists():
        pytest.fail(f"there is no {BINARY}: build it (swift build -c release --product zonda), or set ZONDA_BIN")
    server = Server(*arguments)
    try:
        yield server.wait_until_ready()
    finally:
        code = server.stop()
    assert code == 0, "the server did not end in good order:\n" + "".join(server.output[-20:])


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    models = ["--model", f"{MODEL}={SMOLLM2}"]
    if QWEN.exists():
        # Loaded when the first test asks for it.
        models += ["--model", f"{LARGE}={QWEN}"]
    yield from _started(*models)


@pytest.fixture(scope="session")
def guarded() -> Iterator[Server]:
    """A server with a key, an allowed origin and limits that are easily reached."""
    yield from _started(
        "--model", f"{MODEL}={SMOLLM2}", "--api-key", KEY, "--cors-origin", "https://app.example",
        "--max-body", "1", "--max-headers", "40", "--max-streams", "1")


@pytest.fixture(scope="session")
def client(server: Server) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0, timeout=60) as client:
        yield client


@pytest.fixture
async def aclient(server: Server) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(
            base_url=f"{server.url}/v1", api_key="none", max_retries=0, timeout=60) as client:
        yield client


@pytest.fixture(scope="session")
def claude(server: Server) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=server.url, api_key="none", max_retries=0, timeout=60) as client:
        yield client


@pytest.fixture
async def aclaude(server: Server) -> AsyncIterator[anthropic.AsyncAnthropic]:
    async with anthropic.AsyncAnthropic(
            base_url=server.url, api_key="none", max_retries=0, timeout=60) as client:
        yield client


@pytest.fixture(scope="session")
def large() -> str:
    """The name of a model that calls functions of its own accord."""
    if not QWEN.exists():
        pytest.skip(f"needs models/{QWEN.name}")
    return LARGE
