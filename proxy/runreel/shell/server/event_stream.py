"""An answer that is a stream of server-sent events, for as long as its reader follows."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import cast

import structlog
from aiohttp.web_request import BaseRequest

from runreel.core.http import wire
from runreel.core.http.wire import Framing
from runreel.core.replay.send_plan import Finish
from runreel.model import Headers
from runreel.shell.server.connection import SAFE_HEADERS, ClientConnection, RawResponse

log = structlog.get_logger()

_HEADERS: Headers = (
    (b"Content-Type", b"text/event-stream"),
    (b"Cache-Control", b"no-store"),
    *SAFE_HEADERS,
)
_RETRY = b"retry: 1000\n\n"
COMMENT_INTERVAL = 15.0
"""Seconds of silence after which a comment keeps the connection alive."""


class EventStream:
    """A stream of events to one reader; an asynchronous context manager.

    The block ends quietly if the reader has left, or reads nothing for ``patience`` seconds.
    """

    def __init__(
        self,
        request: BaseRequest,
        wake: asyncio.Event,
        *,
        patience: float,
    ) -> None:
        """``wake`` is set when the reader leaves."""
        self.response = RawResponse(request)
        self._connection = cast(ClientConnection, request.protocol)
        self._wake = wake
        self._patience = patience

    async def __aenter__(self) -> EventStream:
        self._connection.on_lost = self._wake.set
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        self._connection.on_lost = None
        if isinstance(error, TimeoutError):
            log.warning(
                "activity_reader_dropped", why="it has read nothing", seconds=self._patience
            )
        elif error is not None and not isinstance(error, ConnectionError):
            return False
        if error is not None:
            self.response.abort()
        return True

    async def begin(self, data: bytes = b"") -> None:
        """Send the head and the first events."""
        head = wire.format_answer_head(
            200,
            b"OK",
            _HEADERS,
            framing=Framing.CLOSE,
            http10=False,
            keep_alive=False,
        )
        await self.send(head + _RETRY + data)

    async def send(self, data: bytes) -> None:
        """Send events; raises ``ConnectionError`` if the reader has left, even without data."""
        async with asyncio.timeout(self._patience):
            await self.response.send(data)

    async def finish(self, data: bytes) -> None:
        """Send the last events, and close the connection."""
        await self.send(data)
        await self.response.finish(Finish.CLOSE)

    async def wait(self, seconds: float) -> bool:
        """Wait until ``wake`` is set; return False if that takes longer."""
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return False
        return True


def encode_place(last_id: str) -> bytes:
    """Return the place at which a stream begins, for those who resume before any other event."""
    return f"id: {last_id}\n\n".encode()


def encode_event(kind: str, data: str, id_: str = "") -> bytes:
    """Return an event; ``data`` has no line ends."""
    tail = f"id: {id_}\n" if id_ else ""
    return f"event: {kind}\ndata: {data}\n{tail}\n".encode()
