"""Structured output with the `openai` client: JSON that follows a schema, Pydantic models, expressions, grammars."""
from __future__ import annotations

import enum
import json
import re
from typing import List, Literal, Optional

import jsonschema
import openai
import pytest
from pydantic import BaseModel, Field

from asking import GREEDY, ask, text

PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 20},
        "age": {"type": "integer", "minimum": 0, "maximum": 150},
        "tags": {"type": "array", "items": {"enum": ["red", "green", "blue"]}, "minItems": 1, "maxItems": 2},
    },
    "required": ["name", "age", "tags"],
    "additionalProperties": False,
}
ABOUT_ADA = [{"role": "user", "content": "Describe Ada, who is 36 and likes red, as JSON."}]


class Colour(enum.Enum):
    red = "red"
    green = "green"


class Address(BaseModel):
    street: str = Field(max_length=20)
    number: int = Field(ge=1, le=999)


class Person(BaseModel):
    name: str = Field(max_length=20)
    colour: Colour
    address: Address


class Choice(BaseModel):
    answer: Literal["yes", "no"]
    note: Optional[Literal["sure", "unsure"]]


class Numbers(BaseModel):
    values: List[int] = Field(min_length=2, max_length=3)


def test_json_object(client: openai.OpenAI) -> None:
    answer = ask(client, messages=ABOUT_ADA, response_format={"type": "json_object"}, max_tokens=200, stop=None)
    content = text(answer)
    assert content.lstrip().startswith("{")
    if answer.choices[0].finish_reason == "stop":
        assert isinstance(json.loads(content), dict)


def test_json_schema_strict(client: openai.OpenAI) -> None:
    answer = ask(client, messages=ABOUT_ADA, max_tokens=120, response_format={
        "type": "json_schema", "json_schema": {"name": "person", "schema": PERSON, "strict": True}})
    assert answer.choices[0].finish_reason == "stop"
    jsonschema.validate(json.loads(text(answer)), PERSON)


@pytest.mark.parametrize("seed", range(3))
def test_a_schema_holds_at_a_high_temperature(client: openai.OpenAI, seed: int) -> None:
    answer = ask(client, messages=ABOUT_ADA, temperature=2, seed=seed, max_tokens=200, response_format={
        "type": "json_schema", "json_schema": {"name": "person", "schema": PERSON}})
    assert answer.choices[0].finish_reason == "stop"
    jsonschema.validate(json.loads(text(answer)), PERSON)


def test_a_schema_holds_in_a_stream(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(
        **{**GREEDY, "messages": ABOUT_ADA, "max_tokens": 120}, stream=True, response_format={
            "type": "json_schema", "json_schema": {"name": "person", "schema": PERSON, "strict": True}})
    content = "".join(chunk.choices[0].delta.content or "" for chunk in stream)
    jsonschema.validate(json.loads(content), PERSON)


def test_parse_a_nested_model(client: openai.OpenAI) -> None:
    answer = client.chat.completions.parse(
        **{**GREEDY, "messages": ABOUT_ADA, "max_tokens": 120}, response_format=Person)
    person = answer.choices[0].message.parsed
    assert isinstance(person, Person) and isinstance(person.colour, Colour) and 1 <= person.address.number <= 999


def test_parse_literals_and_optionals(client: openai.OpenAI) -> None:
    answer = client.chat.completions.parse(**{**GREEDY, "max_tokens": 60}, response_format=Choice)
    choice = answer.choices[0].message.parsed
    assert choice is not None and choice.answer in ("yes", "no") and choice.note in ("sure", "unsure", None)


def test_parse_lists(client: openai.OpenAI) -> None:
    question = [{"role": "user", "content": "Give me the numbers 4 and 5 as JSON."}]
    answer = client.chat.completions.parse(
        **{**GREEDY, "messages": question, "max_tokens": 60}, response_format=Numbers)
    numbers = answer.choices[0].message.parsed
    assert numbers is not None and 2 <= len(numbers.values) <= 3


async def test_parse_async(aclient: openai.AsyncOpenAI) -> None:
    answer = await aclient.chat.completions.parse(**{**GREEDY, "max_tokens": 60}, response_format=Choice)
    assert isinstance(answer.choices[0].message.parsed, Choice)


def test_parse_a_stream(client: openai.OpenAI) -> None:
    with client.chat.completions.stream(**{**GREEDY, "max_tokens": 60}, response_format=Choice) as stream:
        for _ in stream:
            pass
        final = stream.get_final_completion()
    assert isinstance(final.choices[0].message.parsed, Choice)


def test_parse_tells_an_answer_that_was_cut_off(client: openai.OpenAI) -> None:
    with pytest.raises(openai.LengthFinishReasonError):
        client.chat.completions.parse(**{**GREEDY, "max_tokens": 2}, response_format=Person)


def test_an_unsupported_keyword_is_an_error(client: openai.OpenAI) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "not": {"minLength": 2}}}}
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, response_format={"type": "json_schema", "json_schema": {"name": "n", "schema": schema}})
    assert "not" in str(caught.value)


def test_a_schema_of_no_value_is_an_error(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError):
        ask(client, response_format={"type": "json_schema", "json_schema": {"name": "n", "schema": False}})


def test_an_expression(client: openai.OpenAI) -> None:
    pattern = r"[A-Z][a-z]{2,5}, [0-9]{4}-[0-9]{2}"
    assert re.fullmatch(pattern, text(ask(client, max_tokens=30, extra_body={"guided_regex": pattern})))


def test_a_choice(client: openai.OpenAI) -> None:
    assert text(ask(client, extra_body={"guided_choice": ["north", "south"]})) in ("north", "south")


def test_a_grammar(client: openai.OpenAI) -> None:
    grammar = 'root ::= "<" [a-z]{3} ">" root2\nroot2 ::= "" | "!"'
    assert re.fullmatch("<[a-z]{3}>!?", text(ask(client, extra_body={"guided_grammar": grammar})))


def test_a_bad_grammar_is_told_with_its_line(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, extra_body={"guided_grammar": 'root ::= "a"\nb ::= ('})
    assert "2" in str(caught.value)


def test_two_constraints_are_an_error(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, response_format={"type": "json_object"}, extra_body={"guided_regex": "a"})
    assert caught.value.param == "guided_regex"
