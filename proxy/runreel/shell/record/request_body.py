"""The body of a request, recorded while it is sent to the upstream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

from aiohttp.web_protocol import RequestPayloadError
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
        self._body_start = list(body_start)  # an empty deque would take 600 bytes a request
        self._pieces_end: asyncio.Future[None] | None = None

    @property
    def is_whole(self) -> bool:
        """True if all of the body was received and recorded."""
        return not self._body_start and self._request.content.at_eof()

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
            while not self.is_whole:
                yield await self._read_piece()
        finally:
            if not pieces_end.done():  # else cancelled, as was the task that awaits it
                pieces_end.set_result(None)

    async def _read_piece(self) -> bytes:
        if self._body_start:
            piece = self._body_start.pop(0)
        else:
            piece, _ = await self._request.content.readchunk()
        self._recording.add_request_data(piece)
        return piece

    async def read_rest(self, seconds: float) -> None:
        """Read and record the data that the client sends after the end of its answer.

        It ends with the body, after ``seconds``, or when the client leaves. The upload must have
        been stopped before, if it had not ended.
        """
        if self._pieces_end is not None:  # else the upload was stopped before its first piece
            await self._pieces_end
        try:
            async with asyncio.timeout(seconds):
                while not self.is_whole:
                    await self._read_piece()
        except (TimeoutError, ConnectionError, RequestPayloadError):
            pass  # the recording notes that the body is not whole
