"""Zonda: large language models directly on the hardware that you have, CPU or NVIDIA GPU.

::

    from zonda import Runner, Which, ChatCompletionRequest, Architecture

    runner = Runner(which=Which.Plain(model_id="mistralai/Mistral-7B-Instruct-v0.1", arch=Architecture.Mistral))
    res = runner.send_chat_completion_request(ChatCompletionRequest(
        model="default", messages=[{"role": "user", "content": "Hello!"}], max_tokens=256))
    print(res.choices[0].message.content)

The names are those of `mistralrs`: a program that is written for it runs with only its import changed. What Zonda lacks
raises `UnsupportedError` with what to do instead.
"""

from . import _compatibility
from ._library import INTERFACE_VERSION
from ._model import ModelInfo
from ._tools import ToolCallback
from ._version import __version__
from .errors import (
    AccessDeniedError, ContextExceededError, DeviceError, ForkedProcessError, InputOutputError, InternalError, InvalidRequestError,
    LibraryError, ModelFileError, ModelNotFoundError, NetworkError, OutOfMemoryError, RequestCancelledError, TemplateError,
    UnsupportedError, ZondaError)
from .requests import ChatCompletionRequest, CompletionRequest, EmbeddingRequest, ToolChoice
from .responses import (
    AsyncStream, CalledFunction, ChatCompletionChunkResponse, ChatCompletionResponse, Choice, ChunkChoice,
    CompletionChoice, CompletionChunkChoice, CompletionChunkResponse, CompletionResponse, Delta, Logprobs,
    ResponseLogprob, ResponseMessage, Stream, ToolCallResponse, TopLogprob, Usage)
from .runner import Runner
from .which import (
    Architecture, EmbeddingArchitecture, IsqOrganization, LoraAdapter, ModelDType, PagedCacheType, TextAutoMapParams,
    Which)

__all__ = [
    "AccessDeniedError", "Architecture", "AsyncStream", "CalledFunction", "ChatCompletionChunkResponse", "ChatCompletionRequest",
    "ChatCompletionResponse", "Choice", "ChunkChoice", "CompletionChoice", "CompletionChunkChoice",
    "CompletionChunkResponse", "CompletionRequest", "CompletionResponse", "ContextExceededError", "Delta",
    "DeviceError", "EmbeddingArchitecture", "EmbeddingRequest", "ForkedProcessError", "INTERFACE_VERSION",
    "InputOutputError", "InternalError", "InvalidRequestError", "IsqOrganization", "LibraryError", "Logprobs",
    "LoraAdapter", "ModelDType", "ModelFileError", "ModelInfo", "ModelNotFoundError", "NetworkError", "OutOfMemoryError",
    "PagedCacheType", "RequestCancelledError", "ResponseLogprob", "ResponseMessage", "Runner", "Stream",
    "TemplateError", "TextAutoMapParams", "ToolCallResponse", "ToolCallback", "ToolChoice", "TopLogprob",
    "UnsupportedError", "Usage", "Which", "ZondaError", "__version__",
]

_compatibility.add_classes(globals())
