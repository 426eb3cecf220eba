"""What requests become on the wire. No model is loaded."""

from __future__ import annotations

import json
from typing import Any, Dict

import pytest

import zonda
from zonda import (
    CalledFunction, ChatCompletionRequest, CompletionRequest, ResponseMessage, ToolCallResponse, ToolChoice, _pending)

MESSAGES = [{"role": "user", "content": "Hello!"}]
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}


def chat(**fields: Any) -> Dict[str, Any]:
    body = ChatCompletionRequest(messages=MESSAGES, **fields).to_wire()
    assert (body.pop("messages"), body.pop("model")) == (MESSAGES, "default")
    return body


@pytest.mark.parametrize("fields, body", [
    ({}, {}),
    ({"n_choices": 2, "stop_seqs": ["a"], "max_tokens": 3}, {"n": 2, "stop": ["a"], "max_tokens": 3}),
    ({"stop_seqs": "a", "seed": 0, "temperature": 0.0}, {"stop": "a", "seed": 0, "temperature": 0.0}),
    ({"logit_bias": {3: -1.5}}, {"logit_bias": {"3": -1.5}}),
    ({"logprobs": True, "top_logprobs": 2}, {"logprobs": True, "top_logprobs": 2}),
    ({"top_k": 1, "min_p": 0.1, "typical_p": 0.5, "top_p": 0.9, "repetition_penalty": 1.1, "presence_penalty": 1,
      "frequency_penalty": 1, "ignore_eos": True, "stop_token_ids": (1,)},
     {"top_k": 1, "min_p": 0.1, "typical_p": 0.5, "top_p": 0.9, "repetition_penalty": 1.1, "presence_penalty": 1,
      "frequency_penalty": 1, "ignore_eos": True, "stop_token_ids": [1]}),
    ({"dry_multiplier": 1.0, "dry_base": 2.0, "dry_allowed_length": 3, "dry_sequence_breakers": ("x",)},
     {"dry_multiplier": 1.0, "dry_base": 2.0, "dry_allowed_length": 3, "dry_sequence_breakers": ["x"]}),
    ({"tool_schemas": [json.dumps(TOOL), TOOL], "tool_choice": ToolChoice.Auto},
     {"tools": [TOOL, TOOL], "tool_choice": "auto"}),
    ({"tool_choice": ToolChoice.NoTools, "parallel_tool_calls": False},
     {"tool_choice": "none", "parallel_tool_calls": False}),
    ({"enable_thinking": False}, {"chat_template_kwargs": {"enable_thinking": False}}),
    ({"reasoning_effort": " Off "}, {"chat_template_kwargs": {"enable_thinking": False}}),
    ({"reasoning_effort": "HIGH", "chat_template_kwargs": {"a": 1}},
     {"chat_template_kwargs": {"a": 1, "reasoning_effort": "high"}}),
    ({"grammar": "[0-9]+", "grammar_type": "regex"}, {"grammar": {"type": "regex", "value": "[0-9]+"}}),
    ({"grammar": 'root ::= "a"', "grammar_type": "gbnf"}, {"grammar": 'root ::= "a"'}),
    ({"grammar": '{"type": "object"}', "grammar_type": "json_schema"},
     {"response_format": {"type": "json_schema", "json_schema": {
         "name": "answer", "strict": True, "schema": {"type": "object"}}}}),
    ({"grammar": {"type": "object"}, "grammar_type": "json_schema"},
     {"response_format": {"type": "json_schema", "json_schema": {
         "name": "answer", "strict": True, "schema": {"type": "object"}}}}),
    ({"response_format": {"type": "json_object"}}, {"response_format": {"type": "json_object"}}),
    ({"truncate_sequence": True, "max_tool_rounds": 3}, {}),
])
def test_fields_of_chats(fields: "dict[str, Any]", body: "dict[str, Any]") -> None:
    assert chat(**fields) == body


def test_the_runners_seed_is_for_requests_without_one() -> None:
    assert ChatCompletionRequest(messages="x").to_wire(default_seed=5)["seed"] == 5
    assert ChatCompletionRequest(messages="x", seed=1).to_wire(default_seed=5)["seed"] == 1


