"""docs/openai-fields.md: every row's claim, sent to the server."""
from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from asking import QUESTION, WEATHER
from serving import ROOT, Server

sys.path.insert(0, str(ROOT / "scripts"))
from openai_fields import ROUTES, names  # noqa: E402

CHAT, COMPLETIONS, EMBEDDINGS, RESPONSES = (route for route, _, _ in ROUTES)
BASE: dict[str, dict[str, Any]] = {
    CHAT: {"model": "smollm2", "messages": QUESTION, "max_tokens": 1},
    COMPLETIONS: {"model": "smollm2", "prompt": "One", "max_tokens": 1},
    EMBEDDINGS: {"model": "smollm2", "input": "One"},
    RESPONSES: {"model": "smollm2", "input": "One", "max_output_tokens": 1},
}
SCHEMA = {"type": "object", "properties": {"a": {"type": "boolean"}}, "required": ["a"], "additionalProperties": False}
# A good value of each member, the same on every route that has it; those that differ follow.
VALUES: dict[str, Any] = {
    "audio": {"voice": "a", "format": "wav"}, "best_of": 1, "dimensions": 576, "echo": True,
    "encoding_format": "base64", "frequency_penalty": 0.5, "function_call": "auto", "functions": [{"name": "f"}],
    "logit_bias": {"5": 1}, "logprobs": True, "max_completion_tokens": 1, "max_tokens": 1, "metadata": {"a": "b"},
    "modalities": ["text"], "moderation": {"model": "m"}, "n": 2, "parallel_tool_calls": False,
    "prediction": {"type": "content", "content": "x"}, "presence_penalty": 0.5, "prompt_cache_key": "k",
    "prompt_cache_options": {"mode": "implicit"}, "prompt_cache_retention": "24h", "reasoning_effort": "low",
    "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA, "strict": True}},
    "safety_identifier": "s", "seed": 1, "service_tier": "auto", "stop": ["x"], "store": False, "stream": True,
    "stream_options": {"include_usage": True}, "suffix": "x", "temperature": 0.5, "tools": [WEATHER],
    "tool_choice": "none", "top_logprobs": 1, "top_p": 0.5, "user": "u", "verbosity": "low",
    "web_search_options": {}, "access_programs": {"cyber": "standard"}, "background": True,
    "background_options": {"completion_window": "8h"}, "context_management": [{"type": "compaction"}],
    "conversation": "c", "image": {"context_compression": "auto"}, "include": ["message.output_text.logprobs"],
    "instructions": "Be brief.", "max_output_tokens": 1, "max_tool_calls": 1, "previous_response_id": "r",
    "reasoning": {"effort": "low"}, "text": {"format": {"type": "json_object"}}, "truncation": "disabled",
}
OTHER_VALUES: dict[tuple[str, str], Any] = {
    (COMPLETIONS, "logprobs"): 2, (COMPLETIONS, "max_tokens"): 2, (RESPONSES, "prompt"): {"id": "p"},
    (RESPONSES, "stream_options"): {"include_obfuscation": False},
    (RESPONSES, "tools"): [{"type": "function", **WEATHER["function"]}],
}
# What a member can't stand without.
WITH: dict[str, dict[str, Any]] = {"top_logprobs": {"logprobs": True}, "stream_options": {"stream": True}}


def _documented() -> list[tuple[str, str, str]]:
    """Route, member and claim of each row about a request itself, as they stand in the document."""
    rows, route = [], ""
    for line in (ROOT / "docs/openai-fields.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            route = line.split("POST ")[1].strip("`")
        elif line.startswith("#") or line.startswith("Beyond"):
            route = ""
        elif line.startswith("| `") and route:
            member, claim = [cell.strip(" `") for cell in line.split("|")[1:3]]
            rows.append((route, member, claim))
    return rows


@pytest.mark.parametrize("route, member, claim", _documented())
def test_a_member_is_answered_as_documented(server: Server, route: str, member: str, claim: str) -> None:
    body = dict(BASE[route])
    if member not in body:
        if route != RESPONSES:
            body.update(WITH.get(member, {}))
        body[member] = OTHER_VALUES.get((route, member), VALUES.get(member))
        assert body[member] is not None, f"{member} is new: add a good value of it"
    reply = server.post(route, body)
    if claim in ("supported", "passed over"):
        assert reply.status == 200, reply.text
    else:
        error = reply.json["error"]
        code = {"refused": "unsupported_parameter", "unknown": "unknown_parameter"}[claim]
        assert (reply.status, error["code"], error["param"]) == (400, code, member)


@pytest.mark.parametrize("route, member, claim", [row for row in _documented() if row[2] == "passed over"])
def test_what_is_passed_over_changes_nothing(server: Server, route: str, member: str, claim: str) -> None:
    plain = {**BASE[route], "temperature": 0} if route != EMBEDDINGS else BASE[route]
    value = OTHER_VALUES.get((route, member), VALUES.get(member))

    def essence(body: dict[str, Any]) -> Any:
        reply = server.post(route, body).json
        return reply.get("choices") or reply.get("data") or reply["output"][0]["content"]

    assert essence({**plain, member: value}) == essence(plain)


def test_the_table_is_up_to_date(server: Server) -> None:
    run = subprocess.run(
        [sys.executable, str(ROOT / "scripts/openai_fields.py"), server.url, "--check",
         str(ROOT / "docs/openai-fields.md")], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_no_member_of_the_client_is_unknown() -> None:
    rows = _documented()
    assert [row for row in rows if row[2] == "unknown"] == []
    for route, _, types in ROUTES:
        missing = set(names(types)) - {member for each, member, _ in rows if each == route}
        assert not missing, f"{route}: run scripts/openai_fields.py again"
