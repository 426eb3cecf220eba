"""The `anthropic` client."""
from __future__ import annotations

from typing import Any

import anthropic
import jsonschema
import openai
import pytest

from asking import CLOCK, ask, text

HELLO: list[Any] = [{"role": "user", "content": "Say hello."}]
GREEDY: dict[str, Any] = {"model": "smollm2", "max_tokens": 12, "messages": HELLO, "extra_body": {"temperature": 0}}
TOOL: dict[str, Any] = {
    "name": "get_time", "description": "The current time.", "input_schema": CLOCK["function"]["parameters"]}


def _message(claude: anthropic.Anthropic, **members: Any):
    return claude.messages.create(**{**GREEDY, **members})


def test_a_message(claude: anthropic.Anthropic, client: openai.OpenAI) -> None:
    message = _message(claude)
    assert message.id.startswith("msg_") and message.type == "message" and message.role == "assistant"
    assert message.content[0].type == "text" and message.content[0].text == text(ask(client))
    assert message.stop_reason in ("end_turn", "max_tokens")
    assert message.usage.input_tokens + (message.usage.cache_read_input_tokens or 0) > 0
    assert message.usage.output_tokens > 0


def test_max_tokens(claude: anthropic.Anthropic) -> None:
    message = _message(claude, max_tokens=1)
    assert message.stop_reason == "max_tokens" and message.usage.output_tokens == 1


def test_the_system(claude: anthropic.Anthropic, client: openai.OpenAI) -> None:
    pirate = {"role": "system", "content": "You speak like a pirate."}
    wanted = text(ask(client, messages=[pirate, *HELLO]))
    assert _message(claude, system=pirate["content"]).content[0].text == wanted
    blocks = [{"type": "text", "text": pirate["content"]}]
    assert _message(claude, system=blocks).content[0].text == wanted


def test_blocks_of_text(claude: anthropic.Anthropic) -> None:
    blocks = [{"role": "user", "content": [{"type": "text", "text": "Say hello."}]}]
    assert _message(claude, messages=blocks).content[0].text == _message(claude).content[0].text


def test_an_answer_that_is_begun_goes_on(claude: anthropic.Anthropic) -> None:
    whole = _message(claude).content[0].text
    begun = " ".join(whole.split(" ")[:3])
    message = _message(claude, messages=[*HELLO, {"role": "assistant", "content": begun}])
    assert (begun + message.content[0].text).startswith(whole)


def test_stop_sequences(claude: anthropic.Anthropic) -> None:
    whole = _message(claude).content[0].text
    third = whole.split(" ")[2]
    message = _message(claude, stop_sequences=["zebra", third])
    assert message.content[0].text == whole[:whole.index(third)]
    assert (message.stop_reason, message.stop_sequence) == ("stop_sequence", third)


def test_a_stream(claude: anthropic.Anthropic) -> None:
    with claude.messages.stream(**GREEDY) as stream:
        pieces = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert pieces == final.content[0].text == _message(claude).content[0].text
    assert final.usage.output_tokens > 0 and final.stop_reason is not None


def test_the_events_of_a_stream_come_in_order(claude: anthropic.Anthropic) -> None:
    types = [event.type for event in _message(claude, stream=True) if event.type != "ping"]
    deltas = types.count("content_block_delta")
    assert deltas > 0
    assert types == ["message_start", "content_block_start", *["content_block_delta"] * deltas,
                     "content_block_stop", "message_delta", "message_stop"]


async def test_async(aclaude: anthropic.AsyncAnthropic, claude: anthropic.Anthropic) -> None:
    wanted = _message(claude).content[0].text
    assert (await aclaude.messages.create(**GREEDY)).content[0].text == wanted
    async with aclaude.messages.stream(**GREEDY) as stream:
        assert "".join([piece async for piece in stream.text_stream]) == wanted


def test_count_tokens(claude: anthropic.Anthropic) -> None:
    count = claude.messages.count_tokens(model="smollm2", messages=HELLO).input_tokens
    usage = _message(claude).usage
    assert count == usage.input_tokens + (usage.cache_read_input_tokens or 0)
    assert claude.messages.count_tokens(model="smollm2", messages=HELLO, system="Be brief.").input_tokens != count


def test_a_tool_is_called(claude: anthropic.Anthropic) -> None:
    message = _message(claude, max_tokens=80, tools=[TOOL],
                       tool_choice={"type": "any", "disable_parallel_tool_use": True})
    assert message.stop_reason == "tool_use"
    [call] = [block for block in message.content if block.type == "tool_use"]
    assert call.name == "get_time" and call.id
    jsonschema.validate(call.input, TOOL["input_schema"])


def test_a_named_tool_in_a_stream(claude: anthropic.Anthropic) -> None:
    with claude.messages.stream(**{**GREEDY, "max_tokens": 80}, tools=[TOOL], tool_choice={
            "type": "tool", "name": "get_time", "disable_parallel_tool_use": True}) as stream:
        final = stream.get_final_message()
    [call] = [block for block in final.content if block.type == "tool_use"]
    jsonschema.validate(call.input, TOOL["input_schema"])


def test_a_loop(claude: anthropic.Anthropic) -> None:
    first = _message(claude, max_tokens=80, tools=[TOOL],
                     tool_choice={"type": "any", "disable_parallel_tool_use": True})
    [call] = [block for block in first.content if block.type == "tool_use"]
    turns = [*HELLO, {"role": "assistant", "content": first.content}, {"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": call.id, "content": "12:34"}]}]
    message = _message(claude, messages=turns, tools=[TOOL], tool_choice={"type": "none"})
    assert message.content[0].type == "text"


def test_a_bad_request(claude: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.BadRequestError) as caught:
        _message(claude, extra_body={"temperature": -1})
    assert caught.value.body["type"] == "error"
    assert caught.value.body["error"]["type"] == "invalid_request_error"
    assert "temperature" in caught.value.body["error"]["message"]


def test_an_image_is_refused(claude: anthropic.Anthropic) -> None:
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}
    with pytest.raises(anthropic.BadRequestError) as caught:
        _message(claude, messages=[{"role": "user", "content": [image]}])
    assert "text" in str(caught.value).lower()


def test_a_model_that_there_is_not(claude: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.NotFoundError) as caught:
        _message(claude, model="nothing")
    assert caught.value.body["error"]["type"] == "not_found_error"


def test_keys(guarded) -> None:
    from conftest import KEY

    with anthropic.Anthropic(base_url=guarded.url, api_key="wrong", max_retries=0) as client:
        with pytest.raises(anthropic.AuthenticationError):
            _message(client)
    with anthropic.Anthropic(base_url=guarded.url, api_key=KEY, max_retries=0) as client:
        assert _message(client).content
