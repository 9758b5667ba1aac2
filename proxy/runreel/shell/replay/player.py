"""Replay: answer requests with the recorded bytes of a cassette, never from the network."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Executor
from functools import lru_cache, partial
from typing import TYPE_CHECKING, TypeAlias

import structlog
from aiohttp.http import HttpVersion11
from aiohttp.web_request import BaseRequest
from aiohttp.web_response import StreamResponse
from msgspec import Struct

from runreel.config.schema import Config
from runreel.core.bind.bound_values import NO_SWAPS, AnswerSwaps, ClientValues
from runreel.core.bind.request_values import find_bound_values
from runreel.core.bound_places import BoundRule
from runreel.core.dialect import DialectFinder
from runreel.core.match.matching import Matching
from runreel.core.page_links import PageLinks
from runreel.core.replay.candidate import Candidate, Predicate, Refusal, may_change_state
from runreel.core.replay.clean_calls import CleanCalls
from runreel.core.replay.match import Match, ReplayQuery
from runreel.core.replay.restore import Bindings, BoundRequest, has_placeholder_texts
from runreel.core.replay.selector import Selector
from runreel.core.replay.send_plan import SendPlan
from runreel.core.replay.senders import find_ids
from runreel.core.report.documents import ReportDocument, format_time
from runreel.errors import RunreelError
from runreel.model import End, ExchangeHead, Headers, Request
from runreel.shell.process.log_fields import decode_path, describe_exchange
from runreel.shell.process.rendered_event import RenderedEvent
from runreel.shell.process.uncancellable import run_in_worker
from runreel.shell.replay.creations import Creations
from runreel.shell.replay.lookup import Lookup
from runreel.shell.replay.pacing import send
from runreel.shell.replay.played import PlayedExchanges
from runreel.shell.replay.send_plans import AnswerValues, ClientFraming, SendPlans
from runreel.shell.replay.tally import Tally
from runreel.shell.server.activity import CallOutcome, note_outcome
from runreel.shell.server.connection import JsonResponse
from runreel.shell.server.in_flight import InFlight
from runreel.shell.server.incoming_request import (
    build_client_base,
    read_request,
    session_ended_error,
)
from runreel.shell.store.reader import CassetteReader

if TYPE_CHECKING:
    from runreel.core.explain.miss import Miss
    from runreel.core.explain.nearest import NearestIndex

log = structlog.get_logger()

QueryFunction: TypeAlias = Callable[[Request], Awaitable[ReplayQuery]]

_CACHED_EXCHANGES = 256
_OUTCOMES = {"runreel_miss": CallOutcome.MISS, "runreel_unplayable": CallOutcome.UNPLAYABLE}
_MISS_HEADER = (b"x-runreel-outcome", b"miss")
_NO_RETRY_HEADER = (b"x-should-retry", b"false")


class _Preparation:
    """Work on an answer before any of it is sent; it ends soon by itself."""

    def interrupt(self, end: End) -> None:
        """Do nothing."""


class _RecordedExchange(Struct, frozen=True):
    """An exchange, and what is worked out only once for all times that it is played."""

    head: ExchangeHead
    request: Request
    bound: Sequence[BoundRule]
    """The rules by which the request has values that its client has made."""
    has_placeholders: bool
    may_create: bool
    """True if it may create something, such as a thread: a change that belongs to none."""
    event: RenderedEvent
    """The event of the log that says that it was played."""


class Player:
    """Answers the requests of one session from one cassette."""

    def __init__(
        self,
        reader: CassetteReader,
        config: Config,
        *,
        session: str = "default",
        matching: Matching,
        build_query: QueryFunction,
        client_values: ClientValues,
        clean_calls: CleanCalls,
        bindings: Bindings | None,
        find_dialect: DialectFinder,
        wildcards: bool = True,
        redact_recorded: Callable[[Request], Request] | None = None,
        record_command: str = "",
        links: PageLinks | None = None,
        pool: Executor | None = None,
    ) -> None:
        """Answer from the cassette of ``reader``, which the caller closes.

        ``build_query`` redacts a request by the rules of ``matching``. Long work is done in threads
        of ``pool`` (None: the event loop's default executor).
        ``client_values`` are those that the client has bound to recorded ones. ``clean_calls`` gets
        the recorded calls without secrets.
        ``bindings`` puts the client's own values in the place of placeholders; None: nothing does.
        ``wildcards``: True if a placeholder in a recorded request matches any text, when no
        recorded request is equal. ``redact_recorded`` redacts a recorded request by today's rules;
        ``record_command`` records the cassette again, with ``{upstream}`` in it. ``links`` has the
        addresses of exchanges and misses.
        """
        self._links = links or PageLinks()
        self._session = session
        self._redact_recorded = redact_recorded
        self._record_command = record_command
        self.in_flight = InFlight()
        self.tally = Tally()
        self.build_query = build_query
        self.has_ended = False
        """Set at the end of the session: requests that have not fully arrived are refused."""
        self._reader = reader
        self._config = config
        self._bindings = bindings
        self._find_dialect = find_dialect
        self._heads = {head.number: head for head in reader.heads}
        self._selector = Selector(config.order)
        self._client_values = client_values
        self._matching = matching
        self._pool = pool
        self._nearest: NearestIndex | None = None
        """Built for the first miss."""
        self._lookup = Lookup(
            self._selector,
            reader.heads,
            matching,
            wildcards=wildcards,
            read_headers=partial(_read_headers, reader),
            client_values=client_values,
            clean_calls=clean_calls,
            pool=pool,
        )
        self._send_plans = SendPlans(
            reader,
            config.replay,
            bindings=bindings,
            find_dialect=find_dialect,
            outcome_headers=config.outcome_headers,
            rewrite_bodies=config.rewrite_bodies,
            pool=pool,
        )
        # Bound once: the proxy that get_logger returns makes a logger at each call.
        self._log = log.bind(session=session)
        self._miss_turn = asyncio.Lock()
        self._played = PlayedExchanges()
        self._creations = Creations(self._selector, reader, find_dialect, pool, self._played)
        # Caches of this object's own methods would be reference cycles, which outlive a session.
        self._read_recorded = lru_cache(_CACHED_EXCHANGES)(
            partial(_read_recorded, self._heads, matching, session, self._links)
        )
        self._find_ids_cached = lru_cache(_CACHED_EXCHANGES)(
            partial(_find_ids, self._heads, reader)
        )
        self._find_path_ids_cached = lru_cache(_CACHED_EXCHANGES)(
            partial(_find_path_ids, self._heads, self._lookup)
        )

    async def handle(self, request: BaseRequest, path: str | None = None) -> StreamResponse:
        """Answer one request with the exchange that matches, or with the reason why none does.

        ``path`` replaces its target if it had a session's prefix. Raises ``RefusedError`` if the
        session ends before the request has arrived.
        """
        started = time.monotonic()
        sent = await read_request(request, path, limit=self._config.limits.max_body)
        query = await self.build_query(sent)
        match = await self.find(query)
        client_base = build_client_base(request, path)
        response = await self.play(request, query, match, client_base, started)
        return await self._answer_miss(request, query, match) if response is None else response

    async def find(self, query: ReplayQuery) -> Match:
        """Find the recorded call; ``play`` must follow without an await in between."""
        return await self._lookup.find(query)

    async def play(
        self,
        request: BaseRequest,
        query: ReplayQuery,
        match: Match,
        client_base: bytes,
        started: float,
    ) -> StreamResponse | None:
        """Answer with the exchange that is next for this call; return None if there is none.

        ``client_base``: the base URL of the client, to which addresses lead back. ``started``:
        monotonic time of the request's arrival. Raises ``RefusedError`` if the session has ended.
        """
        if self.has_ended:
            raise session_ended_error(query.request)
        prefer = self._prefer_known(match) or self._prefer_free(match) or self._prefer_bound(match)
        candidate = self._selector.take(match.fingerprint, match.scope, prefer=prefer)
        if candidate is None:
            return None
        self._played.add(candidate.number)
        recorded = self._read_recorded(candidate.number)
        log_fields = self._describe_match(recorded.request, match)
        bound = self._bind(recorded, match.variant, query.plain)
        swaps = self._bind_own_values(recorded, query.sent)
        values = AnswerValues(bound, swaps, client_base)
        return await self._send(request, recorded, values, started, log_fields)

    def _describe_match(self, recorded: Request, match: Match) -> Mapping[str, object]:
        """Return log fields about the differences that do not count."""
        fields: dict[str, object] = {"wildcard": True} if match.wildcard else {}
        if self._matching.rules.mask is not None:
            passed_over = self._matching.find_passed_over(recorded, match.variant)
            if passed_over:
                fields["passed_over"] = {place: list(kinds) for place, kinds in passed_over.items()}
        return fields

    def _bind(self, recorded: _RecordedExchange, sent: Request, plain: Request) -> BoundRequest:
        """Bind the values of a request to the placeholders of the recorded one."""
        if self._bindings is None:
            return BoundRequest(sent, {})
        if not recorded.has_placeholders:
            return self._bindings.bind_headers(recorded.request, sent)
        sort = self._matching.sort_body
        ids = self._find_ids_cached(recorded.head.number)
        return self._bindings.bind(sort(recorded.request), sort(sent), sort(plain), ids)

    def _bind_own_values(self, recorded: _RecordedExchange, sent: Request) -> AnswerSwaps:
        """Bind the values that the client has made, and return those to put in the answer."""
        if not self._config.replay.restore:
            return NO_SWAPS
        is_echoed = partial(self._send_plans.is_echoed, recorded.head.number)
        return self._client_values.bind(recorded.request, sent, recorded.bound, is_echoed)

    def _prefer_known(self, match: Match) -> Predicate | None:
        """Return a predicate for the exchanges with the recorded ids that the request has."""
        if not self._client_values.has_recorded_ids:
            return None
        find_ids = self._client_values.find_known_ids
        ids = find_ids(match.variant, self._matching.get_rules(match.variant).bound)
        if not ids:
            return None

        def has_ids(candidate: Candidate) -> bool:
            recorded = self._read_recorded(candidate.number)
            return ids <= find_ids(recorded.request, recorded.bound)

        return has_ids

    def _prefer_free(self, match: Match) -> Predicate | None:
        """Return a predicate for exchanges that name a thread that no id of the client stands for.

        If there is none, the client begins anew: then that of the thread that was used first.
        """
        values = self._client_values
        if not values.has_recorded_ids or not self._lookup.has_client_ids(match.variant):
            return None
        ids = {
            candidate: self._find_path_ids_cached(candidate.number)
            for candidate in self._selector.list_candidates(match.fingerprint)
        }
        free = {each for each, own in ids.items() if not any(map(values.is_bound, own))}
        if free:
            return free.__contains__
        oldest = values.find_oldest(frozenset().union(*ids.values()))
        return lambda candidate: oldest in ids[candidate]

    def _prefer_bound(self, match: Match) -> Predicate | None:
        """Return a predicate for exchanges that are consistent with the values bound so far."""
        bindings = self._bindings
        if not bindings:
            return None
        sent = self._matching.sort_body(match.variant)
        return lambda candidate: bindings.is_consistent(
            self._matching.sort_body(self._heads[candidate.number].request), sent
        )

    async def _send(
        self,
        request: BaseRequest,
        recorded: _RecordedExchange,
        values: AnswerValues,
        started: float,
        log_fields: Mapping[str, object],
    ) -> StreamResponse:
        kind = ClientFraming(request.version < HttpVersion11, request.keep_alive)
        try:
            plan = self._send_plans.get_short(recorded.head, values, kind)
            if plan is None:
                with self.in_flight.track(_Preparation()):  # it reads the cassette
                    plan = await self._send_plans.get_long(recorded.head, values, kind)
            if recorded.may_create and (work := self._creations.note(recorded.head.number)):
                with self.in_flight.track(_Preparation()):
                    await work()
        except RunreelError as error:
            return self._answer_unplayable(request, recorded.head, str(error))
        response = await send(
            request,
            plan,
            self._config.replay.speed,
            started=started,
            in_flight=self.in_flight,
            played=self._played,
            renew=partial(self._plan_again, recorded.head, values, kind),
        )
        self.tally.add_replayed(recorded.head.number)
        note_outcome(request, CallOutcome.REPLAYED, recorded.event.fields, recorded.head.number)
        if log_fields:
            self._log.info("exchange_replayed", **recorded.event.fields, **log_fields)
        else:
            recorded.event.log()
        return response

    async def _plan_again(
        self, head: ExchangeHead, values: AnswerValues, kind: ClientFraming
    ) -> SendPlan:
        """Return the plan of an answer with what the client has bound since it began."""
        swaps = values.swaps
        if self._config.replay.restore:
            swaps = swaps._replace(texts=self._client_values.list_changed())
        values = values._replace(swaps=swaps)
        short = self._send_plans.get_short(head, values, kind)
        return short or await self._send_plans.get_long(head, values, kind)

    async def _answer_miss(
        self, request: BaseRequest, query: ReplayQuery, match: Match
    ) -> StreamResponse:
        refusal = self._selector.explain_refusal(match.fingerprint, match.scope)
        with self.in_flight.track(_Preparation()):  # so that the session's report has it
            message, number = await self._explain_miss(query, refusal)
        return self._build_error(request, query.request, message, "runreel_miss", number)

    async def _explain_miss(self, query: ReplayQuery, refusal: Refusal | None) -> tuple[str, int]:
        """Log a miss and add it to the tally; return the text for the client, and its number.

        The search for the nearest exchange takes longer the more exchanges there are. It is done in
        a worker thread, for one miss at a time: the first one is the likely cause of the others.
        """
        from runreel.core.explain.miss import (  # noqa: PLC0415 - most replays have no miss
            build_nearest_index,
            explain_miss,
        )
        from runreel.shell.replay.miss_fields import describe_miss  # noqa: PLC0415 - the same

        async with self._miss_turn:
            tally = self.tally
            self._nearest = self._nearest or build_nearest_index(self._reader.heads, self._matching)
            explain = partial(
                explain_miss,
                query.request,
                self._reader.heads,
                self._matching,
                refusal=refusal,
                earlier=tuple(tally.first_misses),
                index=self._nearest,
                played=frozenset(tally.played),
                redact=self._redact_recorded,
            )
            miss, document = await run_in_worker(lambda: self._add_document(explain()), self._pool)
            number = tally.add_missed(document, miss, format_time(time.time_ns()))
            document["inspect"] = self._links.build_miss_link(self._session, number)
            inspect = {"inspect": document["inspect"]} if document["inspect"] else {}
            self._log.warning("miss", **describe_miss(miss), **inspect)
        return str(document["message"]), number

    def _add_document(self, miss: Miss) -> tuple[Miss, ReportDocument]:
        cassette, upstream = str(self._reader.path), self._reader.header.upstream
        return miss, miss.to_document(cassette, upstream, self._record_command)

    def _answer_unplayable(
        self, request: BaseRequest, head: ExchangeHead, reason: str
    ) -> StreamResponse:
        link = self._links.build_exchange_link(self._session, head.number)
        inspect = {"inspect": link} if link else {}
        self._log.error("exchange_unplayable", exchange=head.number, why=reason, **inspect)
        miss_number = self.tally.add_missed(
            {
                "message": reason,
                "method": head.request.method,
                "path": decode_path(head.request),
                "nearest": head.number,
                "inspect": link,
            },
            at=format_time(time.time_ns()),
        )
        return self._build_error(request, head.request, reason, "runreel_unplayable", miss_number)

    def _build_error(
        self, request: BaseRequest, sent: Request, message: str, code: str, miss_number: int
    ) -> JsonResponse:
        """Return an error in the dialect of the request, which clients must not retry."""
        headers: Headers = (_NO_RETRY_HEADER,)
        if self._config.outcome_headers:
            headers = (_MISS_HEADER, *headers)
        dialect = self._find_dialect(sent)
        body = dialect.build_error(message, code, sent)
        note_outcome(request, _OUTCOMES[code], {"status": dialect.miss_status, "miss": miss_number})
        return JsonResponse(request, dialect.miss_status, body, extra=headers)


def _read_recorded(
    heads: Mapping[int, ExchangeHead],
    matching: Matching,
    session: str,
    links: PageLinks,
    number: int,
) -> _RecordedExchange:
    head = heads[number]
    rules = matching.get_rules(head.request).bound
    places = {place for place, _ in find_bound_values(head.request, rules)}
    address = links.build_exchange_link(session, number)
    link = {"inspect": address} if address else {}
    return _RecordedExchange(
        head,
        head.request,
        [rule for rule in rules if rule.place.place in places],
        has_placeholder_texts(head.request),
        may_change_state(head.request.method) and not matching.find_scope(head.request),
        RenderedEvent("exchange_replayed", {"session": session, **describe_exchange(head), **link}),
    )


def _find_path_ids(
    heads: Mapping[int, ExchangeHead], lookup: Lookup, number: int
) -> frozenset[bytes]:
    """Return the ids of a recorded request that name threads, which its client has made."""
    return lookup.list_path_ids(heads[number].request)


def _find_ids(
    heads: Mapping[int, ExchangeHead], reader: CassetteReader, number: int
) -> frozenset[bytes]:
    """Return the ids in an exchange's answer, if its request has values to restore."""
    if not has_placeholder_texts(heads[number].request):
        return frozenset()
    return find_ids(reader.read_answer(number))


def _read_headers(reader: CassetteReader, number: int) -> Headers:
    """Return the headers of an answer; none if it is damaged, which is an error when played."""
    try:
        return reader.read_answer_headers(number)
    except RunreelError:
        return ()
