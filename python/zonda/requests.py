"""Requests: what `Runner` is asked for, with the fields of `mistralrs` and those of OpenAI's API that it lacks."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Dict, Generic, List, Mapping, Optional, Sequence, Union, overload

from . import _pending, errors
from .responses import (
    ChatCompletionResponse, ChatCompletionStream, CompletionResponse, CompletionStream, ResponseMessage)

if TYPE_CHECKING:
    from typing_extensions import Literal, TypedDict, TypeVar, Unpack

    ChatAnswer = TypeVar(
        "ChatAnswer", bound=Union[ChatCompletionResponse, ChatCompletionStream], default=ChatCompletionResponse)
    TextAnswer = TypeVar(
        "TextAnswer", bound=Union[CompletionResponse, CompletionStream], default=CompletionResponse)
else:
    from typing import TypeVar

    ChatAnswer = TypeVar("ChatAnswer")
    TextAnswer = TypeVar("TextAnswer")

Message = Union[Mapping[str, Any], ResponseMessage]
Messages = Union[str, Sequence[Message]]


class ToolChoice(enum.Enum):
    """Whether the model calls functions. The strings and objects of OpenAI's API do as well."""

    NoTools = "none"
    Auto = "auto"


if TYPE_CHECKING:
    class _SamplingFields(TypedDict, total=False):
        logprobs: bool
        n_choices: int
        logit_bias: Optional[Mapping[int, float]]
        top_logprobs: Optional[int]
        max_tokens: Optional[int]
        presence_penalty: Optional[float]
        frequency_penalty: Optional[float]
        repetition_penalty: Optional[float]
        stop_seqs: Union[str, Sequence[str], None]
        temperature: Optional[float]
        top_p: Optional[float]
        top_k: Optional[int]
        grammar: Union[str, Mapping[str, Any], None]
        grammar_type: Optional[str]
        min_p: Optional[float]
        typical_p: Optional[float]
        dry_multiplier: Optional[float]
        dry_base: Optional[float]
        dry_allowed_length: Optional[int]
        dry_sequence_breakers: Optional[Sequence[str]]
        truncate_sequence: bool
        ignore_eos: bool
        seed: Optional[int]
        stop_token_ids: Optional[Sequence[int]]
        adapter: Optional[str]

    class ChatFields(_SamplingFields, total=False):
        """The fields of a `ChatCompletionRequest` but for ``messages``, ``model`` and ``stream``."""

        tool_schemas: Optional[Sequence[Union[str, Mapping[str, Any]]]]
        tool_choice: Union[ToolChoice, str, Mapping[str, Any], None]
        parallel_tool_calls: Optional[bool]
        max_tool_rounds: Optional[int]
        tool_dispatch_url: Optional[str]
        enable_thinking: Optional[bool]
        reasoning_effort: Optional[str]
        chat_template_kwargs: Optional[Mapping[str, Any]]
        response_format: Optional[Mapping[str, Any]]
        continue_final_message: bool
        web_search_options: Any
        enable_code_execution: bool
        enable_shell: bool
        shell_skills: Any
        agent_permission: Any
        agent_approval_callback: Any
        code_execution_permission: Any
        session_id: Optional[str]
        files: Any
        input_files: Any

    class CompletionFields(_SamplingFields, total=False):
        """The fields of a `CompletionRequest` but for ``prompt``, ``model`` and ``stream``."""

        best_of: int
        echo_prompt: bool
        suffix: Optional[str]
        tool_schemas: Optional[Sequence[Union[str, Mapping[str, Any]]]]
        tool_choice: Union[ToolChoice, str, Mapping[str, Any], None]


