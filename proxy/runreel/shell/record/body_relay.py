"""Relaying of an answer's body: record each piece and write it to the client immediately.

The relay runs inside the transport's callbacks (``data_received`` of the upstream's connection,
``resume_writing`` of the client's), so a piece reaches the client without another iteration of the
event loop. While writing to the client is paused, nothing is read from the upstream (backpressure).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from runreel.core.http import wire
from runreel.core.http.wire import Framing
from runreel.core.record.recording import Recording
from runreel.model import End
from runreel.shell.record.upstream_response import UpstreamResponse
from runreel.shell.server.connection import RawResponse

_BATCH_SIZE = 1 << 16
"""Bytes after which received pieces are written instead of being joined with more of them."""


class BodyTranslator(Protocol):
    """Changes a body piece by piece."""

    def feed(self, data: bytes) -> bytes:
        """Return the bytes for the client, once ``data`` has arrived."""
        ...

    def finish(self) -> bytes:
        """Return the rest at the end of the body; nothing, if it was called before."""
        ...


class BodyRelay:
    """The transfer of one answer's body from the upstream to the client, after its head."""

    def __init__(
        self,
        response: UpstreamResponse,
        client_response: RawResponse,
        recording: Recording,
        *,
        head: bytes,
        framing: Framing,
        now_us: Callable[[], int],
        drain_bytes: int,
        on_client_gone: Callable[[], None],
        translator: BodyTranslator | None = None,
    ) -> None:
        """Prepare to relay ``response``, which must have been given to no other reader.

        ``head`` is written together with the first data of the body. ``now_us`` returns the
        microseconds since the request. After the client has left, at most ``drain_bytes`` bytes
        are still read. ``on_client_gone`` is called if a write shows that the client has left.
        ``translator`` changes the body for the client; what is recorded stays as it was received.
        """
        self._response = response
        self._client_response = client_response
        self._recording = recording
        self._is_chunked = framing is Framing.CHUNKED
        self._unsent_head = head
        self._unsent_end = wire.LAST_CHUNK if self._is_chunked else b""
        self._now_us = now_us
        self._drain_bytes_left = drain_bytes
        self._on_client_gone = on_client_gone
        self._translator = translator
        self._is_draining = False
        self._batch_size = _BATCH_SIZE
        self._finished: asyncio.Future[End] = asyncio.get_running_loop().create_future()
        self._read_timeout = response.read_timeout

    async def run(self) -> End:
        """Relay all data until the answer ends, and return how it ended."""
        self._response.listen(self.relay_available)
        self._client_response.set_writable_callback(self.relay_available)
        try:
            self.relay_available()
            return await self._finished
        finally:
            self._client_response.set_writable_callback(None)

    def start_draining(self) -> None:
        """Stop writing to the client, which has left; record the rest of the answer."""
        self._stop_writing()
        self.relay_available()

    def _stop_writing(self) -> None:
        self._is_draining = True
        self._batch_size = 1  # so that draining ends with the first piece beyond drain_bytes

    def relay_available(self) -> None:
        """Relay the data received so far, as long as writing to the client is not paused."""
        if self._finished.done():
            return
        try:
            self._relay_batches()
        except Exception as error:  # the caller is a transport, which cannot handle it
            self._finished.set_exception(error)

    def _relay_batches(self) -> None:
        while self._can_relay():
            data = self._read_batch()
            if data:
                self._deliver(data)
            if len(data) < self._batch_size:
                break  # all received data has been relayed
        self._wait_or_finish()

    def _can_relay(self) -> bool:
        return not self._finished.done() and (
            self._is_draining or not self._client_response.is_writing_paused
        )

    def _wait_or_finish(self) -> None:
        """Start or pause the read timeout, or finish."""
        if not self._can_relay():
            self._read_timeout.pause()  # the client is slow, not the upstream
        elif (end := self._response.find_end()) is not None:
            if rest := self._finish_translation():
                self._deliver(rest)
            self._finish(end)
        else:
            self._read_timeout.start()

    def _read_batch(self) -> bytes:
        """Record the received pieces up to the batch size; return their bytes for the client."""
        data, self._unsent_head = self._unsent_head, b""
        at_us = self._now_us()
        while len(data) < self._batch_size and (piece := self._response.read_piece()) is not None:
            data += self._record_piece(*piece, at_us)
        if self._response.is_fully_read():
            data, self._unsent_end = data + self._finish_translation() + self._unsent_end, b""
        return data

    def _record_piece(self, data: bytes, end_of_chunk: bool, at_us: int) -> bytes:
        self._recording.add_answer_data(data, end_of_chunk=end_of_chunk, at_us=at_us)
        if self._translator is not None:
            data = self._translator.feed(data)
        return self._format_piece(data)

    def _finish_translation(self) -> bytes:
        """Return what the translator has held back until the end of the body."""
        return b"" if self._translator is None else self._format_piece(self._translator.finish())

    def _format_piece(self, data: bytes) -> bytes:
        return wire.format_chunk(data) if data and self._is_chunked else data

    def _deliver(self, data: bytes) -> None:
        if self._is_draining:
            self._drain_bytes_left -= len(data)
            if self._drain_bytes_left < 0:
                self._finish(End.CLIENT_LEFT)
            return
        try:
            self._client_response.send_now(data)
        except ConnectionError:
            self._stop_writing()
            self._on_client_gone()

    def _finish(self, end: End) -> None:
        if not self._finished.done():
            self._finished.set_result(end)
