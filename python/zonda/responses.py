"""Responses: what a `Runner` answers with, by the names of `mistralrs`.

All of them are dataclasses; ``model_dump()`` and ``to_json()`` give them as dictionaries and as JSON text.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Any, AsyncIterator, Callable, Dict, Generic, Iterator, List, Mapping, Optional, TypeVar

Json = Mapping[str, Any]


class Record:
    """What all parts of responses can do."""

    def to_dict(self) -> Dict[str, Any]:
        """The fields as dictionaries and lists."""
        return dataclasses.asdict(self)  # type: ignore[call-overload, no-any-return]

    def model_dump(self) -> Dict[str, Any]:
        """`to_dict` by the name that Pydantic gives it."""
        return self.to_dict()

    def to_json(self, indent: Optional[int] = None) -> str:
        """The fields as JSON text."""
        return json.dumps(self.to_dict(), indent=indent, ensure_ascii=False)


@dataclass
class Usage(Record):
    """What a request cost, in tokens and seconds; speeds are in tokens per second."""

    completion_tokens: int = 0
    prompt_tokens: int = 0
    total_tokens: int = 0
    avg_tok_per_sec: float = 0.0
    avg_prompt_tok_per_sec: float = 0.0
    avg_compl_tok_per_sec: float = 0.0
    total_time_sec: float = 0.0
    total_prompt_time_sec: float = 0.0
    total_completion_time_sec: float = 0.0
    #: Tokens of the prompt that were still there from other requests.
    cached_tokens: int = 0

    @property
    def prompt_tokens_details(self) -> Dict[str, int]:
        """OpenAI's form of `cached_tokens`."""
        return {"cached_tokens": self.cached_tokens}

    @classmethod
    def _read(cls, value: Json) -> Usage:
        prompt, completion = int(value["prompt_tokens"]), int(value.get("completion_tokens", 0))
        first, decode = float(value.get("time_to_first_token", 0)), float(value.get("decode_time", 0))
        cached = int((value.get("prompt_tokens_details") or {}).get("cached_tokens", 0))
        return cls(
            completion_tokens=completion, prompt_tokens=prompt, total_tokens=prompt + completion,
            avg_tok_per_sec=_ratio(prompt + completion, first + decode),
            avg_prompt_tok_per_sec=_ratio(prompt - cached, first),
            # The first token of an answer comes with its prompt.
            avg_compl_tok_per_sec=_ratio(completion - 1, decode), total_time_sec=first + decode,
            total_prompt_time_sec=first, total_completion_time_sec=decode, cached_tokens=cached)


@dataclass
class CalledFunction(Record):
    """A function and its arguments, as JSON text that the model wrote."""

    name: str
    arguments: str

    def parsed_arguments(self) -> Any:
        """The arguments as Python values."""
        return json.loads(self.arguments)


@dataclass
class ToolCallResponse(Record):
    """A function that the model asks to have called; in a chunk, a part of it: `id` and name come with the first part."""

    index: int
    id: str
    tp: str
    function: CalledFunction

    @property
    def type(self) -> str:
        """OpenAI's name of `tp`."""
        return self.tp

    @classmethod
    def _read(cls, value: Json, index: int) -> ToolCallResponse:
        function = value.get("function") or {}
        return cls(
            index=int(value.get("index", index)), id=value.get("id") or "", tp=value.get("type") or "function",
            function=CalledFunction(
                name=function.get("name") or "", arguments=function.get("arguments") or ""))


@dataclass
class ResponseMessage(Record):
    """The message of an answer."""

    content: Optional[str]
    role: str
    tool_calls: Optional[List[ToolCallResponse]] = None
    #: What the model thought before it answered.
    reasoning_content: Optional[str] = None


@dataclass
class TopLogprob(Record):
    """What a token could have been: its id, its log-probability in nats, and its text."""

    token: int
    logprob: float
    bytes: Optional[str]


