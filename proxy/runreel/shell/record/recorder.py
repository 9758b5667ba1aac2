"""Recording: forward each request, relay its answer, and hand the exchange to the archive.

Without an archive it only forwards: that is the mode ``passthrough``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog
from aiohttp import web
from aiohttp.web_request import BaseRequest

from runreel.config import Limits
from runreel.core.record.recording import MemoryBudget, Recording
from runreel.core.record.seal import DialectFinder
from runreel.core.redact import Redactor
from runreel.errors import UpstreamError
from runreel.model import Exchange, Headers, Request
from runreel.shell.record.relay import Relay
from runreel.shell.record.upstream import Upstream
from runreel.shell.record.upstream_response import UpstreamResponse
from runreel.shell.record.write_queue import WriteQueue
from runreel.shell.server.connection import JsonResponse
from runreel.shell.server.in_flight import InFlight
from runreel.shell.server.incoming_request import decode_path, read_head, send_continue

log = structlog.get_logger()


class Recorder:
    """Answers requests from the upstream and keeps what was said."""

    def __init__(
        self,
        upstream: Upstream,
        write_queue: WriteQueue | None,
        *,
        session: str = "default",
        log_redactor: Redactor,
        find_dialect: DialectFinder,
        limits: Limits,
        budget: MemoryBudget,
        first_number: int,
        now_ns: Callable[[], int],
        outcome_headers: bool = True,
        preserve_encoding: bool = False,
        record_errors: bool = True,
    ) -> None:
        """``log_redactor`` has a vault of its own: the archive's thread uses the session's.

        ``budget``: what all recorders together may hold. ``record_errors``: whether answers with a
        status of 400 and above are kept.
        """
        self.in_flight = InFlight()
        self._upstream = upstream
        self._write_queue = write_queue
        self._log_redactor = log_redactor
        self._find_dialect = find_dialect
        self._limits = limits
        self._budget = budget
        self._next_number = first_number
        self._now_ns = now_ns
        self._outcome_headers = outcome_headers
        self._preserve_encoding = preserve_encoding
        self._record_errors = record_errors
        self._session = session
        self._log = log.bind(session=session)

    async def handle(
        self, request: BaseRequest, path: str | None = None, body_start: Sequence[bytes] = ()
    ) -> web.StreamResponse:
        """Forward one request, relay its answer, keep both.

        ``path`` stands for its target; ``begun`` was read of its body already.
        """
        sent = read_head(request, path)
        recording = self._start_recording(sent)
        relay = Relay(
            request,
            recording,
            extra=lambda status: self._build_extra_headers(status, recording.number),
            drain_time=self._limits.drain_time,
            drain_bytes=self._limits.drain_bytes,
            body_start=body_start,
        )
        try:
            with self.in_flight.track(relay):
                exchange = await relay.run(self._forward(request, sent, relay, body_start))
        except UpstreamError as error:
            self._release_budget(recording)
            return self._build_error_answer(request, sent, error, client_left=relay.client_left)
        if exchange is None:
            self._release_budget(recording)
            why = "client_left" if relay.client_left else "shutdown"
            self._log.warning("exchange_abandoned", **self._describe_request(sent), why=why)
        else:
            self._store(exchange, lambda: self._release_budget(recording))
        return relay.live_answer

    def _store(self, exchange: Exchange, forget: Callable[[], None]) -> None:
        if self._write_queue is not None and self._is_stored(exchange.head.status):
            self._write_queue.put(exchange, forget)
            return
        status, end = exchange.head.status, exchange.head.end.value
        named = self._describe_request(exchange.head.request)
        self._log.info("exchange_passed", **named, status=status, end=end)
        forget()

    def _is_stored(self, status: int) -> bool:
        """Whether an answer of this status is recorded."""
        return self._write_queue is not None and (self._record_errors or status < 400)

    def _describe_request(self, sent: Request) -> dict[str, str]:
        """The request for the log."""
        redacted = self._log_redactor.redact_request(sent).request
        return {"method": sent.method, "path": decode_path(redacted)}

    def _start_recording(self, sent: Request) -> Recording:
        number = self._next_number
        self._next_number += 1
        return Recording(
            sent,
            number=number,
            session=self._session,
            started_ns=self._now_ns(),
            max_body=0 if self._write_queue is None else self._limits.max_body,
            budget=self._budget,
        )

    def _release_budget(self, recording: Recording) -> None:
        self._budget.release(recording.reserved_bytes)

    async def _forward(
        self, request: BaseRequest, sent: Request, relay: Relay, body_start: Sequence[bytes]
    ) -> UpstreamResponse:
        if not body_start:
            send_continue(request)
        return await self._upstream.send(
            sent.method, sent.target, self._build_upstream_headers(sent.headers), relay.upload()
        )

    def _build_upstream_headers(self, headers: Headers) -> Headers:
        """The headers that go up: an answer that comes unencoded can be redacted and read."""
        if self._preserve_encoding:
            return headers
        return tuple(
            (name, b"identity" if name.lower() == b"accept-encoding" else value)
            for name, value in headers
        )

    def _build_extra_headers(self, status: int, number: int) -> Headers:
        if self._is_stored(status):
            return self._build_outcome_headers("recorded", number)
        return self._build_outcome_headers("passthrough")

    def _build_outcome_headers(self, outcome: str, number: int | None = None) -> Headers:
        if not self._outcome_headers:
            return ()
        headers: Headers = ((b"x-runreel-outcome", outcome.encode()),)
        if number is not None:
            headers += ((b"x-runreel-exchange", b"%d" % number),)
        return headers

    def _build_error_answer(
        self, request: BaseRequest, sent: Request, error: UpstreamError, *, client_left: bool
    ) -> web.StreamResponse:
        if client_left:
            self._log.info("client_left_early", **self._describe_request(sent))
        else:
            self._log.error("upstream_failed", **self._describe_request(sent), cause=str(error))
        body = self._find_dialect(sent).build_error(str(error), "runreel_upstream_failed")
        return JsonResponse(
            request, error.status, body, extra=self._build_outcome_headers("error"), close=True
        )
