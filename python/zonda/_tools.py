"""Functions that a `Runner` calls by itself: the rounds between the model and its `tool_callbacks`."""

from __future__ import annotations

import dataclasses
import json
from typing import Any, AsyncIterator, Callable, Dict, Iterator, List, Mapping, Optional

from ._request import Request
from .requests import ChatCompletionRequest
from .responses import (
    CalledFunction, ChatCompletionChunkResponse, ChatCompletionResponse, ToolCallResponse)

ToolCallback = Callable[[str, Dict[str, Any]], str]
ToolCallbacks = Mapping[str, ToolCallback]

#: Rounds of a request that does not say how many there may be.
DEFAULT_ROUNDS = 16


class Rounds:
    """A conversation that grows by calls and their results until the model answers."""

    def __init__(
        self, request: ChatCompletionRequest[Any], callbacks: Optional[ToolCallbacks],
        start: Callable[[ChatCompletionRequest[Any]], Request],
    ) -> None:
        self._request = request
        self._callbacks = callbacks or {}
        self._start = start
        limit = request.max_tool_rounds
        self._rounds_left = (DEFAULT_ROUNDS if limit is None else limit) if request.n_choices == 1 else 0
        self._is_closed = False
        #: The request that runs.
        self.current = start(request)

    def close(self) -> None:
        self._is_closed = True
        self.current.close()

    def answer(self) -> ChatCompletionResponse:
        while True:
            response = ChatCompletionResponse._read(self.current.result())
            calls = self._own(response.choices[0].message.tool_calls)
            if not calls:
                return response
            self._go_on(response.choices[0].message.content, calls)

    async def aanswer(self) -> ChatCompletionResponse:
        while True:
            response = ChatCompletionResponse._read(await self.current.aresult())
            calls = self._own(response.choices[0].message.tool_calls)
            if not calls:
                return response
            self._go_on(response.choices[0].message.content, calls)

    def chunks(self) -> Iterator[ChatCompletionChunkResponse]:
        while True:
            parts = CallParts()
            for event in self.current:
                yield from parts.add(ChatCompletionChunkResponse._read(event), bool(self._callbacks))
            calls = self._own(parts.calls)
            if not calls:
                yield from parts.held
                return
            self._go_on(parts.text, calls)

    async def achunks(self) -> AsyncIterator[ChatCompletionChunkResponse]:
        while True:
            parts = CallParts()
            async for event in self.current:
                for chunk in parts.add(ChatCompletionChunkResponse._read(event), bool(self._callbacks)):
                    yield chunk
            calls = self._own(parts.calls)
            if not calls:
                for chunk in parts.held:
                    yield chunk
                return
            self._go_on(parts.text, calls)

    def _own(self, calls: Optional[List[ToolCallResponse]]) -> List[ToolCallResponse]:
        """The calls, if all of them are for the callbacks; none once this is closed, when calls may be cut off."""
        if self._is_closed or not calls or self._rounds_left <= 0 or any(
                call.function.name not in self._callbacks for call in calls):
            return []
        return calls

    def _go_on(self, content: Optional[str], calls: List[ToolCallResponse]) -> None:
        """Calls the functions, and asks the model again with their results."""
        request = self._request
        messages: List[Any] = (
            [{"role": "user", "content": request.messages}] if isinstance(request.messages, str)
            else list(request.messages))
        messages.append({
            "role": "assistant", "content": content or "",
            "tool_calls": [{
                "id": call.id, "type": "function",
                "function": {"name": call.function.name, "arguments": call.function.arguments},
            } for call in calls],
        })
        for call in calls:
            messages.append({"role": "tool", "tool_call_id": call.id, "content": self._result(call.function)})
        self._rounds_left -= 1
        # A choice that forces a call would force one forever; in the last round the model must answer.
        self._request = dataclasses.replace(
            request, messages=messages, tool_choice="auto" if self._rounds_left else "none")
        self.current = self._start(self._request)
        if self._is_closed:  # while the functions ran
            self.current.close()

    def _result(self, function: CalledFunction) -> str:
        try:
            arguments = json.loads(function.arguments or "{}")
        except ValueError as error:
            return f"The arguments are not JSON: {error}"
        return str(self._callbacks[function.name](function.name, arguments))


class CallParts:
    """Puts the calls of a stream together, and holds back the chunks that have them."""

    def __init__(self) -> None:
        self.held: List[ChatCompletionChunkResponse] = []
        self.text = ""
        self._calls: Dict[int, ToolCallResponse] = {}

    @property
    def calls(self) -> List[ToolCallResponse]:
        return [self._calls[index] for index in sorted(self._calls)]

    def add(self, chunk: ChatCompletionChunkResponse, holds: bool) -> List[ChatCompletionChunkResponse]:
        """The chunks to pass on."""
        for choice in chunk.choices:
            self.text += choice.delta.content or ""
            for part in choice.delta.tool_calls or []:
                if part.index not in self._calls:
                    self._calls[part.index] = dataclasses.replace(
                        part, function=CalledFunction(part.function.name, ""))
                self._calls[part.index].function.arguments += part.function.arguments
        if holds and self._calls:
            self.held.append(chunk)
            return []
        return [chunk]
