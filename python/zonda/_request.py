"""A request to the library: its events, pulled by a thread that blocks or by an asyncio loop."""

from __future__ import annotations

import asyncio
import weakref
from typing import Any, AsyncIterator, Callable, Dict, Iterator, Optional

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

    def events(self) -> Iterator[Event]:
        """The events, waiting for each; closes the request at the end."""
        with self:
            while not self.is_closed:
                status, event = self._library.next(self._handle, self._poll_milliseconds)
                if status == ENDED:
                    return
                if status != TIMED_OUT:
                    yield event

    async def aevents(self) -> AsyncIterator[Event]:
        """The events, for an asyncio loop, which runs other tasks meanwhile; closes the request at the end."""
        with self:
            descriptor = self._library.descriptor(self._handle)
            while not self.is_closed:
                status, event = self._library.next(self._handle, 0)
                if status == ENDED:
                    return
                if status == TIMED_OUT:
                    await _readable(descriptor)
                else:
                    yield event

    def result(self, on_event: Optional[Callable[[Event], None]] = None) -> Event:
        """The last event; `on_event` gets each one as it comes."""
        last: Event = {}
        for last in self.events():
            if on_event:
                on_event(last)
        return last

    async def aresult(self) -> Event:
        """The last event."""
        last: Event = {}
        async for last in self.aevents():
            pass
        return last


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
