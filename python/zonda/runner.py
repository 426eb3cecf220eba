"""`Runner`: a model, loaded and ready to answer."""

from __future__ import annotations

import asyncio
import numbers
from typing import (
    TYPE_CHECKING, Any, AsyncIterator, Callable, List, Mapping, NoReturn, Optional, Sequence, Tuple,
    Union, cast, overload)

from . import _arguments, _arrays, _options, _pending, errors
from ._model import Model, ModelInfo
from ._request import Request
from ._tools import Rounds, ToolCallbacks
from .requests import ChatAnswer, ChatCompletionRequest, CompletionRequest, EmbeddingRequest, Messages, TextAnswer
from .responses import (
    AsyncStream, ChatCompletionChunkResponse, ChatCompletionResponse, ChatCompletionStream, CompletionChunkResponse,
    CompletionResponse, CompletionStream, Stream)
from .which import TextAutoMapParams, Which

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from typing_extensions import Literal, Unpack

    from .requests import ChatFields, CompletionFields

Inputs = Union[str, Sequence[str], Sequence[int], Sequence[Sequence[int]]]


class Runner:
    """A model, loaded and ready to answer.

    ::

        from zonda import ChatCompletionRequest, Runner, Which

        with Runner(which=Which.Plain(model_id="Qwen/Qwen3-0.6B")) as runner:
            response = runner.send_chat_completion_request(
                ChatCompletionRequest(messages=[{"role": "user", "content": "Hello!"}], max_tokens=256))
            print(response.choices[0].message.content)

            for chunk in runner.chat("Tell me a story.", stream=True):
                print(chunk.text, end="", flush=True)

    One runner serves any number of threads and asyncio tasks; their requests run together, and each gets what it would get
    alone. The GIL is free while the engine works. Ctrl-C, cancelling a task, and closing or dropping a stream end a request
    and free its memory. Leaving the ``with`` block, `close`, or dropping the last reference frees the model.
    """

    def __init__(
        self, which: Which, max_seqs: Optional[int] = None, no_kv_cache: bool = False, prefix_cache_n: int = 16,
        token_source: str = "cache", mtp_model: Optional[str] = None, mtp_n_predict: Optional[int] = None,
        chat_template: Optional[str] = None, jinja_explicit: Optional[str] = None,
        num_device_layers: Optional[Sequence[str]] = None, in_situ_quant: Optional[str] = None,
        anymoe_config: Any = None, memory_goal: Union[str, float, None] = None, pa_blk_size: Optional[int] = None,
        pa_cache_type: Any = None, no_paged_attn: bool = False, paged_attn: bool = False,
        seed: Optional[int] = None, enable_search: bool = False, search_embedding_model: Optional[str] = None,
        search_callback: Any = None, tool_callbacks: Optional[ToolCallbacks] = None, mcp_client_config: Any = None,
        code_execution_config: Any = None, shell_config: Any = None, *,
        device_map: Optional[Sequence[str]] = None, max_seq_len: Optional[int] = None,
        max_batch_size: Optional[int] = None, auto_map_params: Optional[TextAutoMapParams] = None,
        device: str = "auto", threads: Optional[int] = None, kv_type: Optional[str] = None,
        kv_memory: Union[int, str, None] = None, deterministic: bool = False, downloads: bool = True,
        progress: Optional[bool] = None, pa_gpu_mem: Optional[float] = None,
        pa_gpu_mem_usage: Optional[float] = None, pa_ctxt_len: Optional[int] = None,
        which_draft: Optional[Which] = None, speculative_gamma: Optional[int] = None,
        search_bert_model: Optional[str] = None,
    ) -> None:
        """Loads a model; one that is not on this machine is fetched from the Hugging Face hub.

        Args:
            which: the model, such as ``Which.Plain(model_id="Qwen/Qwen3-0.6B")``.
            max_seqs: as `max_batch_size`, by the name of `mistralrs`.
            prefix_cache_n: 0 for prompts that begin alike not to share their keys and values; another number has no further
                effect, as shared pages take only memory that is free.
            token_source: the hub's token: ``cache`` (the environment or where `huggingface_hub` keeps it), ``none``,
                ``literal:TOKEN``, ``env:NAME`` or ``path:FILE``.
            chat_template: a template to use instead of the model's own: the Jinja text, or the path of a ``.jinja`` file or
                of a ``.json`` file with a ``chat_template``.
            jinja_explicit: the path of a Jinja file, which is used before `chat_template`.
            num_device_layers: as `device_map`, by the name of `mistralrs`.
            memory_goal: ``"4GiB"`` as `kv_memory`, ``"65536tokens"`` as `max_seq_len`; a share of the GPU has no effect.
            pa_cache_type: `PagedCacheType.F8E4M3` for fp8 keys and values on a GPU.
            seed: for requests that have none of their own: equal requests then give equal answers.
            tool_callbacks: functions by name that are called when the model asks for them, with the name and a dict of
                arguments; they return text for the model.
            device_map: which device takes how many layers, such as ``["0:16", "1:16"]``; one device so far.
            max_seq_len: tokens of the longest request, prompt and answer.
            max_batch_size: sequences that memory is planned for; more requests wait their turn.
            auto_map_params: both of them in one, as `mistralrs` has it.
            device: ``auto``, ``cpu`` or ``cuda:N``.
            threads: threads of the CPU; None for one per physical core.
            kv_type: how keys and values are stored: ``f16``, ``f32``, on a CPU ``q8_0``, on a GPU ``bf16`` or ``fp8``.
            kv_memory: bytes for keys and values, or a text such as ``"4GiB"``.
            deterministic: whether a GPU computes each row in one way only, as a CPU always does.
            downloads: False for nothing to be asked of the network.
            progress: whether loading shows how far it is; None for where somebody sees it.
            pa_gpu_mem: as `kv_memory`, in MB, by the older name of `mistralrs`.
            pa_ctxt_len: as `max_seq_len`, by the older name of `mistralrs`.

        Without effect in Zonda's design: `no_kv_cache` (answers are the same with the cache), `pa_blk_size`, `paged_attn`
        and `no_paged_attn` (keys and values are always paged), `pa_gpu_mem_usage` (memory is planned from the numbers of the
        model), and `speculative_gamma`.

        Raises:
            ModelNotFoundError: there is no such model; the message lists each place where it was looked for.
            UnsupportedError: an architecture, type or argument that Zonda lacks, such as `in_situ_quant` so far, or a
                `device_map` over several devices.
            OutOfMemoryError: the model does not fit; the facts have the numbers.
            ModelFileError: a file is damaged.
        """
        arguments = dict(locals())
        for name in ("self", "which"):
            del arguments[name]
        body = _options.load_body(which, arguments)
        entries = device_map if device_map is not None else num_device_layers
        self._seed = seed
        self._tool_callbacks = _arguments.callbacks(tool_callbacks)
        self._model = Model(which.name, body, entries, progress)

    @classmethod
    async def aload(cls, which: Which, **arguments: Any) -> Runner:
        """Loads a model while the asyncio loop runs other tasks; the arguments are those of `Runner`.

        ::

            runner = await Runner.aload(Which.Plain(model_id="Qwen/Qwen3-0.6B"))
        """
        return await asyncio.get_running_loop().run_in_executor(None, lambda: cls(which, **arguments))

    # Requests

    def send_chat_completion_request(
        self, request: ChatCompletionRequest[ChatAnswer], model_id: Optional[str] = None
    ) -> ChatAnswer:
        """Answers a conversation.

        Args:
            request: the conversation; with ``stream=True`` the answer is an iterator of chunks.
            model_id: the model's name, or None.

        Raises:
            InvalidRequestError: a value that is out of range.
            ContextExceededError: a conversation that is too long, with both lengths.
            TemplateError: the model's template refuses the conversation.
        """
        _arguments.expect(request, ChatCompletionRequest, "chat")
        rounds = self._rounds(request, model_id)
        if request.stream:
            return cast(ChatAnswer, Stream(rounds.chunks(), rounds.close))
        return cast(ChatAnswer, rounds.answer())

    def send_completion_request(
        self, request: CompletionRequest[TextAnswer], model_id: Optional[str] = None
    ) -> TextAnswer:
        """Continues a text.

        ::

            runner.send_completion_request(CompletionRequest(prompt="The sky is", max_tokens=16)).choices[0].text
        """
        _arguments.expect(request, CompletionRequest)
        started = self._completion(request, model_id)
        if request.stream:
            chunks = (CompletionChunkResponse._read(event) for event in started)
            return cast(TextAnswer, Stream(chunks, started.close))
        return cast(TextAnswer, CompletionResponse._read(started.result()))

    def send_embedding_request(
        self, request: EmbeddingRequest, model_id: Optional[str] = None
    ) -> List[List[float]]:
        """One vector for each input of the request, as lists; `embeddings` gives an array."""
        _arguments.expect(request, EmbeddingRequest, "embeddings")
        self._check_model(model_id)
        vectors: List[List[float]] = self.embeddings(
            request.input, truncate_sequence=request.truncate_sequence).tolist()
        return vectors

    @overload
    def chat(
        self, messages: Messages, *, stream: Literal[True], **fields: Unpack[ChatFields]
    ) -> ChatCompletionStream: ...
    @overload
    def chat(
        self, messages: Messages, *, stream: Literal[False] = ..., **fields: Unpack[ChatFields]
    ) -> ChatCompletionResponse: ...

    def chat(self, messages: Messages, *, stream: bool = False, **fields: Any) -> Any:
        """Answers a conversation, or a text, in one line; `fields` are those of `ChatCompletionRequest`.

        ::

            print(runner.chat("Hello!", max_tokens=64).text)
        """
        return self.send_chat_completion_request(_arguments.chat_request(messages, stream, fields))

    @overload
    async def achat(
        self, messages: Union[Messages, ChatCompletionRequest[ChatCompletionStream]], *, stream: Literal[True],
        **fields: Unpack[ChatFields],
    ) -> AsyncStream[ChatCompletionChunkResponse]: ...
    @overload
    async def achat(
        self, messages: ChatCompletionRequest[ChatCompletionStream]
    ) -> AsyncStream[ChatCompletionChunkResponse]: ...
    @overload
    async def achat(
        self, messages: Union[Messages, ChatCompletionRequest[ChatCompletionResponse]], *,
        stream: Literal[False] = ..., **fields: Unpack[ChatFields],
    ) -> ChatCompletionResponse: ...

    async def achat(self, messages: Any, *, stream: bool = False, **fields: Any) -> Any:
        """Answers a conversation while the asyncio loop runs other tasks: `messages` may be a `ChatCompletionRequest`.

        ::

            response = await runner.achat("Hello!", max_tokens=64)
            async for chunk in await runner.achat("Hello!", stream=True):
                print(chunk.text, end="", flush=True)
        """
        request = _arguments.chat_request(messages, stream, fields)
        rounds = self._rounds(request, None)
        if request.stream:
            return AsyncStream(rounds.achunks(), rounds.close)
        try:
            return await rounds.aanswer()
        finally:
            rounds.close()

    def achat_stream(
        self, messages: Union[Messages, ChatCompletionRequest[Any]], **fields: Unpack[ChatFields]
    ) -> AsyncStream[ChatCompletionChunkResponse]:
        """The chunks of an answer: ``async for chunk in runner.achat_stream("Hello!")``."""
        rounds = self._rounds(_arguments.chat_request(messages, True, dict(fields)), None)
        return AsyncStream(rounds.achunks(), rounds.close)

    async def acomplete(
        self, prompt: Union[str, Sequence[int], CompletionRequest[CompletionResponse]],
        **fields: Unpack[CompletionFields],
    ) -> CompletionResponse:
        """Continues a text while the asyncio loop runs other tasks."""
        started = self._completion(_arguments.text_request(prompt, False, dict(fields)), None)
        return CompletionResponse._read(await started.aresult())

    def acomplete_stream(
        self, prompt: Union[str, Sequence[int], CompletionRequest[Any]], **fields: Unpack[CompletionFields]
    ) -> AsyncStream[CompletionChunkResponse]:
        """The chunks of a continuation: ``async for chunk in runner.acomplete_stream("The sky is")``."""
        started = self._completion(_arguments.text_request(prompt, True, dict(fields)), None)

        async def chunks() -> AsyncIterator[CompletionChunkResponse]:
            async for event in started:
                yield CompletionChunkResponse._read(event)

        return AsyncStream(chunks(), started.close)

    # Vectors

    def embeddings(
        self, input: Inputs, *, pooling: str = "mean", normalize: bool = True, truncate_sequence: bool = False
    ) -> npt.NDArray[np.float32]:
        """One vector for each text: float32 [texts, hidden]. A single text gives an array of one row.

        Args:
            input: a text, a list of texts, the tokens of a text, or a list of those. They are computed together.
            pooling: how the last hidden states become one vector: ``mean``, ``last`` or ``first``.
            normalize: whether vectors are scaled to length 1.
            truncate_sequence: whether the end of a text that is too long is left out.
        """
        return self._array(self._embeddings(input, pooling, normalize, truncate_sequence).result())

    async def aembeddings(
        self, input: Inputs, *, pooling: str = "mean", normalize: bool = True, truncate_sequence: bool = False
    ) -> npt.NDArray[np.float32]:
        """As `embeddings`, while the asyncio loop runs other tasks."""
        return self._array(await self._embeddings(input, pooling, normalize, truncate_sequence).aresult())

    def logits(
        self, tokens: Union[str, Sequence[int]], *, last: Optional[int] = None
    ) -> npt.NDArray[np.float32]:
        """Raw logits for each position of `tokens`, or of a text: float32 [tokens, vocabulary].

        The array is the engine's own memory, not a copy; it is freed with the last array that looks at it.

        Args:
            tokens: token ids, or a text.
            last: only the rows of the last positions, as many as this.
        """
        return self._array(self._logits(tokens, last).result())

    async def alogits(
        self, tokens: Union[str, Sequence[int]], *, last: Optional[int] = None
    ) -> npt.NDArray[np.float32]:
        """As `logits`, while the asyncio loop runs other tasks."""
        return self._array(await self._logits(tokens, last).aresult())

    # Text

    def tokenize_text(
        self, text: str, add_special_tokens: bool = True, enable_thinking: Optional[bool] = None,
        model_id: Optional[str] = None,
    ) -> List[int]:
        """The tokens of a text.

        Args:
            text: the text.
            add_special_tokens: whether the special tokens of a whole text are put around it, as the model was trained with.
            enable_thinking: has no effect: no chat template is rendered.
            model_id: the model's name, or None.
        """
        self._check_model(model_id)
        tokens: List[int] = self._model.call(
            "tokenize", {"text": text, "add_special_tokens": add_special_tokens})
        return tokens

    def detokenize_text(
        self, tokens: Sequence[int], skip_special_tokens: bool = True, model_id: Optional[str] = None
    ) -> str:
        """The text of tokens."""
        self._check_model(model_id)
        return str(self._model.call(
            "detokenize",
            {"tokens": _arguments.tokens(tokens), "skip_special_tokens": skip_special_tokens}))

    def max_sequence_length(self, model_id: Optional[str] = None) -> Optional[int]:
        """Tokens of the longest request, prompt and answer."""
        self._check_model(model_id)
        return self.info.max_seq_len

    # The model

    @property
    def info(self) -> ModelInfo:
        """What was loaded, and where."""
        return self._model.info

    def close(self) -> None:
        """Ends all requests and frees the model; closing twice is harmless."""
        self._model.close()

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Runner can't be copied or sent to another process: make one there")

    def __repr__(self) -> str:
        model = self._model
        state = "closed" if model.is_closed else self.info.device if model.is_loaded else "unloaded"
        return f"<zonda.Runner {model.name!r} ({state})>"

    # One model has one name; these are for programs that ask.

    def list_models(self) -> List[str]:
        """The model's name."""
        return [] if self._model.is_closed else [self._model.name]

    def get_default_model_id(self) -> Optional[str]:
        """The model's name."""
        return None if self._model.is_closed else self._model.name

    def set_default_model_id(self, model_id: str) -> None:
        """Checks that the name is the model's."""
        self._check_model(model_id)

    def is_model_loaded(self, model_id: str) -> bool:
        """Whether the model is in memory."""
        self._check_model(model_id)
        return self._model.is_loaded

    def unload_model(self, model_id: str) -> None:
        """Frees the model's memory; it is loaded again by `reload_model`, or with the next request."""
        self._check_model(model_id)
        self._model.unload()

    def reload_model(self, model_id: str) -> None:
        """Loads the model again, if it was unloaded."""
        self._check_model(model_id)
        self._model.handle()

    def list_models_with_status(self) -> List[Tuple[str, str]]:
        """The model's name with ``loaded`` or ``unloaded``."""
        return [(name, self.get_model_status(name) or "unloaded") for name in self.list_models()]

    def list_unloaded_models(self) -> List[str]:
        """The model's name, if it is unloaded."""
        return [name for name, status in self.list_models_with_status() if status == "unloaded"]

    def get_model_status(self, model_id: str) -> Optional[str]:
        """``loaded``, ``unloaded``, or None for a name that is not the model's."""
        names = self.list_models()
        if model_id not in names and not (names and model_id == "default"):
            return None
        return "loaded" if self._model.is_loaded else "unloaded"

    def remove_model(self, model_id: str) -> None:
        """As `close`."""
        self._check_model(model_id)
        self.close()

    def send_chat_completion_request_to_model(
        self, request: ChatCompletionRequest[ChatAnswer], model_id: str
    ) -> ChatAnswer:
        """As `send_chat_completion_request`."""
        return self.send_chat_completion_request(request, model_id)

    def send_completion_request_to_model(
        self, request: CompletionRequest[TextAnswer], model_id: str
    ) -> TextAnswer:
        """As `send_completion_request`."""
        return self.send_completion_request(request, model_id)

    def _check_model(self, model_id: Optional[str]) -> None:
        if model_id is not None and model_id != "default" and model_id not in self.list_models():
            raise errors.InvalidRequestError(
                f"there is no model {model_id!r} in this runner",
                remedy=f"use {', '.join(map(repr, self.list_models())) or 'a new Runner'}, or leave it out")

    def _rounds(self, request: ChatCompletionRequest[Any], model_id: Optional[str]) -> Rounds:
        self._check_model(model_id)

        def start(request: ChatCompletionRequest[Any]) -> Request:
            body = request.to_wire(default_seed=self._seed)
            return self._model.start("chat", {**body, "stream": True} if request.stream else body)

        return Rounds(request, self._tool_callbacks, start)

    def _completion(self, request: CompletionRequest[Any], model_id: Optional[str]) -> Request:
        self._check_model(model_id)
        body = request.to_wire(default_seed=self._seed)
        if request.truncate_sequence:
            body["prompt"] = self._end_of(request)
        return self._model.start("completion", {**body, "stream": True} if request.stream else body)

    def _end_of(self, request: CompletionRequest[Any]) -> List[int]:
        """The end of the prompt, as much as the context holds with the answer."""
        tokens = self._ids(request.prompt)
        room = max(1, self.info.max_seq_len - (request.max_tokens or 1))
        return tokens[-room:] if len(tokens) > room else tokens

    def _ids(self, prompt: Union[str, Sequence[int]]) -> List[int]:
        return self.tokenize_text(prompt) if isinstance(prompt, str) else _arguments.tokens(prompt)

    def _embeddings(self, input: Inputs, pooling: str, normalize: bool, truncates: bool) -> Request:
        items: List[Any] = [input] if isinstance(input, str) else _arguments.items(input, "input")
        if items and isinstance(items[0], numbers.Integral):
            items = [items]
        inputs = [item if isinstance(item, str) else _arguments.tokens(item) for item in items]
        return self._model.start(
            "embeddings",
            {"inputs": inputs, "pooling": pooling, "normalize": normalize, "truncate_sequence": truncates})

    def _logits(self, tokens: Union[str, Sequence[int]], last: Optional[int]) -> Request:
        return self._model.start("logits", {"tokens": self._ids(tokens), "last": last})

    def _array(self, event: Mapping[str, Any]) -> npt.NDArray[np.float32]:
        return _arrays.take(self._model.library, event)


def _refused(name: str, remedy: str) -> Callable[..., Any]:
    def method(self: Runner, *arguments: Any, **named: Any) -> Any:
        _pending.refuse(f"Runner.{name}", remedy)

    method.__name__ = name
    method.__qualname__ = f"Runner.{name}"
    method.__doc__ = f"Raises `UnsupportedError`: {remedy}."
    return method


for _name, _remedy in _pending.METHODS.items():
    setattr(Runner, _name, _refused(_name, _remedy))
