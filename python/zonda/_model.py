"""The model of a `Runner`: loaded, unloaded, loaded again, and closed."""

from __future__ import annotations

import dataclasses
import threading
import weakref
from typing import Any, Dict, Optional, Sequence, cast

from . import _pending, errors
from ._library import Library, library
from ._progress import Progress
from ._request import Request
from .responses import Record


@dataclasses.dataclass(frozen=True)
class ModelInfo(Record):
    """A loaded model in numbers."""

    #: The folder or file that it was loaded from.
    path: str
    #: The family's name, such as ``qwen3``.
    architecture: str
    layer_count: int
    vocabulary_count: int
    #: Values of all weights.
    parameter_count: int
    #: Bytes of all weights as they are held.
    weight_byte_count: int
    #: Those of them that stay in the file, as memory is short: read again at each use, which is slow.
    file_byte_count: int
    #: Bytes, and tokens of all sequences together, that keys and values may take.
    kv_byte_count: int
    kv_token_count: int
    #: Tokens of the longest request, prompt and answer.
    max_seq_len: int
    max_batch_size: int
    #: Such as ``cpu: AMD EPYC (AVX2, 2 threads)``.
    device: str
    device_id: str
    #: Seconds from opening the files to being ready.
    load_time: float


class Model:
    """What `Runner` holds of the library. Safe to use from many threads.

    Args:
        name: what the model is called.
        body: the body of the call that loads it.
        device_map: what the user said of its layers.
        progress: whether loading shows how far it is.
    """

    def __init__(
        self, name: str, body: Dict[str, Any], device_map: Optional[Sequence[str]], progress: Optional[bool]
    ) -> None:
        self.name = name
        self.library: Library = library()
        self.is_closed = False
        self._body = body
        self._device_map = device_map
        self._progress = progress
        self._lock = threading.Lock()
        self._handle: Optional[int] = None
        self._finalizer: Optional[Any] = None
        self._info: Optional[ModelInfo] = None
        self.handle()

    @property
    def info(self) -> ModelInfo:
        """What was loaded; it stays when the model is closed."""
        return cast(ModelInfo, self._info)

    @property
    def is_loaded(self) -> bool:
        return self._handle is not None

    def handle(self) -> int:
        """The library's handle of the model, which is loaded if it is not."""
        self.library.check_process()
        with self._lock:
            if self.is_closed:
                raise errors.InvalidRequestError(
                    f"the runner of {self.name} is closed", remedy="make a new Runner")
            if self._handle is None:
                self._load()
            return cast(int, self._handle)

    def start(self, method: str, body: Dict[str, Any]) -> Request:
        """Starts a request to the model."""
        return Request(self.library, method, self.handle(), body)

    def call(self, method: str, body: Dict[str, Any]) -> Any:
        """Asks what the model answers at once."""
        return self.library.call(method, self.handle(), body)

    def unload(self) -> None:
        """Ends all requests and frees the model."""
        with self._lock:
            if self._finalizer is not None:
                self._finalizer()
            self._handle, self._finalizer = None, None

    def close(self) -> None:
        """As `unload`, for good."""
        self.is_closed = True
        self.unload()

    def _load(self) -> None:
        progress = Progress(self._progress)
        loaded: Dict[str, Any] = {}
        try:
            for event in Request(self.library, "load", None, self._body):
                progress(event)
                loaded = event
        finally:
            progress.close()
        handle = int(loaded["runner"])
        finalizer = weakref.finalize(self, self.library.free_runner, handle)
        info = ModelInfo(**loaded["model"])
        try:
            _pending.check_layer_count(self._device_map, info.layer_count)
        except BaseException:
            finalizer()
            raise
        self._handle, self._finalizer, self._info = handle, finalizer, info
