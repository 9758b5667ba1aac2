"""Recording: forward each request, relay its answer, and put the exchange on the write queue.

Without a write queue requests are only forwarded, as in the mode ``passthrough``.
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
    """A request handler that answers from the upstream and records the exchanges."""

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
        """Prepare to record through ``upstream``; with no ``write_queue``, nothing is stored.

        ``log_redactor`` needs its own vault, because the write queue's thread uses the session's.
        ``budget`` is shared by all recorders of the process. The first exchange gets the number
        ``first_number``. With ``preserve_encoding``, the client's Accept-Encoding is forwarded.
        Without ``record_errors``, answers with a status of 400 or above are not stored.
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
        """Forward one request, relay its answer and store both.

        ``path`` replaces the request's target. ``body_start`` holds the pieces of the body that
        the caller has read already.
        """
        head = read_head(request, path)
        recording = self._start_recording(head)
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
                exchange = await relay.run(self._forward(request, head, relay, body_start))
        except UpstreamError as error:
            self._release_budget(recording)
            return self._build_error_response(request, head, error, client_left=relay.client_left)
        if exchange is None:
            self._release_budget(recording)
            why = "client_left" if relay.client_left else "shutdown"
            self._log.warning("exchange_abandoned", **self._describe_request(head), why=why)
        else:
            self._store(exchange, lambda: self._release_budget(recording))
        return relay.client_response

    def _store(self, exchange: Exchange, release: Callable[[], None]) -> None:
        if self._write_queue is not None and self._is_stored(exchange.head.status):
            self._write_queue.put(exchange, release)
            return
        status, end = exchange.head.status, exchange.head.end.value
        fields = self._describe_request(exchange.head.request)
        self._log.info("exchange_passed", **fields, status=status, end=end)
        release()

    def _is_stored(self, status: int) -> bool:
        """Return whether an exchange whose answer has this status is stored."""
        return self._write_queue is not None and (self._record_errors or status < 400)

    def _describe_request(self, head: Request) -> dict[str, str]:
        """Return the fields of a log event about the request; its path is redacted."""
        redacted = self._log_redactor.redact_request(head).request
        return {"method": head.method, "path": decode_path(redacted)}

    def _start_recording(self, head: Request) -> Recording:
        number = self._next_number
        self._next_number += 1
        return Recording(
            head,
            number=number,
            session=self._session,
            started_ns=self._now_ns(),
            max_body=0 if self._write_queue is None else self._limits.max_body,
            budget=self._budget,
        )

    def _release_budget(self, recording: Recording) -> None:
        self._budget.release(recording.memory_size)

    async def _forward(
        self, request: BaseRequest, head: Request, relay: Relay, body_start: Sequence[bytes]
    ) -> UpstreamResponse:
        if not body_start:
            send_continue(request)
        return await self._upstream.send(
            head.method, head.target, self._build_upstream_headers(head.headers), relay.upload()
        )

    def _build_upstream_headers(self, headers: Headers) -> Headers:
        """Return the headers to forward; ask for an unencoded answer, which can be redacted."""
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

    def _build_error_response(
        self, request: BaseRequest, head: Request, error: UpstreamError, *, client_left: bool
    ) -> web.StreamResponse:
        if client_left:
            self._log.info("client_left_early", **self._describe_request(head))
        else:
            self._log.error("upstream_failed", **self._describe_request(head), cause=str(error))
        body = self._find_dialect(head).build_error(str(error), "runreel_upstream_failed")
        return JsonResponse(
            request, error.status, body, extra=self._build_outcome_headers("error"), close=True
        )
