"""An answer of the upstream: its head, and what comes of its body at the moment when it comes.

aiohttp gives a body to whoever waits for it, at the price of a turn of the event loop for each
piece. Here a tap stands between the connection and aiohttp's handler: what the handler has parsed
is told of before the call that brought it returns, and can be taken without waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TypeAlias

import aiohttp
from aiohttp.client_proto import ResponseHandler

from runreel.model import End, Headers

Piece: TypeAlias = tuple[bytes, bool]
"""Some bytes of a body, and whether a chunk ends with them."""


class Incoming:
    """An answer whose head is there."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.status = answer.status
        self.reason = (answer.reason or "").encode("utf-8", "surrogateescape")
        self.headers: Headers = answer.raw_headers
        self._answer = answer
        self._content = answer.content
        self._taken = 0
        self._within_chunk = False
        self._tap = _Tap.on(answer)

    @property
    def read_timeout(self) -> float:
        """For how many seconds the upstream may be silent; 0: for ever."""
        return self._tap.read_timeout if self._tap is not None else 0.0

    def listen(self, told: Callable[[], None]) -> None:
        """Call ``told`` whenever something has come, be it the end."""
        if self._tap is not None:
            self._tap.told = told

    async def close(self) -> None:
        """Leave the answer; its connection is kept if it was read to its end."""
        if self._tap is not None:
            self._tap.remove()
        self._answer.release()
        await self._answer.wait_for_close()

    def next(self) -> Piece | None:
        """The next piece of the body, or None if none has come."""
        if not self._has_more():
            return None
        piece = _at_once(self._content.readchunk())
        if piece is not None:
            self._taken += len(piece[0])
            self._within_chunk = not piece[1]
        return piece

    def _has_more(self) -> bool:
        if self._taken < self._content.total_bytes:
            return True
        # The end of a chunk may come later than its bytes.
        return self._within_chunk and self.end() is None

    def is_whole(self) -> bool:
        """Whether all of the body was taken."""
        return self._content.at_eof()

    def end(self) -> End | None:
        """How the body ended; None while more may come, or is there to be taken."""
        if self._content.at_eof():
            return End.RESET if self._was_reset() else End.COMPLETE
        if self._tap is None or not self._tap.lost or self._taken < self._content.total_bytes:
            return None
        return End.RESET if self._was_reset() else End.CLOSED

    def _was_reset(self) -> bool:
        """Whether the connection was broken off (RST), not closed, as long as it was ours."""
        return self._tap is not None and self._tap.was_reset


class _Tap(asyncio.Protocol):
    """Stands before aiohttp's handler of a connection for the length of one answer's body."""

    def __init__(self, handler: ResponseHandler, content: aiohttp.StreamReader) -> None:
        self.told: Callable[[], None] = _nobody
        self.lost = not handler.connected
        self.was_reset = isinstance(handler.exception(), aiohttp.ClientOSError)
        self.read_timeout = handler.read_timeout or 0.0
        self._handler = handler
        self._content = content
        self._transport = handler.transport
        handler.read_timeout = None  # it would set a timer anew for each piece
        handler.start_timeout()  # which only stops the one that was set for the head
        if self._transport is not None:
            self._transport.set_protocol(self)
        if self.lost:
            content.set_exception(None)  # type: ignore[arg-type]  # see connection_lost

    @classmethod
    def on(cls, answer: aiohttp.ClientResponse) -> _Tap | None:
        """A tap on the connection of ``answer``; None if the whole answer came with its head."""
        handler = answer.connection.protocol if answer.connection is not None else None
        if handler is None or answer.content.is_eof():
            return None
        return cls(handler, answer.content)

    def remove(self) -> None:
        """Leave the connection to aiohttp's handler."""
        self.told = _nobody
        if self._transport is not None:
            self._transport.set_protocol(self._handler)
            self._transport = None

    def data_received(self, data: bytes) -> None:
        self._handler.data_received(data)
        self._tell()

    def eof_received(self) -> None:
        self._handler.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._handler.connection_lost(exc)
        self.lost = True
        self.was_reset = isinstance(exc, OSError)
        # What came before can be taken: aiohttp would withhold it behind an error.
        self._content.set_exception(None)  # type: ignore[arg-type]  # clears it
        self._tell()

    def pause_writing(self) -> None:
        self._handler.pause_writing()

    def resume_writing(self) -> None:
        self._handler.resume_writing()

    def _tell(self) -> None:
        told = self.told
        if self._content.is_eof():  # the connection may serve the next request already
            self.remove()
        told()


def _nobody() -> None:
    """Who listens as long as nobody does."""


def _at_once(reading: Coroutine[None, None, Piece]) -> Piece | None:
    """What ``reading`` gives without waiting, or None if it would wait."""
    try:
        reading.send(None)
    except StopIteration as done:
        piece: Piece = done.value
        return piece
    reading.close()
    return None
