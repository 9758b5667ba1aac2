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
from runreel.core.explain.miss import Miss, missed
from runreel.core.match import Matching, MatchRules
from runreel.core.record.seal import DialectOf
from runreel.core.redact import Redactor
from runreel.core.replay import Candidate, Deck, Wanted
from runreel.core.replay.match import Found
from runreel.core.replay.query import Recognised, recognised
from runreel.core.replay.restore import Bindings
from runreel.core.report.documents import Document
from runreel.errors import RunreelError
from runreel.model import Head, Request
from runreel.shell.process.log_fields import about, about_miss
from runreel.shell.replay.pacing import perform
from runreel.shell.replay.seeking import Seeker
from runreel.shell.replay.send_plans import Scripts
from runreel.shell.server.connection import OwnAnswer
from runreel.shell.server.in_flight import Progress
from runreel.shell.server.incoming_request import ended, head_of, invite_body, path_of, read_body
from runreel.shell.store import CassetteReader

log = structlog.get_logger()

_REMEMBERED = 256
_REMEMBERED_BODY = 65_536
_MISSES_TOLD = 100
_MISS = (b"x-runreel-outcome", b"miss")
_DO_NOT_RETRY = (b"x-should-retry", b"false")


class Player:
    """Answers the requests of one session from one cassette."""

    def __init__(
        self,
        reader: CassetteReader,
        *,
        redactor: Redactor,
        bindings: Bindings | None,
        dialect_of: DialectOf,
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
        self.progress = Progress()
        self.replayed = 0
        self.missed = 0
        self.first_miss: Miss | None = None
        self.misses: list[Document] = []
        """What there is to say of the first misses."""
        self.played: set[int] = set()
        self.ended = False
        """Set when the session is over: requests that were still coming in are refused."""
        self._reader = reader
        self._redactor = redactor
        self._bindings = bindings
        self._unbound: set[int] = set()
        """Exchanges whose requests have no placeholders."""
        self._dialect_of = dialect_of
        self._speed = speed
        self._max_body = max_body
        self._of_miss = (_MISS, _DO_NOT_RETRY) if outcome_headers else (_DO_NOT_RETRY,)
        self._heads = {head.number: head for head in reader.heads}
        self._deck = Deck(strict=strict)
        self._matching = Matching(dialect_of, match_rules)
        self._seeker = Seeker(self._deck, reader.heads, self._matching, wildcards=wildcards)
        self._scripts = Scripts(
            reader,
            bindings,
            dialect_of,
            at_once=speed == Speed.INSTANT,
            without_waits=shorten_waits and speed == Speed.INSTANT,
            outcome_headers=outcome_headers,
        )
        self._recognise = lru_cache(_REMEMBERED)(self._recognised)
        # Made once: the proxy that get_logger gives makes one each time.
        self._log = log.bind(session=session)
        self._made: set[int] = set()
        self._thread_of = lru_cache(_REMEMBERED)(self._thread_made)
        self._about = lru_cache(_REMEMBERED)(self._told)

    async def handle(self, request: BaseRequest, path: str | None = None) -> web.StreamResponse:
        """Answer one request with the exchange that fits, or say why none does.

        ``path`` stands for its target. Raises ``RefusedError`` if the session has ended meanwhile.
        """
        started = time.monotonic()
        head = head_of(request, path)
        invite_body(request)
        asked = self.recognise(await read_body(request, head, limit=self._max_body))
        found = await self.find(asked)
        live = await self.play(request, asked, found, started)
        return self._miss(request, asked, found) if live is None else live

    def recognise(self, sent: Request) -> Recognised:
        """What the request asks for."""
        recognise = self._recognise if len(sent.body) <= _REMEMBERED_BODY else self._recognised
        return recognise(sent)

    async def find(self, asked: Recognised) -> Found:
        """The recorded call that the request is; what is to be played must be asked for at once."""
        return await self._seeker.find(asked)

    async def play(
        self, request: BaseRequest, asked: Recognised, found: Found, started: float
    ) -> web.StreamResponse | None:
        """Answer with the exchange that fits; None where none does. ``started``: monotonic time.

        Raises ``RefusedError`` if the session has ended meanwhile.
        """
        if self.ended:
            raise ended(asked.wanted)
        card = self._deck.draw(found.key, found.scope, prefer=self._preference(found))
        if card is None:
            return None
        if self._bindings is not None and card.number not in self._unbound:
            recorded = self._heads[card.number].request
            if not self._bindings.bind(recorded, found.spelling, asked.plain):
                self._unbound.add(card.number)
        told = {"wildcard": True} if found.second else {}
        return await self._play(request, card, started, told)

    def _preference(self, found: Found) -> Wanted | None:
        """Likes exchanges whose placeholders agree with what is bound already."""
        bindings = self._bindings
        if not bindings:
            return None
        return lambda card: bindings.agree(self._heads[card.number].request, found.spelling)

    def _recognised(self, sent: Request) -> Recognised:
        return recognised(
            sent, redactor=self._redactor, matching=self._matching, max_body=self._max_body
        )

    async def _play(
        self, request: BaseRequest, card: Candidate, started: float, told: Mapping[str, object]
    ) -> web.StreamResponse:
        head = self._heads[card.number]
        http10, keep_alive = request.version < HttpVersion11, request.keep_alive
        try:
            played = self._scripts.of(head, http10=http10, keep_alive=keep_alive)
        except RunreelError as error:
            return self._unplayable(request, head, str(error))
        if card.changes and not card.scope:
            self._begin_anew(card.number)
        live = await perform(request, played, self._speed, started=started, progress=self.progress)
        self.replayed += 1
        self.played.add(head.number)
        self._log.info("exchange_replayed", **self._about(head.number), **told)
        return live

    def _begin_anew(self, number: int) -> None:
        """A client that runs once more makes its threads once more: their stories begin anew."""
        if number in self._made and self._thread_of(number):
            self._deck.begin_anew(self._thread_of(number))
        self._made.add(number)

    def _thread_made(self, number: int) -> str:
        """The id of the thread that this exchange made; empty if it made none."""
        request = self._heads[number].request
        outline = self._dialect_of(request).outline(request, self._reader.answer(number))
        return outline.ids.get("thread_id", "")

    def _told(self, number: int) -> dict[str, Any]:
        return about(self._heads[number])

    def _miss(self, request: BaseRequest, asked: Recognised, found: Found) -> web.StreamResponse:
        self.missed += 1
        miss = missed(
            asked.wanted,
            self._reader.heads,
            self._matching,
            refusal=self._deck.refusal(found.key, found.scope),
            first=self.first_miss,
        )
        self.first_miss = self.first_miss or miss
        self._log.warning("miss", **about_miss(miss))
        names = str(self._reader.path), self._reader.header.upstream
        self._note(miss.document(*names))
        body = self._dialect_of(asked.wanted).error(miss.told(*names), "runreel_miss")
        return OwnAnswer(request, 404, body, extra=self._of_miss)

    def _unplayable(self, request: BaseRequest, head: Head, why: str) -> web.StreamResponse:
        self.missed += 1
        self._log.error("exchange_unplayable", exchange=head.number, why=why)
        self._note(
            {
                "message": why,
                "method": head.request.method,
                "path": path_of(head.request),
                "nearest": head.number,
            }
        )
        body = self._dialect_of(head.request).error(why, "runreel_unplayable")
        return OwnAnswer(request, 404, body, extra=self._of_miss)

    def _note(self, told: Document) -> None:
        if len(self.misses) < _MISSES_TOLD:
            self.misses.append(told)
