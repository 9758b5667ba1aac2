"""An answer of the upstream whose head is there, and what comes of its body when it comes."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TypeAlias

from aiohttp.http import RawResponseMessage

from runreel.model import End, Headers
from runreel.shell.record.upstream_connection import Call

Piece: TypeAlias = tuple[bytes, bool]
"""Some bytes of a body, and whether a chunk ends with them."""


class Incoming:
    """An answer under way. Nothing here waits: what has not come yet is told of when it does."""

    def __init__(self, head: RawResponseMessage, call: Call) -> None:
        """``close`` must be called."""
        self.status = head.code
        self.reason = head.reason.encode("utf-8", "surrogateescape")
        self.headers: Headers = head.raw_headers
        self.silence = call.silence
        """Whoever waits for the next piece says so here."""
        self._call = call
        self._content = call.content
        self._taken = 0
        self._within_chunk = False

    def listen(self, told: Callable[[], None]) -> None:
        """Call ``told`` whenever something has come, be it the end."""
        self._call.told = told

    def close(self) -> None:
        """Leave the answer; its connection is kept if it was read to its end."""
        self._call.close()

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
        return self._within_chunk and not self._content.is_eof()

    def is_whole(self) -> bool:
        """Whether all of the body was taken."""
        return self._content.at_eof()

    def end(self) -> End | None:
        """How the body ended; None while more may come, or is there to be taken."""
        call = self._call
        if self._content.at_eof():
            return End.RESET if call.was_reset else End.COMPLETE
        if self._taken < self._content.total_bytes:
            return None
        if call.lost:
            return End.RESET if call.was_reset else End.CLOSED
        return End.TIMEOUT if call.fell_silent else None


def _at_once(reading: Coroutine[None, None, Piece]) -> Piece | None:
    """What ``reading`` gives without waiting, or None if it would wait."""
    try:
        reading.send(None)
    except StopIteration as done:
        piece: Piece = done.value
        return piece
    reading.close()
    return None
