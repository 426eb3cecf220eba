"""A request to the library: its events, pulled by a thread that blocks or by an asyncio loop."""

from __future__ import annotations

import asyncio
import os
import weakref
from typing import Any, AsyncIterator, Dict, Iterator, List, Optional, Tuple

from . import errors
from ._library import ENDED, TIMED_OUT, Library

#: How long a blocking call stays in the library before Python looks for signals: Ctrl-C works within twice this.
POLL_MILLISECONDS = 50

Event = Dict[str, Any]


class Request:
    """Events of one request. Closing it, or forgetting it, cancels the request and frees what it holds.

    One thread or task at a time takes its events; any thread may close it.
    """

    def __init__(
        self, library: Library, method: str, runner: Optional[int] = None, body: Any = None,
        poll_milliseconds: int = POLL_MILLISECONDS,
    ) -> None:
        self._library = library
        self._poll_milliseconds = poll_milliseconds
        self._handle = library.start(method, runner, body)
        self._finalizer = weakref.finalize(self, library.free_request, self._handle)

    def close(self) -> None:
        """Cancels the request if it still runs, and frees it; closing twice is harmless."""
        self._finalizer()

    @property
    def is_closed(self) -> bool:
        return not self._finalizer.alive

    def __enter__(self) -> Request:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def next(self) -> Optional[Event]:
        """The next event, or None at the end; waits for it."""
        while not self.is_closed:
            status, event = self._take(self._poll_milliseconds)
            if status == ENDED:
                self.close()
            elif status != TIMED_OUT:
                return event
        return None

    async def anext(self) -> Optional[Event]:
        """The next event, or None at the end; the asyncio loop runs other tasks meanwhile."""
        while not self.is_closed:
            status, event = self._take(0)
            if status == ENDED:
                self.close()
            elif status == TIMED_OUT:
                await self._something()
            else:
                return event
        return None

    def _take(self, milliseconds: int) -> Tuple[int, Optional[Event]]:
        try:
            return self._library.next(self._handle, milliseconds)
        except errors.InvalidRequestError:
            if self.is_closed:  # by another thread, since it was looked at: the handle is gone
                return ENDED, None
            raise

    async def _something(self) -> None:
        """Waits until there is something to take.

        By a descriptor of our own: of one that the library closes, as it does with the request, a loop hears nothing more.
        Ours is readable when the other end of the pipe is closed.
        """
        try:
            descriptor = os.dup(self._library.descriptor(self._handle))
        except OSError as error:
            if self.is_closed:
                return
            raise errors.InputOutputError(
                f"the system gives no descriptor: {error}", remedy="close files or streams that are not needed"
            ) from error
        try:
            if not self.is_closed:  # else it may be that of anything
                await _readable(descriptor)
        finally:
            os.close(descriptor)

    def __iter__(self) -> Iterator[Event]:
        """The events to come. An exception, such as that of Ctrl-C, closes the request."""
        with self:
            for event in iter(self.next, None):
                yield event

    async def __aiter__(self) -> AsyncIterator[Event]:
        """As `__iter__`, for an asyncio loop."""
        with self:
            while (event := await self.anext()) is not None:
                yield event

    def result(self) -> Event:
        """The one event that an answer in one piece has."""
        return _only(list(self))

    async def aresult(self) -> Event:
        """As `result`."""
        return _only([event async for event in self])


def _only(events: List[Event]) -> Event:
    if not events:
        raise errors.RequestCancelledError(
            "the request was closed before it was complete", remedy="keep it until its answer is there")
    return events[-1]


async def _readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    future: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        if not future.done():
            future.set_result(None)

    loop.add_reader(descriptor, wake)
    try:
        await future
    finally:
        loop.remove_reader(descriptor)
