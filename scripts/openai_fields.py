#!/usr/bin/env python3
"""Writes docs/openai-fields.md: what a server does with every member of OpenAI's requests.

    zonda serve model.gguf --port 8080 &
    python3 scripts/openai_fields.py http://127.0.0.1:8080 > docs/openai-fields.md

Names come from the types of the `openai` package that is installed, what is done with them from the server's own
`/openapi.json`, so that a newer client shows what is missing. `--check FILE` compares instead of writing.
"""
from __future__ import annotations

import argparse
import importlib
import json
import sys
import urllib.request
from typing import Any, Iterator, NamedTuple

# Each route, its schema in the document, and the type of its parameters.
ROUTES = [
    ("/v1/chat/completions", "ChatCompletionRequest", "chat.completion_create_params:CompletionCreateParamsBase"),
    ("/v1/completions", "CompletionRequest", "completion_create_params:CompletionCreateParamsBase"),
    ("/v1/embeddings", "EmbeddingListRequest", "embedding_create_params:EmbeddingCreateParams"),
    ("/v1/responses", "ResponseRequest", "responses.response_create_params:ResponseCreateParamsBase"),
]
# Members of objects within: where they stand in the document, and the types that have them.
WITHIN = [
    ("/v1/chat/completions", "messages[]", [
        f"chat.chat_completion_{role}_message_param:ChatCompletion{role.title()}MessageParam"
        for role in ("system", "developer", "user", "assistant", "tool")]),
    ("/v1/chat/completions", "messages[].content[]", [
        "chat.chat_completion_content_part_text_param:ChatCompletionContentPartTextParam"]),
    ("/v1/chat/completions", "messages[].tool_calls[]", [
        "chat.chat_completion_message_function_tool_call_param:ChatCompletionMessageFunctionToolCallParam"]),
    ("/v1/chat/completions", "tools[]", ["chat.chat_completion_function_tool_param:ChatCompletionFunctionToolParam"]),
    ("/v1/chat/completions", "tools[].function", ["shared_params.function_definition:FunctionDefinition"]),
    ("/v1/chat/completions", "tool_choice", [
        "chat.chat_completion_named_tool_choice_param:ChatCompletionNamedToolChoiceParam"]),
    ("/v1/chat/completions", "response_format", [
        "shared_params.response_format_json_schema:ResponseFormatJSONSchema"]),
    ("/v1/chat/completions", "response_format.json_schema", [
        "shared_params.response_format_json_schema:JSONSchema"]),
    ("/v1/chat/completions", "stream_options", [
        "chat.chat_completion_stream_options_param:ChatCompletionStreamOptionsParam"]),
    ("/v1/responses", "tools[]", ["responses.function_tool_param:FunctionToolParam"]),
    ("/v1/responses", "text", ["responses.response_text_config_param:ResponseTextConfigParam"]),
    ("/v1/responses", "text.format", [
        "responses.response_format_text_json_schema_config_param:ResponseFormatTextJSONSchemaConfigParam"]),
    ("/v1/responses", "reasoning", ["shared_params.reasoning:Reasoning"]),
]


class Row(NamedTuple):
    name: str
    # "supported", "passed over", "refused" or "unknown".
    kind: str
    text: str


class Table(NamedTuple):
    route: str
    # Where the members stand; empty for those of the request itself.
    place: str
    rows: list[Row]
    # Members that OpenAI's API does not have.
    beyond: list[Row]


def names(*types: str) -> list[str]:
    """The members of TypedDicts, `module:Type` under `openai.types`, those of base classes among them."""
    found: dict[str, None] = {}
    for name in types:
        module, _, attribute = name.partition(":")
        # Of a TypedDict: it has all that is inherited.
        found.update(dict.fromkeys(getattr(importlib.import_module("openai.types." + module), attribute).__annotations__))
    return sorted(found)


