"""The upstream's response to one request: its head, and the body piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TypeAlias

from aiohttp.http import RawResponseMessage

from runreel.model import End, Headers
from runreel.shell.record.upstream_connection import UpstreamConnection

BodyPiece: TypeAlias = tuple[bytes, bool]
"""Bytes of a body, and True if a chunk (RFC 9112, section 7.1) ends with them."""


class UpstreamResponse:
    """A response whose head has been received.

    No method waits: ``read_piece`` returns None if nothing is there, and the callback of ``listen``
    is called when there is more.
    """

    def __init__(self, head: RawResponseMessage, connection: UpstreamConnection) -> None:
        """Take over ``connection``, which has received ``head``; ``close`` must be called."""
        self.status = head.code
        self.reason = head.reason.encode("utf-8", "surrogateescape")
        self.headers: Headers = head.raw_headers
        self.read_timeout = connection.read_timeout
        """To be started by the reader when it awaits the next piece."""
        self._connection = connection
        self._content = connection.content
        self._bytes_read = 0
        self._is_within_chunk = False

    def listen(self, on_data: Callable[[], None]) -> None:
        """Call ``on_data`` whenever data or the end of the body has been received."""
        self._connection.on_data = on_data

    def close(self) -> None:
        """Release the connection; it can be used again if the body was received to its end."""
        self._connection.close()

    def read_piece(self) -> BodyPiece | None:
        """Return the next piece of the body, or None if none has been received."""
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
        # The end of a chunk may be received later than its bytes.
        return self._is_within_chunk and not self._content.is_eof()

    def is_fully_read(self) -> bool:
        """Return whether ``read_piece`` has returned all of the body."""
        return self._content.at_eof()

    def find_end(self) -> End | None:
        """Return how the body ended, or None if there is more to read or to receive."""
        connection = self._connection
        if self._content.at_eof():
            return End.RESET if connection.was_reset else End.COMPLETE
        if self._bytes_read < self._content.total_bytes:
            return None
        if connection.is_lost:
            return End.RESET if connection.was_reset else End.CLOSED
        return End.TIMEOUT if connection.has_timed_out else None


def _run_without_waiting(coroutine: Coroutine[None, None, BodyPiece]) -> BodyPiece | None:
    """Return the result of ``coroutine``, or None if it would have to wait."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        piece: BodyPiece = stop.value
        return piece
    coroutine.close()
    return None
