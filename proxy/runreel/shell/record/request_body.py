"""A request's body on its way up, noted as it goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

from aiohttp.web_request import BaseRequest

from runreel.core.record.recording import Recording


class RequestBody:
    """The body of one request."""

    def __init__(
        self, request: BaseRequest, recording: Recording, body_start: Sequence[bytes] = ()
    ) -> None:
        """``begun``: what was read of it already."""
        self._request = request
        self._recording = recording
        self._body_start = body_start
        self._pieces_end: asyncio.Future[None] | None = None

    def open(self) -> bytes | AsyncGenerator[bytes, None] | None:
        """What goes up: in one if all of it is there, else in pieces."""
        if not (self._body_start or self._request.can_read_body):
            return None
        if not self._is_received():
            return self._iter_pieces()
        body = self._request.content.read_nowait()
        self._recording.add_request_data(body)
        return body

    def _is_received(self) -> bool:
        """Whether the body came with the request's head, as most do, and is not chunked."""
        request = self._request
        if self._body_start or "Content-Length" not in request.headers:
            return False
        return request.content.is_eof()

    async def _iter_pieces(self) -> AsyncGenerator[bytes, None]:
        ended = self._pieces_end = asyncio.get_running_loop().create_future()
        try:
            for piece in self._body_start:
                self._recording.add_request_data(piece)
                yield piece
            while not self._request.content.at_eof():
                yield await self._read_piece()
        finally:
            if not ended.done():  # cancelled together with whoever waits for it
                ended.set_result(None)

    async def _read_piece(self) -> bytes:
        piece, _ = await self._request.content.readchunk()
        self._recording.add_request_data(piece)
        return piece

    async def read_rest(self, seconds: float) -> None:
        """What the client still sends although it has its answer is part of the request, too.

        It has ``limit`` seconds for it.
        """
        if self._pieces_end is None:
            return
        await self._pieces_end
        try:
            async with asyncio.timeout(seconds):
                while not self._request.content.at_eof():
                    await self._read_piece()
        except (TimeoutError, ConnectionError):
            self._recording.mark_upload_cut()