def objects(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The schemas of objects that a schema allows at its place."""
    if "properties" in schema:
        yield schema
    for choice in schema.get("anyOf", []):
        yield from objects(choice)


def step(schema: dict[str, Any], name: str) -> dict[str, Any]:
    """The schema of a member, or with `[]` behind it of its elements."""
    bare = name[:-2] if name.endswith("[]") else name
    inner = next(o["properties"][bare] for o in objects(schema) if bare in o["properties"])
    if bare == name:
        return inner
    choices = [inner, *inner.get("anyOf", [])]
    return next(c["items"] for c in choices if next(objects(c.get("items", {})), None))


def row(schema: dict[str, Any], name: str) -> Row:
    for each in objects(schema):
        if name in each.get("x-refused", {}):
            return Row(name, "refused", f"400 `unsupported_parameter`: {each['x-refused'][name]}")
        found = each["properties"].get(name)
        if found is not None:
            text = found.get("description", "")
            if not found.get("x-without-effect"):
                return Row(name, "supported", text)
            return Row(name, "passed over", text if text != "Without effect." else "")
    return Row(name, "unknown", "400 `unknown_parameter`")


def table(route: str, place: str, schema: dict[str, Any], types: list[str]) -> Table:
    # `stream` stands in types of its own.
    own = names(*types) if place else sorted({*names(*types), *(["stream"] if "embeddings" not in route else [])})
    known: dict[str, None] = {}
    for each in objects(schema):
        known.update(dict.fromkeys([*each["properties"], *each.get("x-refused", {})]))
    return Table(route, place, [row(schema, name) for name in own],
                 [row(schema, name) for name in known if name not in own])


def tables(document: dict[str, Any]) -> list[Table]:
    schemas = document["components"]["schemas"]
    roots = {route: schemas[name] for route, name, _ in ROUTES}
    found = []
    for route, _, types in ROUTES:
        found.append(table(route, "", roots[route], [types]))
        for other, place, inner in WITHIN:
            if other == route:
                schema = roots[route]
                for name in place.split("."):
                    schema = step(schema, name)
                found.append(table(route, place, schema, inner))
    return found


def markdown(found: list[Table], version: str) -> str:
    lines = [
        "# OpenAI's members, and what Zonda does with them", "",
        f"Written by `scripts/openai_fields.py` from the types of `openai` {version} and the server's own `/openapi.json`;",
        "`Tests/Clients/test_fields.py` sends each of them and looks at the status. *Supported* members have their effect;",
        "those that are *passed over* are taken and change nothing; *refused* ones are a 400 that says what to do instead.",
        "A value out of its range is a 400 `invalid_value`, one of a wrong type a 400 `invalid_type`, and `param` is its path.",
        "A member with any other name is a 400 `unknown_parameter`.", ""]
    for each in found:
        title = f"`{each.place}` of `{each.route}`" if each.place else f"`POST {each.route}`"
        lines += [f"##{'#' if each.place else ''} {title}", ""]
        lines += _rows(each.rows)
        beyond = [r for r in each.beyond if r.kind != "unknown"]
        if beyond and not each.place:
            lines += ["Beyond OpenAI's API:", ""]
            lines += _rows(beyond)
        elif beyond:
            lines += ["Beyond OpenAI's API: " + ", ".join(f"`{r.name}` ({r.kind})" for r in beyond) + ".", ""]
    return "\n".join(lines).rstrip() + "\n"


def _rows(rows: list[Row]) -> list[str]:
    cells = [f"| `{r.name}` | {r.kind} | {r.text.replace('|', chr(92) + '|')} |" for r in rows]
    return ["| Member | | |", "| --- | --- | --- |", *cells, ""]


def main() -> int:
    parser = argparse.ArgumentParser(description="Writes the table of OpenAI's members.")
    parser.add_argument("url", help="of a server, such as http://127.0.0.1:8080")
    parser.add_argument("--check", metavar="FILE", help="compares the file with what would be written")
    arguments = parser.parse_args()
    import openai

    with urllib.request.urlopen(arguments.url.rstrip("/") + "/openapi.json") as answer:
        text = markdown(tables(json.load(answer)), openai.__version__)
    if not arguments.check:
        print(text, end="")
        return 0
    with open(arguments.check, encoding="utf-8") as file:
        if file.read() == text:
            return 0
    print(f"{arguments.check} is not what scripts/openai_fields.py writes: run it again", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
