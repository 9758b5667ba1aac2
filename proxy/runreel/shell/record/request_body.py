"""A request's body on its way up, noted as it goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

from aiohttp.web_request import BaseRequest

from runreel.core.record.recording import Recording


class Upload:
    """The body of one request."""

    def __init__(
        self, request: BaseRequest, recording: Recording, begun: Sequence[bytes] = ()
    ) -> None:
        """``begun``: what was read of it already."""
        self._request = request
        self._recording = recording
        self._begun = begun
        self._ended: asyncio.Future[None] | None = None

    def body(self) -> bytes | AsyncGenerator[bytes, None] | None:
        """What goes up: in one if all of it is there, else in pieces."""
        if not (self._begun or self._request.can_read_body):
            return None
        if not self._is_all_there():
            return self._pieces()
        body = self._request.content.read_nowait()
        self._recording.sent(body)
        return body

    def _is_all_there(self) -> bool:
        """Whether the body came with the request's head, as most do, and is not chunked."""
        request = self._request
        if self._begun or "Content-Length" not in request.headers:
            return False
        return request.content.is_eof()

    async def _pieces(self) -> AsyncGenerator[bytes, None]:
        ended = self._ended = asyncio.get_running_loop().create_future()
        try:
            for piece in self._begun:
                self._recording.sent(piece)
                yield piece
            while not self._request.content.at_eof():
                yield await self._next()
        finally:
            if not ended.done():  # cancelled together with whoever waits for it
                ended.set_result(None)

    async def _next(self) -> bytes:
        piece, _ = await self._request.content.readchunk()
        self._recording.sent(piece)
        return piece

    async def take_rest(self, limit: float) -> None:
        """What the client still sends although it has its answer is part of the request, too.

        It has ``limit`` seconds for it.
        """
        if self._ended is None:
            return
        await self._ended
        try:
            async with asyncio.timeout(limit):
                while not self._request.content.at_eof():
                    await self._next()
        except (TimeoutError, ConnectionError):
            self._recording.upload_was_cut()
