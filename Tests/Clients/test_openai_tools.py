"""Functions that the model calls, with the `openai` client."""
from __future__ import annotations

import json
from typing import Any

import jsonschema
import openai
import pytest
from pydantic import BaseModel, Field

from asking import CLOCK, GREEDY, WEATHER, ask, text

ABOUT_ROME = [{"role": "user", "content": "What is the weather in Rome, in celsius?"}]
FORCED: dict[str, Any] = {
    "messages": ABOUT_ROME, "max_tokens": 80, "tools": [WEATHER, CLOCK], "parallel_tool_calls": False,
}


def _check(call: Any) -> dict[str, Any]:
    """A call of one of the two functions, whose arguments follow its schema."""
    assert call.type == "function" and call.id
    [tool] = [tool for tool in (WEATHER, CLOCK) if tool["function"]["name"] == call.function.name]
    arguments = json.loads(call.function.arguments)
    jsonschema.validate(arguments, tool["function"]["parameters"])
    return arguments


def test_required(client: openai.OpenAI) -> None:
    choice = ask(client, **FORCED, tool_choice="required").choices[0]
    assert choice.finish_reason == "tool_calls"
    assert choice.message.content is None
    [call] = choice.message.tool_calls
    _check(call)


def test_a_named_function(client: openai.OpenAI) -> None:
    named = {"type": "function", "function": {"name": "get_time"}}
    choice = ask(client, **FORCED, tool_choice=named).choices[0]
    [call] = choice.message.tool_calls
    assert call.function.name == "get_time" and _check(call)["zone"] in ("UTC", "CET", "JST")


def test_required_holds_at_a_high_temperature(client: openai.OpenAI) -> None:
    for seed in range(3):
        [call] = ask(
            client, **FORCED, tool_choice="required", temperature=2, seed=seed).choices[0].message.tool_calls
        _check(call)


def test_several_calls(client: openai.OpenAI) -> None:
    asked = {**FORCED, "parallel_tool_calls": True, "max_tokens": 60, "tools": [CLOCK]}
    choice = ask(client, **asked, tool_choice="required").choices[0]
    calls = choice.message.tool_calls
    assert calls and len({call.id for call in calls}) == len(calls)
    for call in calls[:-1] if choice.finish_reason == "length" else calls:
        _check(call)


def test_none_calls_nothing(client: openai.OpenAI) -> None:
    choice = ask(client, messages=ABOUT_ROME, tools=[WEATHER], tool_choice="none").choices[0]
    assert choice.message.tool_calls is None and choice.message.content


def test_none_is_as_without_tools(client: openai.OpenAI) -> None:
    with_tools = ask(client, messages=ABOUT_ROME, tools=[WEATHER], tool_choice="none")
    assert text(with_tools) == text(ask(client, messages=ABOUT_ROME))


def test_the_template_is_told_of_tools(client: openai.OpenAI) -> None:
    with_tools = ask(client, messages=ABOUT_ROME, tools=[WEATHER], max_tokens=1).usage
    assert with_tools.prompt_tokens > ask(client, messages=ABOUT_ROME, max_tokens=1).usage.prompt_tokens + 30


def test_a_whole_loop(client: openai.OpenAI) -> None:
    """Call, result, answer: the call that came back goes into the next request as it is."""
    named = {"type": "function", "function": {"name": "get_weather"}}
    message = ask(client, **FORCED, tool_choice=named).choices[0].message
    [call] = message.tool_calls
    messages = [*ABOUT_ROME, message.model_dump(exclude_none=True), {
        "role": "tool", "tool_call_id": call.id, "content": json.dumps({"celsius": 21})}]
    answer = ask(client, messages=messages, tools=[WEATHER], tool_choice="none", max_tokens=24)
    assert text(answer) and answer.choices[0].finish_reason in ("stop", "length")


def test_a_loop_with_a_model_that_calls(client: openai.OpenAI, large: str) -> None:
    system = {"role": "system", "content": "Use the functions to answer."}
    first = ask(client, model=large, messages=[system, *ABOUT_ROME], tools=[WEATHER], max_tokens=80,
                tool_choice="required", parallel_tool_calls=False).choices[0]
    [call] = first.message.tool_calls
    assert "rome" in _check(call)["city"].lower()
    messages = [system, *ABOUT_ROME, first.message, {
        "role": "tool", "tool_call_id": call.id, "content": '{"temperature": 21, "sky": "clear"}'}]
    answer = ask(client, model=large, messages=messages, tools=[WEATHER], tool_choice="none", max_tokens=48)
    assert "21" in text(answer)


