"""Streams of the `openai` client."""
from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any

import openai
import pytest

from asking import GREEDY, WEATHER, ask, text

LONG: dict[str, Any] = {
    **GREEDY, "max_tokens": 1500, "stream": True, "extra_body": {"ignore_eos": True},
}


def test_the_pieces_are_the_answer(client: openai.OpenAI) -> None:
    chunks = list(client.chat.completions.create(**GREEDY, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == text(ask(client))
    assert len({chunk.id for chunk in chunks}) == 1
    assert {chunk.object for chunk in chunks} == {"chat.completion.chunk"}
    assert chunks[0].choices[0].delta.role == "assistant"
    assert all(chunk.choices[0].delta.role is None for chunk in chunks[1:])
    reasons = [chunk.choices[0].finish_reason for chunk in chunks]
    assert reasons[:-1] == [None] * (len(chunks) - 1) and reasons[-1] in ("stop", "length")
    assert all(chunk.usage is None for chunk in chunks)


def test_include_usage_adds_a_last_chunk(client: openai.OpenAI) -> None:
    chunks = list(client.chat.completions.create(**GREEDY, stream=True, stream_options={"include_usage": True}))
    assert chunks[-1].choices == []
    assert all(chunk.usage is None for chunk in chunks[:-1])
    assert chunks[-1].usage == ask(client).usage or (
        chunks[-1].usage.total_tokens == ask(client).usage.total_tokens)


async def test_an_async_stream(aclient: openai.AsyncOpenAI, client: openai.OpenAI) -> None:
    pieces = []
    async for chunk in await aclient.chat.completions.create(**GREEDY, stream=True):
        pieces.append(chunk.choices[0].delta.content or "")
    assert "".join(pieces) == text(ask(client))


def test_n_streams_in_one(client: openai.OpenAI) -> None:
    asked = {**GREEDY, "n": 2, "seed": 3, "temperature": 1.0}
    pieces: dict[int, str] = defaultdict(str)
    for chunk in client.chat.completions.create(**asked, stream=True):
        for choice in chunk.choices:
            pieces[choice.index] += choice.delta.content or ""
    whole = client.chat.completions.create(**asked)
    assert pieces == {choice.index: choice.message.content for choice in whole.choices}


def test_a_stop_string_across_pieces_does_not_come_out(client: openai.OpenAI) -> None:
    asked = {**GREEDY, "max_tokens": 40, "stop": ["gold fish"],
             "extra_body": {"guided_regex": "I have a gold fish in a bowl\\."}}
    chunks = list(client.chat.completions.create(**asked, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "I have a "
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_logprobs_come_with_the_pieces(client: openai.OpenAI) -> None:
    tokens = []
    for chunk in client.chat.completions.create(**GREEDY, stream=True, logprobs=True, top_logprobs=2):
        if chunk.choices[0].logprobs:
            tokens += chunk.choices[0].logprobs.content or []
    whole = ask(client, logprobs=True, top_logprobs=2).choices[0].logprobs
    assert [token.token for token in tokens] == [token.token for token in whole.content]
    assert all(len(token.top_logprobs) == 2 for token in tokens)


def test_characters_of_several_tokens_come_whole(client: openai.OpenAI) -> None:
    wanted = "👩‍👩‍👧‍👦 東京 ñandú 🎉🎉"
    pieces = [
        chunk.choices[0].delta.content or ""
        for chunk in client.chat.completions.create(
            **{**GREEDY, "max_tokens": 80}, stream=True, extra_body={"guided_choice": [wanted]})
    ]
    assert "".join(pieces) == wanted
    assert not any("\ufffd" in piece for piece in pieces)


def test_the_helper_accumulates(client: openai.OpenAI) -> None:
    with client.chat.completions.stream(**{**GREEDY, "max_tokens": 64}) as stream:
        types = [event.type for event in stream]
        final = stream.get_final_completion()
    assert "content.delta" in types and types[-1] != "content.delta"
    assert final.choices[0].message.content == text(ask(client, max_tokens=64))


async def test_the_async_helper_accumulates(aclient: openai.AsyncOpenAI, client: openai.OpenAI) -> None:
    async with aclient.chat.completions.stream(**{**GREEDY, "max_tokens": 64}) as stream:
        async for _ in stream:
            pass
        final = await stream.get_final_completion()
    assert final.choices[0].message.content == text(ask(client, max_tokens=64))


def test_a_call_comes_in_parts(client: openai.OpenAI) -> None:
    asked = {**GREEDY, "max_tokens": 60, "tools": [WEATHER], "tool_choice": "required",
             "parallel_tool_calls": False}
    name, arguments, ids, reason = "", "", set(), None
    for chunk in client.chat.completions.create(**asked, stream=True):
        for choice in chunk.choices:
            reason = choice.finish_reason or reason
            for part in choice.delta.tool_calls or []:
                assert part.index == 0
                name += part.function.name or ""
                arguments += part.function.arguments or ""
                ids |= {part.id} if part.id else set()
    [call] = client.chat.completions.create(**asked).choices[0].message.tool_calls
    assert (name, arguments) == (call.function.name, call.function.arguments)
    assert len(ids) == 1 and reason == "tool_calls"


def test_closing_a_stream_ends_the_request(client: openai.OpenAI, server) -> None:
    stream = client.chat.completions.create(**LONG)
    next(iter(stream))
    server.wait_until_running()
    stream.close()
    server.wait_until_idle()
    assert text(ask(client))


async def test_cancelling_a_task_ends_the_request(aclient: openai.AsyncOpenAI, server) -> None:
    begun = asyncio.Event()

    async def read() -> None:
        async for _ in await aclient.chat.completions.create(**LONG):
            begun.set()

    task = asyncio.create_task(read())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.to_thread(server.wait_until_idle)


async def test_8_streams_at_once(aclient: openai.AsyncOpenAI) -> None:
    async def one(number: int) -> str:
        question = [{"role": "user", "content": f"Say {number}."}]
        stream = await aclient.chat.completions.create(**{**GREEDY, "messages": question}, stream=True)
        return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

    together = await asyncio.gather(*map(one, range(8)))
    assert list(together) == [await one(number) for number in range(8)]


def test_an_error_before_the_first_piece_is_a_status(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(
            model="smollm2", messages=[{"role": "user", "content": "word " * 20_000}], stream=True)
    assert caught.value.code == "context_length_exceeded"


def test_a_stream_ends_with_done(server) -> None:
    reply = server.post("/v1/chat/completions", {**GREEDY, "stream": True})
    assert reply.headers["content-type"].startswith("text/event-stream")
    events = [event for event in reply.text.split("\n\n") if event]
    assert all(event.startswith("data: ") for event in events)
    assert events[-1] == "data: [DONE]"