@dataclass
class ResponseLogprob(Record):
    """A token of an answer: its text, its log-probability in nats, its UTF-8 bytes, and what it could have been."""

    token: str
    logprob: float
    bytes: Optional[List[int]]
    top_logprobs: List[TopLogprob]
    #: The token's id.
    token_id: int = -1

    @classmethod
    def _read(cls, value: Json) -> ResponseLogprob:
        text = str(value["token"])
        return cls(
            token=text, logprob=float(value["logprob"]),
            bytes=None if "\ufffd" in text else list(text.encode()),
            top_logprobs=[
                TopLogprob(token=int(top["id"]), logprob=float(top["logprob"]), bytes=str(top["token"]))
                for top in value.get("top_logprobs") or []],
            token_id=int(value["id"]))


@dataclass
class Logprobs(Record):
    """The tokens of an answer."""

    content: Optional[List[ResponseLogprob]]

    @classmethod
    def _read(cls, value: Optional[Json]) -> Optional[Logprobs]:
        if not value:
            return None
        return cls(content=[ResponseLogprob._read(token) for token in value.get("content") or []])


@dataclass
class Choice(Record):
    """One answer. `finish_reason` is ``stop``, ``length``, ``tool_calls`` or ``cancelled``."""

    finish_reason: str
    index: int
    message: ResponseMessage
    logprobs: Optional[Logprobs] = None
    #: The answer's token ids.
    tokens: List[int] = field(default_factory=list, repr=False)


@dataclass
class ChatCompletionResponse(Record):
    """The answers to a conversation.

    ::

        response.choices[0].message.content
        response.usage.avg_compl_tok_per_sec
    """

    id: str
    choices: List[Choice]
    created: int
    model: str
    system_fingerprint: str
    object: str
    usage: Usage

    @property
    def text(self) -> str:
        """The text of the first answer."""
        return self.choices[0].message.content or ""

    @classmethod
    def _read(cls, value: Json) -> ChatCompletionResponse:
        return cls(choices=[_choice(choice) for choice in value["choices"]], usage=Usage._read(value["usage"]),
                   **_envelope(value))


@dataclass
class Delta(Record):
    """New text of an answer."""

    content: Optional[str]
    role: str
    tool_calls: Optional[List[ToolCallResponse]] = None
    reasoning_content: Optional[str] = None


@dataclass
class ChunkChoice(Record):
    """News of one answer; `finish_reason` comes with its end."""

    finish_reason: Optional[str]
    index: int
    delta: Delta
    logprobs: Optional[ResponseLogprob] = None


@dataclass
class ChatCompletionChunkResponse(Record):
    """A piece of a streamed answer; the last one has the usage."""

    id: str
    choices: List[ChunkChoice]
    created: int
    model: str
    system_fingerprint: str
    object: str
    usage: Optional[Usage] = None

    @property
    def text(self) -> str:
        """The new text."""
        return "".join(choice.delta.content or "" for choice in self.choices)

    @classmethod
    def _read(cls, value: Json) -> ChatCompletionChunkResponse:
        usage = value.get("usage")
        return cls(choices=[_chunk_choice(choice) for choice in value["choices"]],
                   usage=Usage._read(usage) if usage else None, **_envelope(value))


@dataclass
class CompletionChoice(Record):
    """One continuation of a text."""

    finish_reason: str
    index: int
    text: str
    logprobs: Optional[Logprobs] = None
    #: The continuation's token ids.
    tokens: List[int] = field(default_factory=list, repr=False)


@dataclass
class CompletionResponse(Record):
    """The continuations of a text: ``response.choices[0].text``."""

    id: str
    choices: List[CompletionChoice]
    created: int
    model: str
    system_fingerprint: str
    object: str
    usage: Usage

    @property
    def text(self) -> str:
        """The first continuation."""
        return self.choices[0].text

    @classmethod
    def _read(cls, value: Json) -> CompletionResponse:
        choices = [
            CompletionChoice(
                finish_reason=choice["finish_reason"], index=choice["index"], text=choice["text"],
                logprobs=Logprobs._read(choice.get("logprobs")), tokens=choice.get("tokens") or [])
            for choice in value["choices"]]
        return cls(choices=choices, usage=Usage._read(value["usage"]), **_envelope(value))


@dataclass
class CompletionChunkChoice(Record):
    """News of one continuation."""

    finish_reason: Optional[str]
    index: int
    text: str
    logprobs: Optional[Logprobs] = None


