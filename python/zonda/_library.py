"""The Swift library through ctypes: its functions, JSON in and out, and errors as exceptions.

ctypes releases the GIL for every call, so other Python threads run while the engine works. Swift never calls into Python.
"""

from __future__ import annotations

import ctypes
import json
import os
import threading
from pathlib import Path
from typing import Any, List, Mapping, Optional, Tuple

from . import errors

#: The version of the C interface that these files are written for: `zonda_interface_version` must say the same.
INTERFACE_VERSION = 1

#: Lists in lists: what goes deeper goes round.
_MAX_DEPTH = 64

# Statuses of `Reply.Status` in Swift.
FAILED, ENDED, VALUE, TIMED_OUT = -1, 0, 1, 2


class Library:
    """The functions of one loaded library. Safe to use from many threads."""

    def __init__(self, path: Path) -> None:
        try:
            self._c = ctypes.CDLL(str(path))
        except OSError as error:
            raise errors.LibraryError(
                f"{path} can't be loaded: {error}",
                remedy="install Zonda again, or name another library in ZONDA_LIBRARY",
            ) from error
        self.path = path
        self._pid = os.getpid()
        self._declare()
        found = int(self._c.zonda_interface_version())
        if found != INTERFACE_VERSION:
            raise errors.LibraryError(
                f"{path} has version {found} of the interface, these Python files need {INTERFACE_VERSION}",
                remedy="install the Python package and the library from the same commit: pip install ./python",
                facts={"found": str(found), "needed": str(INTERFACE_VERSION)})

    def _declare(self) -> None:
        reply = (ctypes.POINTER(ctypes.c_void_p), ctypes.POINTER(ctypes.c_int64))
        signatures = {
            "zonda_interface_version": (ctypes.c_int32, ()),
            "zonda_call": (ctypes.c_int32, (ctypes.c_char_p, ctypes.c_int64, *reply)),
            "zonda_request_start": (ctypes.c_int64, (ctypes.c_char_p, ctypes.c_int64, *reply)),
            "zonda_request_next": (ctypes.c_int32, (ctypes.c_int64, ctypes.c_int32, *reply)),
            "zonda_request_descriptor": (ctypes.c_int32, (ctypes.c_int64,)),
            "zonda_request_cancel": (None, (ctypes.c_int64,)),
            "zonda_request_free": (None, (ctypes.c_int64,)),
            "zonda_runner_free": (None, (ctypes.c_int64,)),
            "zonda_floats_address": (ctypes.c_void_p, (ctypes.c_int64,)),
            "zonda_floats_free": (None, (ctypes.c_int64,)),
            "zonda_bytes_free": (None, (ctypes.c_void_p,)),
        }
        for name, (result, arguments) in signatures.items():
            try:
                function = getattr(self._c, name)
            except AttributeError as error:
                raise errors.LibraryError(
                    f"{self.path} is no library of Zonda: it has no function {name}",
                    remedy="name libZondaPython.so in ZONDA_LIBRARY, or leave it unset") from error
            function.restype = result
            function.argtypes = arguments

    @property
    def is_forked(self) -> bool:
        """Whether this process is a child of the one that loaded the library."""
        return os.getpid() != self._pid

    def check_process(self) -> None:
        """Raises `ForkedProcessError` in a child: its calls would wait for threads that are not there."""
        if self.is_forked:
            raise errors.ForkedProcessError(
                f"Zonda was loaded in process {self._pid} and can't be used in its child {os.getpid()}",
                remedy="make the Runner in the child, in a program whose parent made none, or start processes with"
                " multiprocessing.get_context('spawn')")

    def call(self, method: str, runner: Optional[int] = None, body: Any = None) -> Any:
        """Asks what the library answers at once."""
        self.check_process()
        text, result, count = _call(method, runner, body), ctypes.c_void_p(), ctypes.c_int64()
        status = self._c.zonda_call(text, len(text), ctypes.byref(result), ctypes.byref(count))
        return self._value(status, result, count)

    def start(self, method: str, runner: Optional[int] = None, body: Any = None) -> int:
        """Starts what takes time; the handle is freed by `free_request`."""
        self.check_process()
        text, result, count = _call(method, runner, body), ctypes.c_void_p(), ctypes.c_int64()
        handle = self._c.zonda_request_start(text, len(text), ctypes.byref(result), ctypes.byref(count))
        if not handle:
            raise errors.from_json(self._take(result, count))
        return int(handle)

    def next(self, request: int, milliseconds: int) -> Tuple[int, Any]:
        """The status of a request and its next event; waits up to `milliseconds`, without the GIL."""
        self.check_process()
        result, count = ctypes.c_void_p(), ctypes.c_int64()
        status = self._c.zonda_request_next(request, milliseconds, ctypes.byref(result), ctypes.byref(count))
        if status in (ENDED, TIMED_OUT):
            return status, None
        return status, self._value(status, result, count)

    def descriptor(self, request: int) -> int:
        """A file descriptor that is readable while `next` would not wait; closed with the request."""
        self.check_process()
        descriptor = int(self._c.zonda_request_descriptor(request))
        if descriptor < 0:
            raise errors.InputOutputError(
                "the system gives no pipe for a request", remedy="close files or streams that are not needed")
        return descriptor

    def cancel_request(self, request: int) -> None:
        if not self.is_forked:
            self._c.zonda_request_cancel(request)

    def free_request(self, request: int) -> None:
        if not self.is_forked:
            self._c.zonda_request_free(request)

    def free_runner(self, runner: int) -> None:
        if not self.is_forked:
            self._c.zonda_runner_free(runner)

    def floats_address(self, buffer: int) -> int:
        return int(self._c.zonda_floats_address(buffer) or 0)

    def free_floats(self, buffer: int) -> None:
        if not self.is_forked:
            self._c.zonda_floats_free(buffer)

    def _value(self, status: int, result: ctypes.c_void_p, count: ctypes.c_int64) -> Any:
        value = self._take(result, count)
        if status == FAILED:
            raise errors.from_json(value)
        return value

    def _take(self, result: ctypes.c_void_p, count: ctypes.c_int64) -> Any:
        """Reads a reply and frees it."""
        if not result.value:
            return None
        try:
            return json.loads(ctypes.string_at(result.value, count.value))
        finally:
            self._c.zonda_bytes_free(result)


