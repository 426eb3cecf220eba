"""`client.responses` of the `openai` client."""
from __future__ import annotations

import json
from typing import Any, Literal

import jsonschema
import openai
import pytest
from pydantic import BaseModel

from asking import CLOCK, ask, text

GREEDY: dict[str, Any] = {"model": "smollm2", "input": "Say hello.", "temperature": 0, "max_output_tokens": 16}
TOOL: dict[str, Any] = {"type": "function", **CLOCK["function"], "strict": True}


class Verdict(BaseModel):
    verdict: Literal["good", "bad"]
    stars: Literal[1, 2, 3]


def _respond(client: openai.OpenAI, **members: Any):
    return client.responses.create(**{**GREEDY, **members})


def test_a_response(client: openai.OpenAI) -> None:
    response = _respond(client)
    assert response.object == "response" and response.id.startswith("resp_")
    assert response.output_text == text(ask(client, max_tokens=16))
    [item] = response.output
    assert item.type == "message" and item.role == "assistant" and item.content[0].type == "output_text"
    assert response.usage.total_tokens == response.usage.input_tokens + response.usage.output_tokens
    assert response.error is None and response.store is False if hasattr(response, "store") else True


def test_an_answer_that_is_cut_off_is_incomplete(client: openai.OpenAI) -> None:
    response = _respond(client, max_output_tokens=2, extra_body={"ignore_eos": True})
    assert response.status == "incomplete"
    assert response.incomplete_details.reason == "max_output_tokens"


def test_instructions_are_the_system(client: openai.OpenAI) -> None:
    response = _respond(client, instructions="You speak like a pirate.")
    chat = ask(client, max_tokens=16, messages=[
        {"role": "system", "content": "You speak like a pirate."}, {"role": "user", "content": "Say hello."}])
    assert response.output_text == text(chat)
    assert response.instructions == "You speak like a pirate."


def test_items_as_input(client: openai.OpenAI) -> None:
    items = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [{"type": "input_text", "text": "Hi."}]},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hello!"}]},
        {"role": "user", "content": "Again."},
    ]
    assert _respond(client, input=items).output_text


def test_the_output_goes_into_the_next_input(client: openai.OpenAI) -> None:
    first = _respond(client)
    items = [{"role": "user", "content": "Say hello."}, *first.output, {"role": "user", "content": "Once more."}]
    assert _respond(client, input=items).output_text


def test_the_events_of_a_stream_come_in_order(client: openai.OpenAI) -> None:
    events = list(_respond(client, stream=True))
    types = [event.type for event in events]
    deltas = [event for event in events if event.type == "response.output_text.delta"]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert types[:4] == [
        "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added"]
    assert types[4:-4] == ["response.output_text.delta"] * len(deltas)
    assert types[-4:-1] == [
        "response.output_text.done", "response.content_part.done", "response.output_item.done"]
    assert types[-1] in ("response.completed", "response.incomplete")
    final = events[-1].response
    assert final.output_text == "".join(event.delta for event in deltas) == _respond(client).output_text
    assert final.usage.output_tokens > 0
    assert len({event.item_id for event in deltas}) == 1 and deltas[0].item_id == final.output[0].id


def test_the_helper_streams(client: openai.OpenAI) -> None:
    with client.responses.stream(**GREEDY) as stream:
        pieces = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
    assert pieces == _respond(client).output_text


async def test_async(aclient: openai.AsyncOpenAI, client: openai.OpenAI) -> None:
    response = await aclient.responses.create(**GREEDY)
    assert response.output_text == _respond(client).output_text
    types = [event.type async for event in await aclient.responses.create(**GREEDY, stream=True)]
    assert types[0] == "response.created"


def test_a_function_is_called(client: openai.OpenAI) -> None:
    response = _respond(client, tools=[TOOL], tool_choice="required", max_output_tokens=80,
                        parallel_tool_calls=False)
    [call] = [item for item in response.output if item.type == "function_call"]
    assert call.name == "get_time" and call.call_id
    jsonschema.validate(json.loads(call.arguments), TOOL["parameters"])


def test_a_named_function_in_a_stream(client: openai.OpenAI) -> None:
    events = list(_respond(client, tools=[TOOL], tool_choice={"type": "function", "name": "get_time"},
                           max_output_tokens=80, parallel_tool_calls=False, stream=True))
    deltas = "".join(event.delta for event in events if event.type == "response.function_call_arguments.delta")
    [done] = [event for event in events if event.type == "response.function_call_arguments.done"]
    assert done.arguments == deltas
    jsonschema.validate(json.loads(deltas), TOOL["parameters"])


def test_a_loop(client: openai.OpenAI) -> None:
    items: list[Any] = [{"role": "user", "content": "What time is it in UTC?"}]
    first = _respond(client, input=items, tools=[TOOL], tool_choice="required", max_output_tokens=80,
                     parallel_tool_calls=False)
    [call] = [item for item in first.output if item.type == "function_call"]
    items += [*first.output, {"type": "function_call_output", "call_id": call.call_id, "output": "12:34"}]
    assert _respond(client, input=items, tools=[TOOL], tool_choice="none", max_output_tokens=24).output_text


def test_a_format(client: openai.OpenAI) -> None:
    schema = {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"],
              "additionalProperties": False}
    response = _respond(client, max_output_tokens=40, text={
        "format": {"type": "json_schema", "name": "ok", "schema": schema, "strict": True}})
    jsonschema.validate(json.loads(response.output_text), schema)


def test_parse(client: openai.OpenAI) -> None:
    response = client.responses.parse(**{**GREEDY, "max_output_tokens": 60}, text_format=Verdict)
    assert isinstance(response.output_parsed, Verdict)


def test_logprobs_are_included(client: openai.OpenAI) -> None:
    response = _respond(client, include=["message.output_text.logprobs"], top_logprobs=2)
    logprobs = response.output[0].content[0].logprobs
    assert "".join(token.token for token in logprobs) == response.output_text
    assert all(len(token.top_logprobs) == 2 for token in logprobs)


@pytest.mark.parametrize("member, value", [
    ("previous_response_id", "resp_1"), ("background", True), ("conversation", "conv_1"),
    ("tools", [{"type": "web_search"}]), ("truncation", "auto"),
])
def test_what_the_server_does_not_keep_or_call_is_refused(
    client: openai.OpenAI, member: str, value: Any,
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        _respond(client, **{member: value})
    assert caught.value.param is not None and caught.value.param.startswith(member)


def test_an_input_over_the_context(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        _respond(client, input="word " * 20_000)
    assert caught.value.code == "context_length_exceeded"


def test_nothing_is_stored(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve("resp_1")