@dataclass
class ChatCompletionRequest(Generic[ChatAnswer]):
    """A conversation to continue.

    ::

        ChatCompletionRequest(messages=[{"role": "user", "content": "Hello!"}], max_tokens=256, temperature=0.7)

    Args:
        messages: ``{"role", "content"}`` each, as in OpenAI's API, or the message of an answer; a text alone is one message of
            the user.
        model: a name for the response.
        logprobs, top_logprobs: report each token's log-probability, and those of the `top_logprobs` most likely ones.
        n_choices: answers to generate.
        logit_bias: added to the logits of these tokens, -100 to 100.
        max_tokens: tokens of the answer at most; None for what the context leaves.
        presence_penalty, frequency_penalty: -2 to 2.
        repetition_penalty: 1 is off.
        stop_seqs: the answer ends before the first of these.
        temperature: 0 takes the most likely token. None is what the model's makers recommend, as for `top_p`, `top_k`,
            `min_p` and `typical_p`.
        stream: whether the answer comes piece by piece.
        grammar, grammar_type: what the answer must be: ``"json_schema"`` (text or a dict), ``"regex"``, or ``"gbnf"``.
        tool_schemas: functions that the model may call, as OpenAI writes them: JSON texts or dicts.
        tool_choice: `ToolChoice`, ``"auto"``, ``"none"``, ``"required"``, or ``{"type": "function", …}``.
        parallel_tool_calls: whether the model may call several functions at once.
        max_tool_rounds: how often functions among `Runner`'s ``tool_callbacks`` are called before the model must answer.
        dry_multiplier, dry_base, dry_allowed_length, dry_sequence_breakers: DRY, a penalty on what would repeat.
        enable_thinking, reasoning_effort: for templates that know them.
        truncate_sequence: has no effect: a conversation that is too long is a `ContextExceededError`.
        ignore_eos: whether the model's end tokens are passed over.
        seed: equal seeds give equal answers; None for the runner's, else a random one.
        stop_token_ids: the answer ends at the first of these.
        chat_template_kwargs: further values for the template.
        response_format: as in OpenAI's API; instead of `grammar`.
        continue_final_message: whether the answer goes on from the last message, an assistant's.

    The other fields of `mistralrs` raise `UnsupportedError` with what to do instead when the request is sent.
    """

    messages: Messages
    model: str = "default"
    logprobs: bool = False
    n_choices: int = 1
    logit_bias: Optional[Mapping[int, float]] = None
    top_logprobs: Optional[int] = None
    max_tokens: Optional[int] = None
    presence_penalty: Optional[float] = None
    frequency_penalty: Optional[float] = None
    repetition_penalty: Optional[float] = None
    stop_seqs: Union[str, Sequence[str], None] = None
    temperature: Optional[float] = None
    top_p: Optional[float] = None
    top_k: Optional[int] = None
    stream: bool = False
    grammar: Union[str, Mapping[str, Any], None] = None
    grammar_type: Optional[str] = None
    min_p: Optional[float] = None
    tool_schemas: Optional[Sequence[Union[str, Mapping[str, Any]]]] = None
    tool_choice: Union[ToolChoice, str, Mapping[str, Any], None] = None
    dry_multiplier: Optional[float] = None
    dry_base: Optional[float] = None
    dry_allowed_length: Optional[int] = None
    dry_sequence_breakers: Optional[Sequence[str]] = None
    web_search_options: Any = None
    enable_thinking: Optional[bool] = None
    truncate_sequence: bool = False
    reasoning_effort: Optional[str] = None
    max_tool_rounds: Optional[int] = None
    tool_dispatch_url: Optional[str] = None
    enable_code_execution: bool = False
    enable_shell: bool = False
    shell_skills: Any = None
    agent_permission: Any = None
    agent_approval_callback: Any = None
    code_execution_permission: Any = None
    session_id: Optional[str] = None
    files: Any = None
    input_files: Any = None
    ignore_eos: bool = False
    adapter: Optional[str] = None
    # What mistralrs lacks.
    seed: Optional[int] = None
    typical_p: Optional[float] = None
    stop_token_ids: Optional[Sequence[int]] = None
    parallel_tool_calls: Optional[bool] = None
    chat_template_kwargs: Optional[Mapping[str, Any]] = None
    response_format: Optional[Mapping[str, Any]] = None
    continue_final_message: bool = False

    if TYPE_CHECKING:  # so that a checker knows by `stream` what a request is answered with
        @overload
        def __init__(
            self: ChatCompletionRequest[ChatCompletionStream], messages: Messages, model: str = ..., *,
            stream: Literal[True], **fields: Unpack[ChatFields],
        ) -> None: ...
        @overload
        def __init__(
            self: ChatCompletionRequest[ChatCompletionResponse], messages: Messages, model: str = ..., *,
            stream: Literal[False] = ..., **fields: Unpack[ChatFields],
        ) -> None: ...
        def __init__(self, messages: Messages, model: str = "default", **fields: Any) -> None: ...

    def to_wire(self, *, default_seed: Optional[int] = None) -> Dict[str, Any]:
        """The request in OpenAI's JSON form, with Zonda's additions."""
        _pending.check(vars(self), _pending.REQUEST_FIELDS, "ChatCompletionRequest")
        messages = self.messages
        if isinstance(messages, str):
            messages = [{"role": "user", "content": messages}]
        body = _sampling(self, default_seed)
        body.update(_present(
            messages=_messages(messages), model=self.model,
            logprobs=self.logprobs or None,
            top_logprobs=self.top_logprobs, tools=_tools(self.tool_schemas), tool_choice=_choice(self.tool_choice),
            parallel_tool_calls=self.parallel_tool_calls, chat_template_kwargs=self._template_values(),
            response_format=self.response_format,
            continue_final_message=self.continue_final_message or None))
        return body

    def _template_values(self) -> Optional[Dict[str, Any]]:
        values = dict(self.chat_template_kwargs or {})
        effort = None if self.reasoning_effort is None else str(self.reasoning_effort).strip().lower()
        thinks = self.enable_thinking
        if effort in ("off", "none"):
            if thinks:
                raise errors.InvalidRequestError(
                    f"enable_thinking is True and reasoning_effort is {effort!r}", remedy="leave one of them out")
            thinks, effort = False, None
        elif effort is not None and effort not in ("low", "medium", "high", "xhigh"):
            raise errors.InvalidRequestError(
                f"reasoning_effort is {self.reasoning_effort!r}", remedy="use off, low, medium, high or xhigh")
        elif effort is not None and thinks is False:
            raise errors.InvalidRequestError(
                f"enable_thinking is False and reasoning_effort is {effort!r}", remedy="leave one of them out")
        if thinks is not None:
            values["enable_thinking"] = thinks
        if effort is not None:
            values["reasoning_effort"] = effort
        return values or None