def test_auto_answers_or_calls(client: openai.OpenAI, large: str) -> None:
    choice = ask(client, model=large, messages=ABOUT_ROME, tools=[WEATHER], max_tokens=64).choices[0]
    if choice.message.tool_calls:
        assert choice.finish_reason == "tool_calls"
        assert choice.message.tool_calls[0].function.name == "get_weather"
    else:
        assert choice.message.content


def test_strict_arguments_follow_the_schema(client: openai.OpenAI) -> None:
    strict = {"type": "function", "function": {**WEATHER["function"], "strict": True}}
    [call] = ask(client, **{**FORCED, "tools": [strict]}, tool_choice="required", temperature=1.5,
                 seed=11).choices[0].message.tool_calls
    _check(call)


class Search(BaseModel):
    """Searches the shop."""

    words: str = Field(max_length=20)
    limit: int = Field(ge=1, le=50)


def test_parse_gives_arguments_as_a_model(client: openai.OpenAI) -> None:
    answer = client.chat.completions.parse(
        **{**GREEDY, "max_tokens": 80}, tools=[openai.pydantic_function_tool(Search)], tool_choice="required",
        parallel_tool_calls=False)
    [call] = answer.choices[0].message.tool_calls
    assert isinstance(call.function.parsed_arguments, Search)


async def test_an_async_call(aclient: openai.AsyncOpenAI) -> None:
    answer = await aclient.chat.completions.create(**{**GREEDY, **FORCED}, tool_choice="required")
    [call] = answer.choices[0].message.tool_calls
    _check(call)


FORM: dict[str, Any] = {"type": "json_schema", "json_schema": {
    "name": "answer", "strict": True, "schema": {"enum": [{"answer": "sunny"}, {"answer": "rainy"}]}}}


@pytest.mark.parametrize("strict", [False, True])
def test_a_form_of_the_content_beside_tools(client: openai.OpenAI, strict: bool) -> None:
    """The answer is calls, or content of the form; `none` leaves the content, and `required` the calls."""
    tool = {"type": "function", "function": {**WEATHER["function"], "strict": strict}}
    members = {**FORCED, "tools": [tool], "response_format": FORM}
    auto = ask(client, **members).choices[0]
    if auto.message.tool_calls:
        assert auto.message.tool_calls[0].function.name == "get_weather"
        # Arguments that follow no schema may go on for long.
        assert auto.finish_reason == "tool_calls" or not strict
    else:
        assert json.loads(auto.message.content)["answer"] in ("sunny", "rainy")
    none = ask(client, **members, tool_choice="none").choices[0].message
    assert none.tool_calls is None and json.loads(none.content)["answer"] in ("sunny", "rainy")
    required = ask(client, **members, tool_choice="required").choices[0].message
    assert required.content is None
    [call] = required.tool_calls
    _check(call)


def test_a_name_of_the_model_context_protocol(client: openai.OpenAI) -> None:
    tool = {"type": "function", "function": {**CLOCK["function"], "name": "clock.get-time_" + "x" * 100}}
    [call] = ask(client, **{**FORCED, "tools": [tool], "max_tokens": 200}, tool_choice="required"
                 ).choices[0].message.tool_calls
    assert call.function.name == tool["function"]["name"]


def test_a_function_that_there_is_not(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, tools=[WEATHER], tool_choice={"type": "function", "function": {"name": "nothing"}})
    assert caught.value.param == "tool_choice" and "get_weather" in str(caught.value)


def test_required_without_tools(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, tool_choice="required")
    assert caught.value.param == "tool_choice"


def test_a_bad_name(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, tools=[{"type": "function", "function": {"name": "two words"}}])
    assert caught.value.param == "tools[0].function.name"


def test_a_result_without_its_call(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, messages=[*ABOUT_ROME, {"role": "tool", "content": "21"}])
    assert caught.value.param == "messages[1].tool_call_id"


def test_custom_tools_are_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, tools=[{"type": "custom", "custom": {"name": "shell"}}])
    assert caught.value.param == "tools[0].type"
