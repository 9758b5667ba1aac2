"""The body of a request, recorded while it is sent to the upstream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

from aiohttp.web_request import BaseRequest

from runreel.core.record.recording import Recording
from runreel.shell.server.incoming_request import send_continue


class RequestBody:
    """The body of one request, as the upstream and the recording get it."""

    def __init__(
        self, request: BaseRequest, recording: Recording, body_start: Sequence[bytes] = ()
    ) -> None:
        """Read the body of ``request`` on demand, after the pieces ``body_start``.

        These have been read from ``request`` by the caller.
        """
        self._request = request
        self._recording = recording
        self._body_start = body_start
        self._pieces_end: asyncio.Future[None] | None = None

    def open(self) -> bytes | AsyncGenerator[bytes, None] | None:
        """Return the body to send: bytes if all of it was received, else an iterator of pieces.

        Return None if the request has no body. A client that waits for it gets 100 Continue.
        """
        if not self._body_start:
            send_continue(self._request)
        if not (self._body_start or self._request.can_read_body):
            return None
        if not self._is_received():
            return self._iter_pieces()
        body = self._request.content.read_nowait()
        self._recording.add_request_data(body)
        return body

    def _is_received(self) -> bool:
        """Return whether an unchunked body was received with the head, as most bodies are."""
        request = self._request
        if self._body_start or "Content-Length" not in request.headers:
            return False
        return request.content.is_eof()

    async def _iter_pieces(self) -> AsyncGenerator[bytes, None]:
        pieces_end = self._pieces_end = asyncio.get_running_loop().create_future()
        try:
            for piece in self._body_start:
                self._recording.add_request_data(piece)
                yield piece
            while not self._request.content.at_eof():
                yield await self._read_piece()
        finally:
            if not pieces_end.done():  # else cancelled, as was the task that awaits it
                pieces_end.set_result(None)

    async def _read_piece(self) -> bytes:
        piece, _ = await self._request.content.readchunk()
        self._recording.add_request_data(piece)
        return piece

    async def read_rest(self, seconds: float) -> None:
        """Read and record the data that the client sends after the end of its answer.

        If the body does not end within ``seconds``, the recording notes that it was cut off.
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
