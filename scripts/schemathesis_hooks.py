"""For scripts/schemathesis.sh: requests that ask for an answer ask for a short one, and lists are short.

A value within its bounds is made smaller and a missing one is added; what is wrong stays wrong. Lists one longer than
the longest that is allowed would be hundreds of megabytes, which is refused for its size alone.
"""
from __future__ import annotations

from typing import Any

import schemathesis

SMALL = {"max_tokens": 4, "max_completion_tokens": 4, "n_predict": 4, "max_output_tokens": 4, "n": 2, "best_of": 2}
OPEN = {
    "/v1/chat/completions": "max_completion_tokens", "/v1/completions": "max_tokens",
    "/v1/responses": "max_output_tokens",
}
LENGTHS = ("max_tokens", "max_completion_tokens", "n_predict", "max_output_tokens")


@schemathesis.hook
def before_load_schema(context: schemathesis.HookContext, raw_schema: dict[str, Any]) -> None:
    def visit(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("maxItems"), int) and value["maxItems"] > 100:
                del value["maxItems"]
            for inner in value.values():
                visit(inner)
        elif isinstance(value, list):
            for inner in value:
                visit(inner)

    visit(raw_schema)


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    body = case.body
    if not isinstance(body, dict):
        return
    for name, small in SMALL.items():
        value = body.get(name)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and small < value < 2**31:
            if name not in ("n", "best_of") or value <= 128:
                body[name] = small
    name = OPEN.get(case.path)
    if name and all(body.get(length) is None for length in LENGTHS):
        body[name] = 4
