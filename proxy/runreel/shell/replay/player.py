"""Replaying: answer from the cassette, with the recorded bytes, and never from the network."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import structlog
from aiohttp import web
from aiohttp.http import HttpVersion11
from aiohttp.web_request import BaseRequest

from runreel.config import Speed
from runreel.core.explain.miss import Miss, explain_miss
from runreel.core.match import Matching, MatchRules
from runreel.core.record.seal import DialectFinder
from runreel.core.redact import Redactor
from runreel.core.replay import Candidate, Predicate, Selector
from runreel.core.replay.match import Match
from runreel.core.replay.query import ReplayQuery, build_query
from runreel.core.replay.restore import Bindings
from runreel.core.report.documents import ReportDocument
from runreel.errors import RunreelError
from runreel.model import ExchangeHead, Request
from runreel.shell.process.log_fields import describe_exchange, describe_miss
from runreel.shell.replay.pacing import send
from runreel.shell.replay.seeking import Lookup
from runreel.shell.replay.send_plans import SendPlans
from runreel.shell.server.connection import JsonResponse
from runreel.shell.server.in_flight import InFlight
from runreel.shell.server.incoming_request import (
    decode_path,
    read_head,
    read_request,
    send_continue,
    session_ended_error,
)
from runreel.shell.store import CassetteReader

log = structlog.get_logger()

_CACHED_QUERIES = 256
_MAX_CACHED_BODY = 65_536
_MAX_REPORTED_MISSES = 100
_MISS_HEADER = (b"x-runreel-outcome", b"miss")
_NO_RETRY_HEADER = (b"x-should-retry", b"false")


class Player:
    """Answers the requests of one session from one cassette."""

    def __init__(
        self,
        reader: CassetteReader,
        *,
        redactor: Redactor,
        bindings: Bindings | None,
        find_dialect: DialectFinder,
        speed: Speed,
        max_body: int,
        strict: bool = False,
        shorten_waits: bool = True,
        outcome_headers: bool = True,
        match_rules: MatchRules | None = None,
        wildcards: bool = True,
        session: str = "default",
    ) -> None:
        """``reader`` stays the caller's to close; ``max_body`` bounds request bodies, in bytes.

        ``bindings``: what puts the client's own values back; None: nothing does. ``wildcards``:
        whether a placeholder stands for whatever a request says in its place, if nothing else fits.
        """
        self.in_flight = InFlight()
        self.replayed = 0
        self.missed = 0
        self.first_miss: Miss | None = None
        self.misses: list[ReportDocument] = []
        """What there is to say of the first misses."""
        self.played: set[int] = set()
        self.has_ended = False
        """Set when the session is over: requests that were still coming in are refused."""
        self._reader = reader
        self._redactor = redactor
        self._bindings = bindings
        self._without_placeholders: set[int] = set()
        """Exchanges whose requests have no placeholders."""
        self._find_dialect = find_dialect
        self._speed = speed
        self._max_body = max_body
        self._miss_headers = (
            (_MISS_HEADER, _NO_RETRY_HEADER) if outcome_headers else (_NO_RETRY_HEADER,)
        )
        self._heads = {head.number: head for head in reader.heads}
        self._deck = Selector(strict=strict)
        self._matching = Matching(find_dialect, match_rules)
        self._lookup = Lookup(self._deck, reader.heads, self._matching, wildcards=wildcards)
        self._send_plans = SendPlans(
            reader,
            bindings,
            find_dialect,
            at_once=speed == Speed.INSTANT,
            shorten_waits=shorten_waits and speed == Speed.INSTANT,
            outcome_headers=outcome_headers,
        )
        self._build_query_cached = lru_cache(_CACHED_QUERIES)(self._build_query)
        # Made once: the proxy that get_logger gives makes one each time.
        self._log = log.bind(session=session)
        self._created_threads: set[int] = set()
        self._find_thread_cached = lru_cache(_CACHED_QUERIES)(self._find_thread)
        self._describe_cached = lru_cache(_CACHED_QUERIES)(self._describe)

    async def handle(self, request: BaseRequest, path: str | None = None) -> web.StreamResponse:
        """Answer one request with the exchange that fits, or say why none does.

        ``path`` stands for its target. Raises ``RefusedError`` if the session has ended meanwhile.
        """
        started = time.monotonic()
        head = read_head(request, path)
        send_continue(request)
        asked = self.build_query(await read_request(request, head, limit=self._max_body))
        found = await self.find(asked)
        live = await self.play(request, asked, found, started)
        return self._answer_miss(request, asked, found) if live is None else live

    def build_query(self, sent: Request) -> ReplayQuery:
        """What the request asks for."""
        recognise = (
            self._build_query_cached if len(sent.body) <= _MAX_CACHED_BODY else self._build_query
        )
        return recognise(sent)

    async def find(self, asked: ReplayQuery) -> Match:
        """The recorded call that the request is; what is to be played must be asked for at once."""
        return await self._lookup.find(asked)

    async def play(
        self, request: BaseRequest, asked: ReplayQuery, found: Match, started: float
    ) -> web.StreamResponse | None:
        """Answer with the exchange that fits; None where none does. ``started``: monotonic time.

        Raises ``RefusedError`` if the session has ended meanwhile.
        """
        if self.has_ended:
            raise session_ended_error(asked.request)
        card = self._deck.take(found.fingerprint, found.scope, prefer=self._prefer_bound(found))
        if card is None:
            return None
        if self._bindings is not None and card.number not in self._without_placeholders:
            recorded = self._heads[card.number].request
            if not self._bindings.bind(recorded, found.variant, asked.plain):
                self._without_placeholders.add(card.number)
        told = {"wildcard": True} if found.wildcard else {}
        return await self._send(request, card, started, told)

    def _prefer_bound(self, found: Match) -> Predicate | None:
        """Likes exchanges whose placeholders agree with what is bound already."""
        bindings = self._bindings
        if not bindings:
            return None
        return lambda card: bindings.is_consistent(self._heads[card.number].request, found.variant)

    def _build_query(self, sent: Request) -> ReplayQuery:
        return build_query(
            sent, redactor=self._redactor, matching=self._matching, max_body=self._max_body
        )

    async def _send(
        self,
        request: BaseRequest,
        card: Candidate,
        started: float,
        log_fields: Mapping[str, object],
    ) -> web.StreamResponse:
        head = self._heads[card.number]
        http10, keep_alive = request.version < HttpVersion11, request.keep_alive
        try:
            played = self._send_plans.get(head, http10=http10, keep_alive=keep_alive)
        except RunreelError as error:
            return self._answer_unplayable(request, head, str(error))
        if card.changes_state and not card.scope:
            self._restart_thread(card.number)
        live = await send(request, played, self._speed, started=started, in_flight=self.in_flight)
        self.replayed += 1
        self.played.add(head.number)
        self._log.info("exchange_replayed", **self._describe_cached(head.number), **log_fields)
        return live

    def _restart_thread(self, number: int) -> None:
        """A client that runs once more makes its threads once more: their stories begin anew."""
        if number in self._created_threads and self._find_thread_cached(number):
            self._deck.reset(self._find_thread_cached(number))
        self._created_threads.add(number)

    def _find_thread(self, number: int) -> str:
        """The id of the thread that this exchange made; empty if it made none."""
        request = self._heads[number].request
        outline = self._find_dialect(request).outline(request, self._reader.read_answer(number))
        return outline.ids.get("thread_id", "")

    def _describe(self, number: int) -> dict[str, Any]:
        return describe_exchange(self._heads[number])

    def _answer_miss(
        self, request: BaseRequest, asked: ReplayQuery, found: Match
    ) -> web.StreamResponse:
        self.missed += 1
        miss = explain_miss(
            asked.request,
            self._reader.heads,
            self._matching,
            refusal=self._deck.explain_refusal(found.fingerprint, found.scope),
            first_miss=self.first_miss,
        )
        self.first_miss = self.first_miss or miss
        self._log.warning("miss", **describe_miss(miss))
        names = str(self._reader.path), self._reader.header.upstream
        self._add_miss(miss.to_document(*names))
        body = self._find_dialect(asked.request).build_error(
            miss.format_message(*names), "runreel_miss"
        )
        return JsonResponse(request, 404, body, extra=self._miss_headers)

    def _answer_unplayable(
        self, request: BaseRequest, head: ExchangeHead, reason: str
    ) -> web.StreamResponse:
        self.missed += 1
        self._log.error("exchange_unplayable", exchange=head.number, why=reason)
        self._add_miss(
            {
                "message": reason,
                "method": head.request.method,
                "path": decode_path(head.request),
                "nearest": head.number,
            }
        )
        body = self._find_dialect(head.request).build_error(reason, "runreel_unplayable")
        return JsonResponse(request, 404, body, extra=self._miss_headers)

    def _add_miss(self, document: ReportDocument) -> None:
        if len(self.misses) < _MAX_REPORTED_MISSES:
            self.misses.append(document)
