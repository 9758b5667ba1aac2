"""Relaying of one answer from the upstream to the client, with recording.

Data is written to the client as soon as it is received; in a chunked answer each piece becomes one
chunk. If the client leaves, the rest of the answer is still read to complete the recording.
"""

from __future__ import annotations

import asyncio
import time
from functools import partial
from types import TracebackType
from typing import cast

from aiohttp.http import HttpVersion11
from aiohttp.web_request import BaseRequest

from runreel.config import Limits
from runreel.core.addresses import AddressMap, translate_headers
from runreel.core.body_addresses import SizedTranslator, StreamTranslator, may_have_addresses
from runreel.core.http import wire
from runreel.core.http.headers import find_header
from runreel.core.http.wire import Framing
from runreel.core.record.recording import Recording
from runreel.core.replay.send_plan import Finish
from runreel.model import End, Exchange, Headers
from runreel.shell.process.uncancellable import run_in_worker
from runreel.shell.record.body_relay import BodyRelay, BodyTranslator
from runreel.shell.record.upstream_response import UpstreamResponse
from runreel.shell.server.connection import ClientConnection, RawResponse

_TRANSFER_ENCODING = frozenset({b"transfer-encoding"})
_NO_CONTENT = 204
_MAX_HELD_BODY = 8 * 1024**2
"""Bytes of a body whose length is announced, up to which it is held until its end to translate it.
"""