@dataclass
class CompletionRequest(Generic[TextAnswer]):
    """A text to continue, as it is: the fields are those of `ChatCompletionRequest`.

    ::

        CompletionRequest(prompt="The sky is", max_tokens=16)

    Args:
        prompt: the text, or its tokens.
        best_of: answers to generate, of which the most likely ones are returned; only `n_choices` of them can be had.
        echo_prompt: whether the prompt comes back before the answer.
        truncate_sequence: whether the beginning of a prompt that is too long is left out.
    """

    prompt: Union[str, Sequence[int]]
    model: str = "default"
    best_of: int = 1
    echo_prompt: bool = False
    presence_penalty: Optional[float] = None
    frequency_penalty: Optional[float] = None
    repetition_penalty: Optional[float] = None
    logit_bias: Optional[Mapping[int, float]] = None
    max_tokens: Optional[int] = None
    n_choices: int = 1
    stop_seqs: Union[str, Sequence[str], None] = None
    temperature: Optional[float] = None
    top_p: Optional[float] = None
    suffix: Optional[str] = None
    top_k: Optional[int] = None
    grammar: Union[str, Mapping[str, Any], None] = None
    grammar_type: Optional[str] = None
    min_p: Optional[float] = None
    tool_schemas: Optional[Sequence[Union[str, Mapping[str, Any]]]] = None
    tool_choice: Union[ToolChoice, str, Mapping[str, Any], None] = None
    dry_multiplier: Optional[float] = None
    dry_base: Optional[float] = None
    dry_allowed_length: Optional[int] = None
    dry_sequence_breakers: Optional[Sequence[str]] = None
    truncate_sequence: bool = False
    ignore_eos: bool = False
    adapter: Optional[str] = None
    # What mistralrs lacks.
    seed: Optional[int] = None
    typical_p: Optional[float] = None
    stop_token_ids: Optional[Sequence[int]] = None
    logprobs: bool = False
    top_logprobs: Optional[int] = None
    stream: bool = False

    if TYPE_CHECKING:
        @overload
        def __init__(
            self: CompletionRequest[CompletionStream], prompt: Union[str, Sequence[int]], model: str = ..., *,
            stream: Literal[True], **fields: Unpack[CompletionFields],
        ) -> None: ...
        @overload
        def __init__(
            self: CompletionRequest[CompletionResponse], prompt: Union[str, Sequence[int]], model: str = ..., *,
            stream: Literal[False] = ..., **fields: Unpack[CompletionFields],
        ) -> None: ...
        def __init__(
            self, prompt: Union[str, Sequence[int]], model: str = "default", **fields: Any) -> None: ...

    def to_wire(self, *, default_seed: Optional[int] = None) -> Dict[str, Any]:
        """The request in OpenAI's JSON form, with Zonda's additions."""
        _pending.check(vars(self), _pending.REQUEST_FIELDS, "CompletionRequest")
        if self.tool_schemas:
            _pending.refuse("CompletionRequest(tool_schemas=)", "send a ChatCompletionRequest")
        if self.best_of not in (1, self.n_choices):
            _pending.refuse(
                f"best_of={self.best_of} with n_choices={self.n_choices}", "use the same number for both")
        body = _sampling(self, default_seed)
        body.update(_present(
            prompt=_list(self.prompt), model=self.model,
            echo=self.echo_prompt or None,
            logprobs=(self.top_logprobs or 0) if self.logprobs or self.top_logprobs else None))
        return body


@dataclass
class EmbeddingRequest:
    """Texts, or their tokens, to make vectors of.

    Args:
        input: a text, a list of texts, the tokens of a text, or a list of those.
        truncate_sequence: whether the end of a text that is too long is left out.
    """

    input: Union[str, Sequence[str], Sequence[int], Sequence[Sequence[int]]]
    truncate_sequence: bool = False


