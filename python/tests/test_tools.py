"""Rounds between the model and functions, with answers that are written here."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Dict, List

import pytest

import zonda
from zonda import ChatCompletionRequest
from zonda._tools import Rounds

TOOL = {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}


class Script:
    """Answers each request with the next line of a script."""

    def __init__(self, *answers: Dict[str, Any]) -> None:
        self.answers = list(answers)
        self.requests: List[ChatCompletionRequest] = []

    def start(self, request: ChatCompletionRequest) -> "Script.Answer":
        self.requests.append(request)
        return Script.Answer(self.answers.pop(0), request.stream)

    class Answer:
        def __init__(self, message: Dict[str, Any], stream: bool) -> None:
            self.message = message
            self.stream = stream

        def result(self) -> Dict[str, Any]:
            return self._envelope(message=self.message, finish_reason=self._reason, usage=True)

        async def aresult(self) -> Dict[str, Any]:
            return self.result()

        def __iter__(self) -> Any:
            for text in filter(None, [self.message.get("content")]):
                yield self._envelope(delta={"content": text})
            for index, call in enumerate(self.message.get("tool_calls") or []):
                function = call["function"]
                yield self._envelope(delta={"tool_calls": [{
                    "index": index, "id": call["id"], "function": {"name": function["name"], "arguments": ""}}]})
                for character in function["arguments"]:
                    yield self._envelope(delta={"tool_calls": [{
                        "index": index, "function": {"arguments": character}}]})
            yield self._envelope(delta={}, finish_reason=self._reason, usage=True)

        async def __aiter__(self) -> Any:
            for event in self:
                yield event

        def close(self) -> None:
            pass

        @property
        def _reason(self) -> str:
            return "tool_calls" if self.message.get("tool_calls") else "stop"

        def _envelope(self, usage: bool = False, finish_reason: Any = None, **choice: Any) -> Dict[str, Any]:
            return {"id": "x", "created": 1, "model": "m", "object": "o",
                    "choices": [{"index": 0, "finish_reason": finish_reason, **choice}],
                    "usage": {"prompt_tokens": 1, "completion_tokens": 1} if usage else None}


def call(name: str = "add", arguments: str = '{"a": 2, "b": 3}', id: str = "call_1") -> Dict[str, Any]:
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def calling(*calls: Dict[str, Any]) -> Dict[str, Any]:
    return {"role": "assistant", "content": None, "tool_calls": list(calls)}


ANSWER = {"role": "assistant", "content": "It is 5."}
heard: List[Any] = []


def add(name: str, arguments: Dict[str, Any]) -> str:
    heard.append((name, arguments))
    return str(arguments["a"] + arguments["b"])


def run(script: Script, how: str, **fields: Any) -> str:
    """The text of the answer, by each of the four ways to ask."""
    heard.clear()
    request = ChatCompletionRequest(
        messages="2 + 3?", tool_schemas=[TOOL], stream="stream" in how, **fields)
    rounds = Rounds(request, {"add": add}, script.start)  # type: ignore[arg-type]

    async def stream() -> str:
        return "".join([chunk.text async for chunk in rounds.achunks()])

    if how == "answer":
        return rounds.answer().text
    if how == "aanswer":
        return asyncio.run(rounds.aanswer()).text
    if how == "stream":
        return "".join(chunk.text for chunk in rounds.chunks())
    return asyncio.run(stream())


WAYS = pytest.mark.parametrize("how", ["answer", "aanswer", "stream", "astream"])


@WAYS
def test_functions_are_called_until_the_model_answers(how: str) -> None:
    script = Script(calling(call(), call(arguments='{"a": 1, "b": 1}', id="call_2")), calling(call()), ANSWER)
    assert run(script, how, tool_choice="required") == "It is 5."
    assert heard == [("add", {"a": 2, "b": 3}), ("add", {"a": 1, "b": 1}), ("add", {"a": 2, "b": 3})]
    messages = script.requests[1].messages
    assert messages[0] == {"role": "user", "content": "2 + 3?"}
    assert [one["id"] for one in messages[1]["tool_calls"]] == ["call_1", "call_2"]
    assert messages[2:] == [{"role": "tool", "tool_call_id": "call_1", "content": "5"},
                            {"role": "tool", "tool_call_id": "call_2", "content": "2"}]
    assert [request.tool_choice for request in script.requests] == ["required", "auto", "auto"]


@WAYS
def test_a_function_that_the_runner_does_not_have_is_the_programs(how: str) -> None:
    script = Script(calling(call(), call("multiply")))
    run(script, how)
    assert heard == [] and len(script.requests) == 1


def test_a_stream_gives_out_calls_that_are_the_programs() -> None:
    request = ChatCompletionRequest(messages="x", stream=True)
    chunks = list(Rounds(request, {"add": add}, Script(calling(call("multiply"))).start).chunks())
    parts = [part for chunk in chunks for part in chunk.choices[0].delta.tool_calls or []]
    assert parts[0].function.name == "multiply" and parts[0].id == "call_1"
    assert json.loads("".join(part.function.arguments for part in parts)) == {"a": 2, "b": 3}
    assert chunks[-1].choices[0].finish_reason == "tool_calls" and chunks[-1].usage


@WAYS
def test_rounds_have_an_end(how: str) -> None:
    script = Script(calling(call()), calling(call()), ANSWER)
    assert run(script, how, max_tool_rounds=2) == "It is 5."
    assert [request.tool_choice for request in script.requests] == [None, "auto", "none"]
    script = Script(calling(call()))
    run(script, how, max_tool_rounds=0)
    assert heard == []


def test_arguments_that_are_not_json_are_told_to_the_model() -> None:
    script = Script(calling(call(arguments="{")), ANSWER)
    assert run(script, "answer") == "It is 5."
    assert "not JSON" in script.requests[1].messages[-1]["content"] and heard == []


def test_an_error_in_a_function_is_the_callers() -> None:
    with pytest.raises(KeyError):
        run(Script(calling(call(arguments="{}")), ANSWER), "answer")


def test_calls_have_the_fields_of_mistralrs() -> None:
    request = ChatCompletionRequest(messages="x")
    response = Rounds(request, None, Script(calling(call())).start).answer()
    one = response.choices[0].message.tool_calls[0]
    assert (one.id, one.tp, one.index, one.function.name) == ("call_1", "function", 0, "add")
    assert json.loads(one.function.arguments) == one.function.parsed_arguments() == {"a": 2, "b": 3}
    assert response.choices[0].finish_reason == "tool_calls"
    assert isinstance(one, zonda.ToolCallResponse)


@WAYS
def test_nothing_is_called_once_it_is_closed(how: str) -> None:
    """A call that was cut off is none to make, and nobody takes the answer."""
    script = Script(calling(call()), ANSWER)
    request = ChatCompletionRequest(messages="2 + 3?", tool_schemas=[TOOL], stream="stream" in how)
    rounds = Rounds(request, {"add": add}, script.start)  # type: ignore[arg-type]
    heard.clear()
    rounds.close()

    async def stream() -> None:
        async for _ in rounds.achunks():
            pass

    ways = {"answer": rounds.answer, "stream": lambda: list(rounds.chunks()),
            "aanswer": lambda: asyncio.run(rounds.aanswer()), "astream": lambda: asyncio.run(stream())}
    ways[how]()
    assert heard == [] and len(script.requests) == 1
