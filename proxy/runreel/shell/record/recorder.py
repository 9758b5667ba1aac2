"""Recording: forward each request, relay its answer, and put the exchange on the write queue.

Without a write queue requests are only forwarded, as in the mode ``passthrough``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import cast

import structlog
from aiohttp.web_request import BaseRequest
from aiohttp.web_response import StreamResponse
from msgspec import structs

from runreel.config import Config, Limits
from runreel.core.addresses import AddressMap
from runreel.core.base_url import explain_base_url
from runreel.core.body_addresses import find_addresses, may_have_addresses
from runreel.core.dialect import DialectFinder
from runreel.core.http.accept_encoding import limit_accept_encoding
from runreel.core.http.decoders import list_decodable_codings
from runreel.core.http.signed_host import has_signed_host, refuses_signature
from runreel.core.record.buffers import MemoryBudget
from runreel.core.record.recording import Recording
from runreel.core.redact.redactor import Redactor
from runreel.dialects import Plain
from runreel.errors import UpstreamError
from runreel.model import Answer, End, Exchange, ExchangeHead, Headers, Request
from runreel.shell.process.log_fields import decode_path
from runreel.shell.record.relay import Relay
from runreel.shell.record.request_body import RequestBody
from runreel.shell.record.upstream import Upstream
from runreel.shell.record.write_queue import WriteQueue
from runreel.shell.server.activity import (
    CallOutcome,
    CallProgress,
    note_outcome,
    note_progress,
)
from runreel.shell.server.connection import ClientConnection, JsonResponse
from runreel.shell.server.in_flight import InFlight
from runreel.shell.server.incoming_request import (
    build_client_base,
    read_head,
    session_ended_error,
)

log = structlog.get_logger()

_SIGNATURE_HINT = (
    "The request's signature covers its Host header, which is that of runreel for the client and "
    "that of the upstream for the API. Use a bearer key (Amazon Bedrock: AWS_BEARER_TOKEN_BEDROCK) "
    "or let the client sign for the host of the upstream."
)

_ADDRESS_HINT = (
    "The answer has an address of the upstream here. A client that follows it leaves the proxy: it "
    "is not recorded, and a replay would use the network. To replace it with the proxy's, set "
    "rewrite_bodies = true under [runreel]."
)
_MAX_SEARCHED = 1 << 20
"""Bytes of a body that are searched for addresses."""
_MAX_WARNINGS = 100


@dataclass(frozen=True, slots=True)
class _WaitingRequest:
    """A request that has not been forwarded yet."""

    admission: asyncio.Future[None]
    head: Request

    def interrupt(self, end: End) -> None:
        """Refuse the request."""
        _fail(self.admission, session_ended_error(self.head))


def _fail(future: asyncio.Future[None], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)


class Recorder:
    """A request handler that answers from the upstream and records the exchanges."""

    def __init__(
        self,
        upstream: Upstream,
        write_queue: WriteQueue | None,
        config: Config,
        *,
        session: str = "default",
        log_redactor: Redactor,
        find_dialect: DialectFinder,
        budget: MemoryBudget,
        first_number: int,
        now_ns: Callable[[], int],
    ) -> None:
        """Prepare to record through ``upstream``; with no ``write_queue``, nothing is stored.

        ``log_redactor`` needs its own vault, because the write queue's thread uses the session's.
        ``budget`` is shared by all recorders of the process. The first exchange gets the number
        ``first_number``.
        """
        self.in_flight = InFlight()
        self._upstream = upstream
        self._write_queue = write_queue
        self._config = config
        self._log_redactor = log_redactor
        self._find_dialect = find_dialect
        self._budget = budget
        self._next_number = first_number
        self._now_ns = now_ns
        self._session = session
        self._warned_places: set[str] = set()
        self._has_base_url_hint = False
        self._decodable_codings = list_decodable_codings()
        self._log = log.bind(session=session)

    async def handle(
        self, request: BaseRequest, path: str | None = None, body_start: Sequence[bytes] = ()
    ) -> StreamResponse:
        """Forward one request, relay its answer and store both.

        It is not forwarded as long as too many exchanges wait to be stored. Raises ``RefusedError``
        if the session ends before that is over, ``ConnectionError`` if the client leaves.

        ``path`` replaces the request's target. ``body_start`` holds the pieces of the body that
        the caller has read already.
        """
        head = read_head(request, path)
        await self._wait_for_room(request, head)
        recording = self._start_recording(head)
        note_progress(request, lambda: CallProgress(recording.answer_size, recording.answer_pieces))
        body = RequestBody(request, recording, body_start)
        relay = Relay(
            request,
            recording,
            self._choose_limits(head),
            rewrite_bodies=self._config.rewrite_bodies,
        )
        addresses = AddressMap(self._upstream.url, build_client_base(request, path))
        try:
            with self.in_flight.track(relay):
                exchange = await self._forward(head, body, relay, addresses, recording.number)
        except UpstreamError as error:
            self._budget.release(recording.memory_size)
            return self._build_error_response(request, head, error, client_left=relay.client_left)
        if exchange is None:
            self._budget.release(recording.memory_size)
            why = "client_left" if relay.client_left else "shutdown"
            self._log.warning("exchange_abandoned", **self._describe_request(head), why=why)
        else:
            self._note_outcome(request, exchange.head)
            self._hint_at_signature(head, exchange.answer)
            self._hint_at_base_url(head, exchange.answer, addresses)
            self._warn_of_addresses(exchange, addresses)
            self._store(exchange, recording.memory_size)
        return relay.client_response

    def _choose_limits(self, head: Request) -> Limits:
        """Return the limits for an answer; one without an end is not read on for a client that has
        left."""
        limits = self._config.limits
        return structs.replace(limits, drain_time=0.0) if self._is_fed(head) else limits

    def _is_fed(self, head: Request) -> bool:
        """Return whether the answer reports on later requests, and so has no end of its own."""
        try:
            dialect = self._find_dialect(head)
            return bool(dialect.fed) and dialect.interpret(head).operation in dialect.fed
        except Exception:  # of any kind: the write queue reports it
            return False

    def _build_error_body(self, head: Request, message: str) -> bytes:
        code = "runreel_upstream_failed"
        try:
            return self._find_dialect(head).build_error(message, code, head)
        except Exception:  # of any kind: the client gets an error in any case
            return Plain().build_error(message, code)

    def _note_outcome(self, request: BaseRequest, head: ExchangeHead) -> None:
        """Note for those who follow the server what becomes of an exchange."""
        if self._is_stored(head.status):
            note_outcome(request, CallOutcome.RECORDED, {}, head.number)
        else:
            fields = {"status": head.status, "end": head.end.value, "bytes": head.size}
            note_outcome(request, CallOutcome.PASSED, fields)

    async def _wait_for_room(self, request: BaseRequest, head: Request) -> None:
        admission = self._write_queue and self._write_queue.backlog.enqueue_request()
        if not admission:
            return
        connection = cast(ClientConnection, request.protocol)
        connection.on_lost = partial(_fail, admission, ConnectionResetError())
        try:
            with self.in_flight.track(_WaitingRequest(admission, head)):
                await admission
        finally:
            connection.on_lost = None

    async def _forward(
        self,
        head: Request,
        body: RequestBody,
        relay: Relay,
        addresses: AddressMap,
        number: int,
    ) -> Exchange | None:
        """Send the request and relay its answer; return None if it was interrupted before that."""
        headers = self._build_upstream_headers(head.headers)
        async with relay:
            response = await self._upstream.send(head.method, head.target, headers, body.open())
            with closing(response):
                added_headers = self._build_added_headers(response.status, number)
                await relay.run(response, added_headers, addresses)
            if not relay.client_left:
                await body.read_rest(self._config.limits.drain_time)
        if not body.is_whole:
            relay.mark_upload_cut()
        return await relay.finish()

    def _store(self, exchange: Exchange, memory_size: int) -> None:
        if self._write_queue is not None and self._is_stored(exchange.head.status):
            self._write_queue.put(exchange, partial(self._budget.release, memory_size))
            return
        status, end = exchange.head.status, exchange.head.end.value
        fields = self._describe_request(exchange.head.request)
        self._log.info("exchange_passed", **fields, status=status, end=end)
        self._budget.release(memory_size)

    def _hint_at_signature(self, head: Request, answer: Answer) -> None:
        is_forbidden = answer.status == HTTPStatus.FORBIDDEN
        if is_forbidden and has_signed_host(head) and refuses_signature(answer):
            self._log.warning("signature_covers_host", status=answer.status, hint=_SIGNATURE_HINT)

    def _hint_at_base_url(self, head: Request, answer: Answer, addresses: AddressMap) -> None:
        """Warn once if the client's base URL does not fit that of the upstream."""
        if self._has_base_url_hint:
            return
        is_refused = 400 <= answer.status < 500
        hint = explain_base_url(
            self._upstream.url,
            head.target,
            addresses.client_base.decode("latin-1"),
            is_known_api=is_refused and self._find_dialect(head).name != "plain",
            is_refused=is_refused,
        )
        if hint is not None:
            self._has_base_url_hint = True
            fields = self._describe_request(head)
            self._log.warning("base_url_mistake", **fields, status=answer.status, hint=hint)

    def _warn_of_addresses(self, exchange: Exchange, addresses: AddressMap) -> None:
        """Warn, once of each place, of addresses in a body that lead a client past the proxy."""
        answer = exchange.answer
        if self._config.rewrite_bodies or not may_have_addresses(answer.headers):
            return
        for address in find_addresses(answer.body[:_MAX_SEARCHED], addresses):
            is_new = address.place not in self._warned_places
            if is_new and len(self._warned_places) < _MAX_WARNINGS:
                self._warned_places.add(address.place)
                fields = self._describe_request(exchange.head.request)
                self._log.warning(
                    "address_in_body", **fields, place=address.place, hint=_ADDRESS_HINT
                )

    def _is_stored(self, status: int) -> bool:
        """Return whether an exchange whose answer has this status is stored."""
        return self._write_queue is not None and (self._config.record_errors or status < 400)

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
            max_body=0 if self._write_queue is None else self._config.limits.max_body,
            budget=self._budget,
        )

    def _build_upstream_headers(self, headers: Headers) -> Headers:
        """Return the headers to forward; ask for an answer that can be decoded and redacted."""
        if self._config.preserve_encoding:
            return limit_accept_encoding(headers, self._decodable_codings)
        return tuple(
            (name, b"identity" if name.lower() == b"accept-encoding" else value)
            for name, value in headers
        )

    def _build_added_headers(self, status: int, number: int) -> Headers:
        if self._is_stored(status):
            return self._build_outcome_headers("recorded", number)
        return self._build_outcome_headers("passthrough")

    def _build_outcome_headers(self, outcome: str, number: int | None = None) -> Headers:
        if not self._config.outcome_headers:
            return ()
        headers: Headers = ((b"x-runreel-outcome", outcome.encode()),)
        if number is not None:
            headers += ((b"x-runreel-exchange", b"%d" % number),)
        return headers

    def _build_error_response(
        self, request: BaseRequest, head: Request, error: UpstreamError, *, client_left: bool
    ) -> StreamResponse:
        if client_left:
            self._log.info("client_left_early", **self._describe_request(head))
        else:
            self._log.error("upstream_failed", **self._describe_request(head), cause=str(error))
            note_outcome(request, CallOutcome.FAILED, {"status": error.status})
        body = self._build_error_body(head, str(error))
        return JsonResponse(
            request, error.status, body, extra=self._build_outcome_headers("error"), close=True
        )