def _sampling(request: Any, default_seed: Optional[int]) -> Dict[str, Any]:
    """The fields that all requests have, in their wire names."""
    bias = request.logit_bias
    return _present(
        max_tokens=request.max_tokens, n=None if request.n_choices == 1 else request.n_choices,
        temperature=request.temperature, top_p=request.top_p, top_k=request.top_k, min_p=request.min_p,
        typical_p=request.typical_p, presence_penalty=request.presence_penalty,
        frequency_penalty=request.frequency_penalty, repetition_penalty=request.repetition_penalty,
        stop=_list(request.stop_seqs), stop_token_ids=_list(request.stop_token_ids),
        logit_bias={str(token): value for token, value in bias.items()} if isinstance(bias, Mapping) else bias,
        ignore_eos=request.ignore_eos or None, seed=_seed(default_seed if request.seed is None else request.seed),
        dry_multiplier=request.dry_multiplier, dry_base=request.dry_base,
        dry_allowed_length=request.dry_allowed_length,
        dry_sequence_breakers=_list(request.dry_sequence_breakers),
        **_constraint(request.grammar, request.grammar_type))


def _present(**fields: Any) -> Dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}


def _list(value: Any) -> Any:
    """A list of what any kind of sequence, set or array holds; what is none stays, for the library to say what it is."""
    if isinstance(value, (str, bytes, bytearray, Mapping)) or not hasattr(value, "__iter__"):
        return value
    return list(value)


def _seed(seed: Any) -> Any:
    """The library's seeds are signed; those of `mistralrs` are not."""
    return seed - 2**64 if isinstance(seed, int) and 2**63 <= seed < 2**64 else seed


def _constraint(grammar: Union[str, Mapping[str, Any], None], kind: Optional[str]) -> Dict[str, Any]:
    if (grammar is None) != (kind is None):
        raise errors.InvalidRequestError(
            f"grammar is {'missing' if grammar is None else 'there'} and grammar_type is {kind!r}",
            remedy="give both, or none")
    if grammar is None:
        return {}
    if kind == "json_schema":
        return {"response_format": {
            "type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": _object(grammar)}}}
    if kind == "regex":
        return {"grammar": {"type": "regex", "value": grammar}}
    if kind in ("gbnf", "ebnf", "grammar"):
        return {"grammar": grammar}
    if kind in ("lark", "llguidance"):
        _pending.refuse(
            f"grammar_type={kind!r}", "write the grammar as GBNF (grammar_type='gbnf'), a regex, or a json_schema")
    raise errors.InvalidRequestError(
        f"grammar_type is {kind!r}", remedy="use json_schema, regex or gbnf", facts={"grammar_type": str(kind)})


def _object(value: Union[str, Mapping[str, Any]]) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise errors.InvalidRequestError(
            f"{value[:80]!r} is not JSON: {error}", remedy="give a dict, or json.dumps of one") from error


def _messages(messages: Any) -> Any:
    """The messages, with the id of the call that a tool's message answers where `mistralrs` needs none."""
    messages = _list(messages)
    if not isinstance(messages, list):
        raise errors.InvalidRequestError(
            f"messages is {messages!r:.200}", remedy='give a list of {"role": "user", "content": "…"}, or a text')
    result: List[Any] = []
    call = "call_0"
    for index, message in enumerate(messages):
        if isinstance(message, ResponseMessage):
            message = _answered(message)
        if not isinstance(message, Mapping):
            raise errors.InvalidRequestError(
                f"messages[{index}] is {message!r:.200}", remedy='use {"role": "user", "content": "…"}')
        calls = message.get("tool_calls")
        if isinstance(calls, list) and calls and isinstance(calls[-1], Mapping):
            call = calls[-1].get("id") or call
        if message.get("role") == "tool" and not message.get("tool_call_id"):
            message = {**message, "tool_call_id": call}
        result.append(dict(message))
    return result


def _answered(message: ResponseMessage) -> Message:
    """An answer as a message of the conversation that goes on."""
    calls = [{"id": call.id, "type": call.tp, "function": call.function.to_dict()} for call in message.tool_calls or []]
    return {"role": message.role, "content": message.content or "", **({"tool_calls": calls} if calls else {})}


def _tools(schemas: Any) -> Any:
    schemas = _list(schemas)
    if not schemas:
        return None
    return [_object(schema) for schema in schemas] if isinstance(schemas, list) else schemas


def _choice(choice: Union[ToolChoice, str, Mapping[str, Any], None]) -> Any:
    return choice.value if isinstance(choice, ToolChoice) else choice
