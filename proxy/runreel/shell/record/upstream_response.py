"""An answer of the upstream whose head is there, and what comes of its body when it comes."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TypeAlias

from aiohttp.http import RawResponseMessage

from runreel.model import End, Headers
from runreel.shell.record.upstream_connection import UpstreamConnection

BodyPiece: TypeAlias = tuple[bytes, bool]
"""Some bytes of a body, and whether a chunk ends with them."""


class UpstreamResponse:
    """An answer under way. Nothing here waits: what has not come yet is told of when it does."""

    def __init__(self, head: RawResponseMessage, connection: UpstreamConnection) -> None:
        """``close`` must be called."""
        self.status = head.code
        self.reason = head.reason.encode("utf-8", "surrogateescape")
        self.headers: Headers = head.raw_headers
        self.read_timeout = connection.read_timeout
        """Whoever waits for the next piece says so here."""
        self._connection = connection
        self._content = connection.content
        self._bytes_read = 0
        self._is_within_chunk = False

    def listen(self, on_data: Callable[[], None]) -> None:
        """Call ``told`` whenever something has come, be it the end."""
        self._connection.on_data = on_data

    def close(self) -> None:
        """Leave the answer; its connection is kept if it was read to its end."""
        self._connection.close()

    def read_piece(self) -> BodyPiece | None:
        """The next piece of the body, or None if none has come."""
        if not self._has_more():
            return None
        piece = _run_without_waiting(self._content.readchunk())
        if piece is not None:
            self._bytes_read += len(piece[0])
            self._is_within_chunk = not piece[1]
        return piece

    def _has_more(self) -> bool:
        if self._bytes_read < self._content.total_bytes:
            return True
        # The end of a chunk may come later than its bytes.
        return self._is_within_chunk and not self._content.is_eof()

    def is_fully_read(self) -> bool:
        """Whether all of the body was taken."""
        return self._content.at_eof()

    def find_end(self) -> End | None:
        """How the body ended; None while more may come, or is there to be taken."""
        call = self._connection
        if self._content.at_eof():
            return End.RESET if call.was_reset else End.COMPLETE
        if self._bytes_read < self._content.total_bytes:
            return None
        if call.is_lost:
            return End.RESET if call.was_reset else End.CLOSED
        return End.TIMEOUT if call.has_timed_out else None


def _run_without_waiting(reading: Coroutine[None, None, BodyPiece]) -> BodyPiece | None:
    """What ``reading`` gives without waiting, or None if it would wait."""
    try:
        reading.send(None)
    except StopIteration as done:
        piece: BodyPiece = done.value
        return piece
    reading.close()
    return None