def _call(method: str, runner: Optional[int], body: Any) -> bytes:
    call: Mapping[str, Any] = {"method": method, "runner": runner, "body": body}
    try:
        return json.dumps(call, allow_nan=False, default=_plain).encode()
    except (TypeError, ValueError, RecursionError) as error:
        name, value = _culprit(body) or (method, error)
        raise errors.InvalidRequestError(
            f"{name} is {value!r:.200}, which JSON can't hold",
            remedy="use numbers, text, lists and dicts, NumPy's among them") from error


def _plain(value: Any) -> Any:
    """What JSON has for a value of another kind: a path, a mapping, an array or a number of NumPy or PyTorch."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(type(value).__name__)


def _culprit(value: Any, name: str = "", depth: int = 0) -> "Optional[Tuple[str, Any]]":
    """The first value in a request that can't be written, with where it is."""
    if depth > _MAX_DEPTH:
        return name, value
    parts: "List[Tuple[str, Any]]" = []
    if isinstance(value, Mapping):
        parts = [(f"{name}.{key}" if name else str(key), part) for key, part in value.items()]
    elif isinstance(value, (list, tuple)):
        parts = [(f"{name}[{index}]", part) for index, part in enumerate(value)]
    else:
        try:
            json.dumps(value, allow_nan=False, default=_plain)
        except (TypeError, ValueError):
            return name, value
    found = (_culprit(part, place, depth + 1) for place, part in parts)
    return next((culprit for culprit in found if culprit), None)


_lock = threading.Lock()
_loaded: Optional[Library] = None


def library() -> Library:
    """The library, loaded on first use: what ``ZONDA_LIBRARY`` names, else the one beside these files."""
    global _loaded
    with _lock:
        if _loaded is None:
            _loaded = Library(_path())
        return _loaded


def _path() -> Path:
    named = os.environ.get("ZONDA_LIBRARY")
    path = Path(named) if named else Path(__file__).with_name("libZondaPython.so")
    if not path.is_file():
        raise errors.LibraryError(
            f"the Swift library is not at {path}",
            remedy="name it in ZONDA_LIBRARY, or install the package with: pip install ./python",
            facts={"path": str(path)})
    return path