class Relay:
    """The relay of the answer to one request: its head, its body (``BodyRelay``) and its end.

    It is an asynchronous context manager, whose block sends the request and calls ``run`` with the
    response. ``interrupt`` ends the block early at any point. ``finish`` must follow the block.
    """

    def __init__(
        self,
        request: BaseRequest,
        recording: Recording,
        limits: Limits,
        *,
        rewrite_bodies: bool = False,
    ) -> None:
        """Prepare to answer ``request`` and to add its answer to ``recording``.

        ``rewrite_bodies``: addresses of the upstream in bodies lead the client back to the proxy.
        After the client has left, the upstream is read for at most ``limits.drain_time`` seconds
        and ``limits.drain_bytes`` bytes more.
        """
        self.client_response = RawResponse(request)
        self.client_left = False
        self.number = recording.number
        self._request = request
        self._connection = cast(ClientConnection, request.protocol)
        self._recording = recording
        self._limits = limits
        self._rewrite_bodies = rewrite_bodies
        self._loop = asyncio.get_running_loop()
        self._started = time.monotonic()  # uvloop's clock has a resolution of a millisecond
        self._deadline = asyncio.timeout(None)
        self._interrupted: End | None = None
        self._drain_timer: asyncio.TimerHandle | None = None
        self._is_interruptible = False
        self._has_head = False
        self._body_relay: BodyRelay | None = None
        self._end: End | None = None
        self._is_whole = False
        self._framing = Framing.NONE

    async def __aenter__(self) -> Relay:
        self._connection.on_lost = self._on_client_lost
        await self._deadline.__aenter__()
        self._is_interruptible = True
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        try:
            await self._deadline.__aexit__(kind, error, traceback)
        except TimeoutError:  # by interrupt
            if self._has_head and self._end is None:  # else only the upload had not ended
                self._end = self._interrupted
            return True
        finally:
            self._is_interruptible = False
            self._connection.on_lost = None
            if self._drain_timer is not None:
                self._drain_timer.cancel()
        return False

    async def run(
        self, response: UpstreamResponse, added_headers: Headers, addresses: AddressMap
    ) -> None:
        """Relay ``response`` to its end; ``added_headers`` go to the client only.

        ``addresses`` of the upstream are translated for the client.
        """
        head = self._build_client_head(response, added_headers, addresses)
        translator = self._build_translator(response, addresses, head)
        self._body_relay = BodyRelay(
            response,
            self.client_response,
            self._recording,
            head=b"" if isinstance(translator, SizedTranslator) else head,
            framing=self._framing,
            now_us=self._now_us,
            drain_bytes=self._limits.drain_bytes,
            on_client_gone=self._note_client_left,
            translator=translator,
        )
        if self.client_left:
            self._body_relay.start_draining()
        try:
            self._end = await self._body_relay.run()
        finally:
            self._body_relay = None
        self._is_whole = self._end is End.COMPLETE

    async def finish(self) -> Exchange | None:
        """End the answer to the client as the upstream's ended; return the finished exchange.

        Return None if the relay was interrupted before the head of the response was received. The
        client's connection is dropped then.
        """
        if self._end is None:
            self.client_response.abort()
            return None
        finish = partial(
            self._recording.finish,
            End.CLIENT_LEFT if self.client_left else self._end,
            whole=self._is_whole,
            at_us=self._now_us(),
        )
        if not self._recording.is_large:
            exchange = finish()
            await self.client_response.finish(self._choose_finish(self._end))
            return exchange
        await self.client_response.finish(self._choose_finish(self._end))
        return await run_in_worker(finish)

    def mark_upload_cut(self) -> None:
        """Note in the recording that the request's body is not whole, and why."""
        if self.client_left:
            cause = "the client left"
        elif self._interrupted is End.SHUTDOWN:
            cause = "runreel was stopped"
        else:
            cause = "the answer came first"
        self._recording.mark_upload_cut(cause)

    def interrupt(self, end: End) -> None:
        """Stop relaying; the exchange is finished with the data so far and this ``end``."""
        if self._is_interruptible and self._interrupted is None:
            self._interrupted = end
            self._deadline.reschedule(self._loop.time())

    def _on_client_lost(self) -> None:
        self._note_client_left()
        if self._body_relay is not None:
            self._body_relay.start_draining()

    def _note_client_left(self) -> None:
        if not self.client_left:
            self.client_left = True
            self._drain_timer = self._loop.call_later(
                self._limits.drain_time, self.interrupt, End.CLIENT_LEFT
            )

    def _build_client_head(
        self, response: UpstreamResponse, added_headers: Headers, addresses: AddressMap
    ) -> bytes:
        """Record the head of the response; return the head for the client."""
        status, reason = response.status, response.reason
        # A 204 must not have a Transfer-Encoding (RFC 9112, section 6.1): clients await its chunks.
        keep = frozenset() if status == _NO_CONTENT else _TRANSFER_ENCODING
        headers = wire.strip_hop_by_hop(response.headers, keep=keep)
        self._has_head = True
        self._recording.start_answer(status, reason, headers, at_us=self._now_us())
        http10 = self._request.version < HttpVersion11
        upstream_framing = wire.determine_framing(self._request.method, status, headers)
        self._framing = wire.choose_client_framing(upstream_framing, http10=http10)
        return wire.format_answer_head(
            status,
            reason,
            translate_headers(headers, addresses) + added_headers,
            framing=self._framing,
            http10=http10,
            keep_alive=self._request.keep_alive,
        )

    def _build_translator(
        self, response: UpstreamResponse, addresses: AddressMap, head: bytes
    ) -> BodyTranslator | None:
        """Return the translator of the body; None if it is passed on unchanged."""
        is_bodiless = self._framing is Framing.NONE or self.client_left
        if not self._rewrite_bodies or is_bodiless or not may_have_addresses(response.headers):
            return None
        if self._framing is not Framing.LENGTH:
            return StreamTranslator(addresses)
        length = find_header(response.headers, b"content-length") or b""
        is_short = length.isdigit() and int(length) <= _MAX_HELD_BODY
        return SizedTranslator(addresses, head, int(length)) if is_short else None

    def _choose_finish(self, end: End) -> Finish:
        if end is End.RESET:
            return Finish.RESET
        if self._is_whole and self._framing is not Framing.CLOSE and self._request.keep_alive:
            return Finish.KEEP
        return Finish.CLOSE

    def _now_us(self) -> int:
        return round((time.monotonic() - self._started) * 1_000_000)
