"""What callers give to a `Runner`, checked and made into one form."""

from __future__ import annotations

import dataclasses
import operator
from typing import Any, Callable, Dict, List, Mapping, cast

from . import errors
from ._tools import ToolCallback
from .requests import ChatCompletionRequest, CompletionRequest


def chat_request(messages: Any, stream: bool, fields: Mapping[str, Any]) -> ChatCompletionRequest[Any]:
    """A request of its own, from messages and fields or from one that is there."""
    if isinstance(messages, ChatCompletionRequest):
        changes = dict(fields, stream=stream or messages.stream)
        return dataclasses.replace(messages, **changes)
    make = cast(Callable[..., "ChatCompletionRequest[Any]"], ChatCompletionRequest)
    return make(messages=messages, stream=stream, **fields)


def text_request(prompt: Any, stream: bool, fields: Mapping[str, Any]) -> CompletionRequest[Any]:
    if isinstance(prompt, CompletionRequest):
        return dataclasses.replace(prompt, stream=stream, **fields)
    make = cast(Callable[..., "CompletionRequest[Any]"], CompletionRequest)
    return make(prompt=prompt, stream=stream, **fields)


def expect(request: object, kind: type, shortcut: str = "") -> None:
    if not isinstance(request, kind):
        also = f", or call runner.{shortcut}" if shortcut else ""
        raise errors.InvalidRequestError(
            f"the request is {request!r:.200}", remedy=f"give an instance of {kind.__name__}{also}")


def items(values: Any, name: str) -> List[Any]:
    if isinstance(values, (str, bytes, bytearray, Mapping)) or not hasattr(values, "__iter__"):
        raise errors.InvalidRequestError(f"{name} is {values!r:.200}", remedy="give a list")
    return list(values)


def tokens(values: Any) -> List[int]:
    """Token ids, whatever kind of integers and sequence they come as."""
    try:
        return [operator.index(value) for value in items(values, "tokens")]
    except TypeError as error:
        raise errors.InvalidRequestError(f"tokens are {values!r:.200}", remedy="give integers") from error


def callbacks(callbacks: Any) -> Dict[str, ToolCallback]:
    callbacks = {} if callbacks is None else callbacks
    if not isinstance(callbacks, Mapping) or not all(map(callable, callbacks.values())):
        raise errors.InvalidRequestError(
            f"tool_callbacks is {callbacks!r:.200}", remedy="give a dict of functions by name")
    return dict(callbacks)