def test_what_is_like_a_list_is_one() -> None:
    class Array:
        def __iter__(self) -> Any:
            return iter([1, 2])

    assert chat(stop_token_ids=Array(), stop_seqs={"a"}) == {"stop_token_ids": [1, 2], "stop": ["a"]}
    assert CompletionRequest(prompt=Array()).to_wire()["prompt"] == [1, 2]
    # Bytes are no tokens; the library says what is wrong with what is no list.
    assert CompletionRequest(prompt=b"ab").to_wire()["prompt"] == b"ab"
    assert chat(logit_bias=[1], stop_token_ids=5, response_format="x", tool_schemas="{}") == {
        "logit_bias": [1], "stop_token_ids": 5, "response_format": "x", "tools": "{}"}


def test_seeds_without_a_sign() -> None:
    assert [chat(seed=seed)["seed"] for seed in (5, -5, 2**63 - 1, 2**63, 2**64 - 1, 2**64)] == [
        5, -5, 2**63 - 1, -2**63, -1, 2**64]


def test_an_answer_goes_on_as_a_message() -> None:
    call = ToolCallResponse(index=0, id="call_7", tp="function", function=CalledFunction("f", "{}"))
    messages = [
        {"role": "user", "content": "x"}, ResponseMessage("y", "assistant", reasoning_content="z"),
        ResponseMessage(None, "assistant", [call]), {"role": "tool", "content": "5"}]
    assert ChatCompletionRequest(messages=messages).to_wire()["messages"] == [
        {"role": "user", "content": "x"}, {"role": "assistant", "content": "y"},
        {"role": "assistant", "content": "", "tool_calls": [
            {"id": "call_7", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "content": "5", "tool_call_id": "call_7"}]


@pytest.mark.parametrize("messages", [None, 5, b"x", {"role": "user", "content": "x"}, ["x"], [None], [[]]])
def test_messages_that_are_none(messages: Any) -> None:
    with pytest.raises(zonda.InvalidRequestError, match="messages"):
        ChatCompletionRequest(messages=messages).to_wire()


def test_a_tools_answer_needs_no_id_when_there_is_one_call() -> None:
    """As in mistralrs's own example."""
    messages = MESSAGES + [{"role": "assistant", "content": "{}"}, {"role": "tool", "content": "22 C"}]
    body = ChatCompletionRequest(messages=messages).to_wire()
    assert body["messages"][2] == {"role": "tool", "content": "22 C", "tool_call_id": "call_0"}
    assert "tool_call_id" not in messages[2]
    calls = [{"id": "call_7", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
    messages[1] = {"role": "assistant", "content": "", "tool_calls": calls}
    assert ChatCompletionRequest(messages=messages).to_wire()["messages"][2]["tool_call_id"] == "call_7"


@pytest.mark.parametrize("fields, body", [
    ({}, {}), ({"n_choices": 2, "best_of": 2}, {"n": 2}), ({"echo_prompt": True}, {"echo": True}),
    ({"logprobs": True}, {"logprobs": 0}), ({"top_logprobs": 2}, {"logprobs": 2}),
])
def test_fields_of_completions(fields: "dict[str, Any]", body: "dict[str, Any]") -> None:
    made = CompletionRequest(prompt="x", **fields).to_wire()
    assert made == {"prompt": "x", "model": "default", **body}


@pytest.mark.parametrize("name", sorted(_pending.REQUEST_FIELDS))
def test_fields_for_what_zonda_lacks(name: str) -> None:
    kinds = 0
    for kind, first in ((ChatCompletionRequest, MESSAGES), (CompletionRequest, "x")):
        if name in kind.__dataclass_fields__:
            kinds += 1
            with pytest.raises(zonda.UnsupportedError, match=name) as caught:
                kind(first, **{name: "x"}).to_wire()
            assert caught.value.remedy == _pending.REQUEST_FIELDS[name]
    assert kinds


@pytest.mark.parametrize("fields", [
    {"grammar": "x"}, {"grammar_type": "regex"}, {"grammar": "x", "grammar_type": "poem"},
    {"grammar": "{", "grammar_type": "json_schema"}, {"reasoning_effort": "extreme"},
    {"reasoning_effort": "none", "enable_thinking": True}, {"reasoning_effort": "low", "enable_thinking": False},
    {"tool_schemas": ["{"]}, {"reasoning_effort": 5},
])
def test_fields_that_make_no_sense(fields: "dict[str, Any]") -> None:
    with pytest.raises(zonda.InvalidRequestError) as caught:
        chat(**fields)
    assert caught.value.remedy


@pytest.mark.parametrize("kind", ["lark", "llguidance"])
def test_grammars_that_zonda_lacks(kind: str) -> None:
    with pytest.raises(zonda.UnsupportedError, match=kind):
        chat(grammar="start: x", grammar_type=kind)
