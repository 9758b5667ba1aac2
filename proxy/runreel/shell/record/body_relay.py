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
from runreel.shell.record.upstream_response import Incoming
from runreel.shell.server.connection import LiveAnswer

_AT_ONCE = 1 << 16
"""Bytes from which on what has come is not gathered any more before it is written."""


class Flow:
    """The body of one answer on its way to the client, behind its head."""

    def __init__(
        self,
        incoming: Incoming,
        live: LiveAnswer,
        recording: Recording,
        *,
        head: bytes,
        framing: Framing,
        now_us: Callable[[], int],
        drain_bytes: int,
        client_gone: Callable[[], None],
    ) -> None:
        """``head`` goes out with what of the body came along with it. ``now_us`` tells the time as
        the recording counts it. After the client has left, ``drain_bytes`` more are read;
        ``client_gone`` is called when that shows here first."""
        self._incoming = incoming
        self._live = live
        self._recording = recording
        self._chunked = framing is Framing.CHUNKED
        self._unsent_head = head
        self._unsent_end = wire.LAST_CHUNK if self._chunked else b""
        self._now_us = now_us
        self._drain_left = drain_bytes
        self._client_gone = client_gone
        self._client_left = False
        self._at_once = _AT_ONCE
        self._ended: asyncio.Future[End] = asyncio.get_running_loop().create_future()
        self._silence = incoming.silence

    async def run(self) -> End:
        """Hand on whatever comes, until the end."""
        self._incoming.listen(self.go_on)
        self._live.on_writable(self.go_on)
        try:
            self.go_on()
            return await self._ended
        finally:
            self._live.on_writable(None)

    def client_left(self) -> None:
        """Nobody reads any more: the rest is only noted."""
        self._nobody_reads()
        self.go_on()

    def _nobody_reads(self) -> None:
        self._client_left = True
        self._at_once = 1  # so that draining ends with the piece that is too much

    def go_on(self) -> None:
        """Hand on what has come, as far as the client takes it."""
        if self._ended.done():
            return
        try:
            self._hand_on()
        except Exception as error:  # the caller is a connection: what went wrong is ours
            self._ended.set_exception(error)

    def _hand_on(self) -> None:
        while self._may_go_on():
            data = self._next_batch()
            if data:
                self._deliver(data)
            if len(data) < self._at_once:
                break  # that was all
        self._wait()

    def _may_go_on(self) -> bool:
        return not self._ended.done() and (self._client_left or not self._live.is_held_up)

    def _wait(self) -> None:
        """See who is waited for now, if anybody is."""
        if not self._may_go_on():
            self._silence.end()  # the client, and it may take its time
        elif (end := self._incoming.end()) is not None:
            self._end(end)
        else:
            self._silence.begin()

    def _next_batch(self) -> bytes:
        """What has come, as the client gets it."""
        data, self._unsent_head = self._unsent_head, b""
        at_us = self._now_us()
        while len(data) < self._at_once and (piece := self._incoming.next()) is not None:
            data += self._noted(*piece, at_us)
        if self._incoming.is_whole():
            data, self._unsent_end = data + self._unsent_end, b""
        return data

    def _noted(self, data: bytes, end_of_chunk: bool, at_us: int) -> bytes:
        self._recording.piece(data, end_of_chunk=end_of_chunk, at_us=at_us)
        return wire.chunk(data) if data and self._chunked else data

    def _deliver(self, data: bytes) -> None:
        if self._client_left:
            self._drain_left -= len(data)
            if self._drain_left < 0:
                self._end(End.CLIENT_LEFT)
            return
        try:
            self._live.send_now(data)
        except ConnectionError:
            self._nobody_reads()
            self._client_gone()

    def _end(self, end: End) -> None:
        if not self._ended.done():
            self._ended.set_result(end)
