"""Recording: forward each request, relay its answer, and hand the exchange to the archive.

Without an archive it only forwards: that is the mode ``passthrough``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog
from aiohttp import web
from aiohttp.web_request import BaseRequest

from runreel.config import Limits
from runreel.core.record.recording import Budget, Recording
from runreel.core.record.seal import DialectOf
from runreel.core.redact import Redactor
from runreel.errors import UpstreamError
from runreel.model import Exchange, Headers, Request
from runreel.shell.record.relay import Relay
from runreel.shell.record.upstream import Upstream
from runreel.shell.record.upstream_response import Incoming
from runreel.shell.record.write_queue import Archive
from runreel.shell.server.connection import OwnAnswer
from runreel.shell.server.in_flight import Progress
from runreel.shell.server.incoming_request import head_of, invite_body, path_of

log = structlog.get_logger()


class Recorder:
    """Answers requests from the upstream and keeps what was said."""

    def __init__(
        self,
        upstream: Upstream,
        archive: Archive | None,
        *,
        session: str = "default",
        log_redactor: Redactor,
        dialect_of: DialectOf,
        limits: Limits,
        budget: Budget,
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
        self.progress = Progress()
        self._upstream = upstream
        self._archive = archive
        self._log_redactor = log_redactor
        self._dialect_of = dialect_of
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
        self, request: BaseRequest, path: str | None = None, begun: Sequence[bytes] = ()
    ) -> web.StreamResponse:
        """Forward one request, relay its answer, keep both.

        ``path`` stands for its target; ``begun`` was read of its body already.
        """
        sent = head_of(request, path)
        recording = self._begin(sent)
        relay = Relay(
            request,
            recording,
            extra=lambda status: self._told(status, recording.number),
            drain_time=self._limits.drain_time,
            drain_bytes=self._limits.drain_bytes,
            begun=begun,
        )
        try:
            with self.progress.track(relay):
                exchange = await relay.run(self._forward(request, sent, relay, begun))
        except UpstreamError as error:
            self._forget(recording)
            return self._refused(request, sent, error, client_left=relay.client_left)
        if exchange is None:
            self._forget(recording)
            why = "client_left" if relay.client_left else "shutdown"
            self._log.warning("exchange_abandoned", **self._named(sent), why=why)
        else:
            self._keep(exchange, lambda: self._forget(recording))
        return relay.live

    def _keep(self, exchange: Exchange, forget: Callable[[], None]) -> None:
        if self._archive is not None and self._keeps(exchange.head.status):
            self._archive.put(exchange, forget)
            return
        status, end = exchange.head.status, exchange.head.end.value
        named = self._named(exchange.head.request)
        self._log.info("exchange_passed", **named, status=status, end=end)
        forget()

    def _keeps(self, status: int) -> bool:
        """Whether an answer of this status is recorded."""
        return self._archive is not None and (self._record_errors or status < 400)

    def _named(self, sent: Request) -> dict[str, str]:
        """The request for the log."""
        redacted = self._log_redactor.request(sent).request
        return {"method": sent.method, "path": path_of(redacted)}

    def _begin(self, sent: Request) -> Recording:
        number = self._next_number
        self._next_number += 1
        return Recording(
            sent,
            number=number,
            session=self._session,
            started_ns=self._now_ns(),
            max_body=0 if self._archive is None else self._limits.max_body,
            budget=self._budget,
        )

    def _forget(self, recording: Recording) -> None:
        self._budget.give(recording.held)

    async def _forward(
        self, request: BaseRequest, sent: Request, relay: Relay, begun: Sequence[bytes]
    ) -> Incoming:
        if not begun:
            invite_body(request)
        return await self._upstream.send(
            sent.method, sent.target, self._narrowed(sent.headers), relay.upload()
        )

    def _narrowed(self, headers: Headers) -> Headers:
        """The headers that go up: an answer that comes unencoded can be redacted and read."""
        if self._preserve_encoding:
            return headers
        return tuple(
            (name, b"identity" if name.lower() == b"accept-encoding" else value)
            for name, value in headers
        )

    def _told(self, status: int, number: int) -> Headers:
        if self._keeps(status):
            return self._outcome("recorded", number)
        return self._outcome("passthrough")

    def _outcome(self, outcome: str, number: int | None = None) -> Headers:
        if not self._outcome_headers:
            return ()
        headers: Headers = ((b"x-runreel-outcome", outcome.encode()),)
        if number is not None:
            headers += ((b"x-runreel-exchange", b"%d" % number),)
        return headers

    def _refused(
        self, request: BaseRequest, sent: Request, error: UpstreamError, *, client_left: bool
    ) -> web.StreamResponse:
        if client_left:
            self._log.info("client_left_early", **self._named(sent))
        else:
            self._log.error("upstream_failed", **self._named(sent), cause=str(error))
        body = self._dialect_of(sent).error(str(error), "runreel_upstream_failed")
        return OwnAnswer(request, error.status, body, extra=self._outcome("error"), close=True)
