"""An answer flows: what comes from the upstream is noted and written to the client at once.

It runs from within the calls that bring the bytes, so that no turn of the event loop lies between
the two connections. While the client takes no more, nothing is taken from the upstream either.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from runreel.core.http import wire
from runreel.core.http.wire import Framing
from runreel.core.record.recording import Recording
from runreel.model import End
from runreel.shell.record.upstream_response import UpstreamResponse
from runreel.shell.server.connection import RawResponse

_BATCH_SIZE = 1 << 16
"""Bytes from which on what has come is not gathered any more before it is written."""


class BodyRelay:
    """The body of one answer on its way to the client, behind its head."""

    def __init__(
        self,
        response: UpstreamResponse,
        live_answer: RawResponse,
        recording: Recording,
        *,
        head: bytes,
        framing: Framing,
        now_us: Callable[[], int],
        drain_bytes: int,
        on_client_gone: Callable[[], None],
    ) -> None:
        """``head`` goes out with what of the body came along with it. ``now_us`` tells the time as
        the recording counts it. After the client has left, ``drain_bytes`` more are read;
        ``client_gone`` is called when that shows here first."""
        self._response = response
        self._live_answer = live_answer
        self._recording = recording
        self._is_chunked = framing is Framing.CHUNKED
        self._unsent_head = head
        self._unsent_end = wire.LAST_CHUNK if self._is_chunked else b""
        self._now_us = now_us
        self._drain_bytes_left = drain_bytes
        self._on_client_gone = on_client_gone
        self._is_draining = False
        self._batch_size = _BATCH_SIZE
        self._finished: asyncio.Future[End] = asyncio.get_running_loop().create_future()
        self._read_timeout = response.read_timeout

    async def run(self) -> End:
        """Hand on whatever comes, until the end."""
        self._response.listen(self.relay_available)
        self._live_answer.set_writable_callback(self.relay_available)
        try:
            self.relay_available()
            return await self._finished
        finally:
            self._live_answer.set_writable_callback(None)

    def start_draining(self) -> None:
        """Nobody reads any more: the rest is only noted."""
        self._stop_writing()
        self.relay_available()

    def _stop_writing(self) -> None:
        self._is_draining = True
        self._batch_size = 1  # so that draining ends with the piece that is too much

    def relay_available(self) -> None:
        """Hand on what has come, as far as the client takes it."""
        if self._finished.done():
            return
        try:
            self._relay_batches()
        except Exception as error:  # the caller is a connection: what went wrong is ours
            self._finished.set_exception(error)

    def _relay_batches(self) -> None:
        while self._can_relay():
            data = self._read_batch()
            if data:
                self._deliver(data)
            if len(data) < self._batch_size:
                break  # that was all
        self._wait_or_finish()

    def _can_relay(self) -> bool:
        return not self._finished.done() and (
            self._is_draining or not self._live_answer.is_writing_paused
        )

    def _wait_or_finish(self) -> None:
        """See who is waited for now, if anybody is."""
        if not self._can_relay():
            self._read_timeout.pause()  # the client, and it may take its time
        elif (end := self._response.find_end()) is not None:
            self._finish(end)
        else:
            self._read_timeout.start()

    def _read_batch(self) -> bytes:
        """What has come, as the client gets it."""
        data, self._unsent_head = self._unsent_head, b""
        at_us = self._now_us()
        while len(data) < self._batch_size and (piece := self._response.read_piece()) is not None:
            data += self._record_piece(*piece, at_us)
        if self._response.is_fully_read():
            data, self._unsent_end = data + self._unsent_end, b""
        return data

    def _record_piece(self, data: bytes, end_of_chunk: bool, at_us: int) -> bytes:
        self._recording.add_answer_data(data, end_of_chunk=end_of_chunk, at_us=at_us)
        return wire.format_chunk(data) if data and self._is_chunked else data

    def _deliver(self, data: bytes) -> None:
        if self._is_draining:
            self._drain_bytes_left -= len(data)
            if self._drain_bytes_left < 0:
                self._finish(End.CLIENT_LEFT)
            return
        try:
            self._live_answer.send_now(data)
        except ConnectionError:
            self._stop_writing()
            self._on_client_gone()

    def _finish(self, end: End) -> None:
        if not self._finished.done():
            self._finished.set_result(end)
