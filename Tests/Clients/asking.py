"""Short ways to ask."""
from __future__ import annotations

from typing import Any

import openai
from openai.types.chat import ChatCompletion

QUESTION = [{"role": "user", "content": "Say hello."}]
GREEDY: dict[str, Any] = {"model": "smollm2", "messages": QUESTION, "temperature": 0, "max_tokens": 12}

WEATHER: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The current weather in a city.",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "maxLength": 30},
                "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
            },
            "required": ["city", "unit"],
            "additionalProperties": False,
        },
    },
}
CLOCK: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "get_time",
        "description": "The current time in a time zone.",
        "parameters": {
            "type": "object",
            "properties": {"zone": {"type": "string", "enum": ["UTC", "CET", "JST"]}},
            "required": ["zone"],
            "additionalProperties": False,
        },
    },
}


def ask(client: openai.OpenAI, **members: Any) -> ChatCompletion:
    """A greedy answer of a few tokens, unless the members say otherwise."""
    return client.chat.completions.create(**{**GREEDY, **members})


def text(completion: ChatCompletion) -> str:
    content = completion.choices[0].message.content
    assert content is not None
    return content