@dataclass
class CompletionChunkResponse(Record):
    """A piece of a streamed continuation; the last one has the usage."""

    id: str
    choices: List[CompletionChunkChoice]
    created: int
    model: str
    system_fingerprint: str
    object: str
    usage: Optional[Usage] = None

    @property
    def text(self) -> str:
        """The new text."""
        return "".join(choice.text for choice in self.choices)

    @classmethod
    def _read(cls, value: Json) -> CompletionChunkResponse:
        usage = value.get("usage")
        choices = [
            CompletionChunkChoice(
                finish_reason=choice.get("finish_reason"), index=choice["index"], text=choice.get("text") or "",
                logprobs=Logprobs._read(choice.get("logprobs")))
            for choice in value["choices"]]
        return cls(choices=choices, usage=Usage._read(usage) if usage else None, **_envelope(value))


Chunk = TypeVar("Chunk")


class Stream(Generic[Chunk]):
    """Pieces of an answer as they are generated, for one thread at a time.

    ::

        with runner.send_chat_completion_request(request) as stream:
            for chunk in stream:
                print(chunk.choices[0].delta.content, end="", flush=True)

    Closing it early, or dropping the last reference, cancels the request and frees its memory.
    """

    def __init__(self, chunks: Iterator[Chunk], close: Callable[[], None]) -> None:
        self._chunks = chunks
        self._close = close

    def __iter__(self) -> Iterator[Chunk]:
        return self

    def __next__(self) -> Chunk:
        return next(self._chunks)

    def close(self) -> None:
        """Cancels what is left of the answer; closing twice is harmless."""
        self._close()

    def __enter__(self) -> Stream[Chunk]:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncStream(Generic[Chunk]):
    """Pieces of an answer as they are generated, for an asyncio task.

    ::

        async for chunk in runner.achat_stream("Hello!"):
            print(chunk.choices[0].delta.content, end="", flush=True)

    Closing it early (`aclose`, or ``async with``), cancelling its task, or dropping the last reference cancels the request.
    """

    def __init__(self, chunks: AsyncIterator[Chunk], close: Callable[[], None]) -> None:
        self._chunks = chunks
        self._close = close

    def __aiter__(self) -> AsyncIterator[Chunk]:
        return self

    async def __anext__(self) -> Chunk:
        return await self._chunks.__anext__()

    def close(self) -> None:
        """Cancels what is left of the answer; closing twice is harmless."""
        self._close()

    async def aclose(self) -> None:
        """As `close`."""
        self.close()

    async def __aenter__(self) -> AsyncStream[Chunk]:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()


ChatCompletionStream = Stream[ChatCompletionChunkResponse]
CompletionStream = Stream[CompletionChunkResponse]


def _envelope(value: Json) -> Dict[str, Any]:
    return {
        "id": value["id"], "created": value["created"], "model": value["model"], "object": value["object"],
        "system_fingerprint": value.get("system_fingerprint") or "local"}


def _calls(value: Json) -> Optional[List[ToolCallResponse]]:
    calls = value.get("tool_calls")
    return [ToolCallResponse._read(call, index) for index, call in enumerate(calls)] if calls else None


def _choice(value: Json) -> Choice:
    message = value["message"]
    return Choice(
        finish_reason=value["finish_reason"], index=value["index"],
        message=ResponseMessage(
            content=message.get("content"), role=message.get("role") or "assistant", tool_calls=_calls(message),
            reasoning_content=message.get("reasoning_content")),
        logprobs=Logprobs._read(value.get("logprobs")), tokens=value.get("tokens") or [])


def _chunk_choice(value: Json) -> ChunkChoice:
    delta = value.get("delta") or {}
    calls = _calls(delta)
    logprobs = Logprobs._read(value.get("logprobs"))
    return ChunkChoice(
        finish_reason=value.get("finish_reason"), index=value["index"],
        # Text to print: empty, not None, unless a function is called.
        delta=Delta(
            content=delta.get("content") or (None if calls else ""), role=delta.get("role") or "assistant",
            tool_calls=calls, reasoning_content=delta.get("reasoning_content")),
        logprobs=logprobs.content[-1] if logprobs and logprobs.content else None)


def _ratio(count: float, seconds: float) -> float:
    return count / seconds if seconds > 0 and count > 0 else 0.0
