"""Exceptions: what went wrong, with the value that was wrong and what to do about it.

Every exception is a `ZondaError`, and so a `ValueError`, which is what `mistralrs` raises; some are a built-in exception
besides, so that ``except FileNotFoundError`` or ``except MemoryError`` work as one expects::

    try:
        runner = zonda.Runner(which=zonda.Which.Plain(model_id="/no/such/model"))
    except zonda.ModelNotFoundError as error:
        print(error.message, error.remedy, error.facts)
"""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional, Tuple, Type


class ZondaError(ValueError):
    """What Zonda raises.

    Attributes:
        code: a stable name for the kind of failure, such as ``outOfMemory``.
        message: one sentence with the value that was wrong.
        remedy: what a person can do about it, or None.
        facts: named facts for a program to read, such as ``needed`` and ``available``.
    """

    code: str = "internalFault"

    def __init__(
        self, message: str, *, code: Optional[str] = None, remedy: Optional[str] = None,
        facts: Optional[Mapping[str, str]] = None,
    ) -> None:
        super().__init__(message)
        self.code = code or type(self).code
        self.message = message
        self.remedy = remedy
        self.facts: Dict[str, str] = dict(facts or {})

    def __str__(self) -> str:
        return f"{self.message} ({self.remedy})" if self.remedy else self.message

    def __repr__(self) -> str:
        return f"{type(self).__name__}(code={self.code!r}, message={self.message!r}, remedy={self.remedy!r})"

    def __reduce__(self) -> Tuple[Any, ...]:
        return _restore, (type(self), self.message, self.code, self.remedy, self.facts)


class InvalidRequestError(ZondaError):
    """A request, or an argument, that can't be served as it was written."""

    code = "badRequest"


class ContextExceededError(InvalidRequestError):
    """A prompt that, with the tokens asked for, is longer than the context: the facts have both lengths."""

    code = "contextExceeded"


class UnsupportedError(ZondaError, NotImplementedError):
    """An architecture, type or feature that Zonda does not have."""

    code = "unsupported"


class ModelNotFoundError(ZondaError, FileNotFoundError):
    """A model, or a file of one, that is not where it was looked for: the message lists each place."""

    code = "notFound"


class AccessDeniedError(ZondaError, PermissionError):
    """A model that the hub gives to some people only: a token, or a licence to accept, is missing."""

    code = "accessDenied"


class NetworkError(ZondaError, ConnectionError):
    """A server that can't be reached, or that breaks off, after as many tries as make sense."""

    code = "networkFailed"


class ModelFileError(ZondaError):
    """A file of a model that is damaged, or that holds what the code was not written for."""

    code = "badFile"


class TemplateError(ZondaError):
    """A chat template that does not compile, or that refuses the conversation."""

    code = "badTemplate"


class InputOutputError(ZondaError, OSError):
    """A file that is there but that the system would not read, map or write."""

    code = "inputOutput"


class OutOfMemoryError(ZondaError, MemoryError):
    """Weights, keys and values, or results that do not fit in memory: the facts have the numbers."""

    code = "outOfMemory"


class DeviceError(ZondaError, RuntimeError):
    """A device that is not there, or a call of its driver that failed."""

    code = "deviceFailed"


class RequestCancelledError(ZondaError):
    """A request that was cancelled, or whose runner was closed, before the answer was complete."""

    code = "cancelled"


class LibraryError(ZondaError, ImportError):
    """The Swift library is missing, or is not the one that these Python files belong to."""

    code = "library"


class ForkedProcessError(ZondaError, RuntimeError):
    """A runner, or the library, is used in a child of ``fork()``, where none of its threads are."""

    code = "forked"


class InternalError(ZondaError, RuntimeError):
    """A broken promise between parts of Zonda: please report it."""

    code = "internalFault"


_CLASSES: Dict[str, Type[ZondaError]] = {
    "badRequest": InvalidRequestError,
    "contextExceeded": ContextExceededError,
    "unsupported": UnsupportedError,
    "notFound": ModelNotFoundError,
    "accessDenied": AccessDeniedError,
    "networkFailed": NetworkError,
    "badFile": ModelFileError,
    "badTensor": ModelFileError,
    "badConfiguration": ModelFileError,
    "badTemplate": TemplateError,
    "inputOutput": InputOutputError,
    "outOfMemory": OutOfMemoryError,
    "noDevice": DeviceError,
    "deviceFailed": DeviceError,
    "badKernel": DeviceError,
    "badLogits": InternalError,
    "cancelled": RequestCancelledError,
    "internalFault": InternalError,
}


def from_json(value: Optional[Mapping[str, Any]]) -> ZondaError:
    """The exception that the library's error ``{"code", "message", "remedy", "facts"}`` stands for.

    None is an error that the library had no memory to describe.
    """
    if value is None:
        return OutOfMemoryError("there is no memory for the reply", remedy="free some, or ask for less at once")
    code = str(value.get("code", "internalFault"))
    kind = _CLASSES.get(code, ZondaError)
    return kind(
        str(value.get("message", "")), code=code, remedy=value.get("remedy"), facts=value.get("facts") or {})


def _restore(
    kind: Type[ZondaError], message: str, code: str, remedy: Optional[str], facts: Dict[str, str]
) -> ZondaError:
    return kind(message, code=code, remedy=remedy, facts=facts)
