"""Send plans of one session: built when first needed, then cached."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from functools import lru_cache, partial
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from runreel.config.schema import ReplaySettings
from runreel.config.values import Speed
from runreel.core.addresses import AddressMap, translate_headers
from runreel.core.bind.bound_values import NO_SWAPS, AnswerSwaps
from runreel.core.bind.substitution import collect_text, replace_parts, substitute
from runreel.core.body_addresses import find_addresses, may_have_addresses
from runreel.core.dialect import DialectFinder
from runreel.core.redact.texts.spans import Edit
from runreel.core.replay.feeding import hold_back, is_fed, list_gates
from runreel.core.replay.restore import (
    Bindings,
    BoundRequest,
    BoundValues,
    find_marked_placeholders,
    restore_stored_answer,
)
from runreel.core.replay.send_plan import SendPlan, plan_sending
from runreel.core.replay.waits import shorten_waits
from runreel.core.report.omitted_reasons import ADVICE_TEXTS, REASON_TEXTS
from runreel.errors import RunreelError
from runreel.model import Answer, ExchangeHead, Headers, Request
from runreel.shell.process.uncancellable import run_in_worker
from runreel.shell.store.reader import CassetteReader

_CACHED_PLANS = 256
_CACHED_TEXTS = 16
_CACHED_ECHOES = 4096
_MAX_CACHED_ANSWER = 262_144
"""Bytes; only the last plan of a larger answer is cached."""


class AnswerValues(NamedTuple):
    """The values of a client that an answer gets in the place of recorded ones."""

    bound: BoundRequest
    """Those that the cassette holds placeholders for."""
    swaps: AnswerSwaps = NO_SWAPS
    """Those that are no secrets, such as ids that the client makes anew."""
    client_base: bytes = b""
    """The base URL of the client, to which addresses of the upstream lead back."""


class ClientFraming(Struct, frozen=True):
    """The facts of a client that decide how an answer is framed."""

    http10: bool
    keep_alive: bool


class _Circumstances(Struct, frozen=True):
    """The facts that the bytes to send depend on, besides the exchange."""

    client: ClientFraming
    values: BoundValues
    """The client's values for the placeholders in the answer."""
    swaps: AnswerSwaps
    client_base: bytes


class _Replaceable(Struct, frozen=True):
    """The recorded values in one answer that those of a client may replace."""

    placeholders: frozenset[bytes]
    swaps: AnswerSwaps


class SendPlans:
    """The send plans of a cassette's exchanges, with the client's own values in them."""

    def __init__(
        self,
        reader: CassetteReader,
        settings: ReplaySettings,
        *,
        bindings: Bindings | None,
        find_dialect: DialectFinder,
        outcome_headers: bool,
        rewrite_bodies: bool = False,
        pool: Executor | None = None,
    ) -> None:
        """Build plans from the cassette that ``reader`` has open.

        ``bindings``: values for its placeholders; None: leave these. ``outcome_headers``: add the
        ``x-runreel-*`` headers. ``rewrite_bodies``: addresses in bodies lead back to the proxy.
        ``pool``: threads for large answers.
        """
        # The caches are not those of this object's own methods: a reference cycle would keep an
        # ended session in memory.
        builder = _PlanBuilder(
            reader,
            settings,
            find_dialect=find_dialect,
            outcome_headers=outcome_headers,
            rewrite_bodies=rewrite_bodies,
        )
        self._pool = pool
        self._turn = asyncio.Lock()
        self._bindings = bindings
        self._placeholders = lru_cache(_CACHED_PLANS)(builder.find_placeholders)
        self._collect_text = lru_cache(_CACHED_TEXTS)(builder.collect_text)
        self.is_echoed = lru_cache(_CACHED_ECHOES)(builder.is_echoed)
        self._build_cached = lru_cache(_CACHED_PLANS)(builder.build)
        self._build_large_cached = lru_cache(1)(builder.build)

    def get_short(
        self, head: ExchangeHead, values: AnswerValues, client: ClientFraming
    ) -> SendPlan | None:
        """Return the plan for a client of this kind, with its values in the answer.

        Returns None if the answer is large. Raises ``RunreelError`` if it was recorded without its
        body.
        """
        if head.size > _MAX_CACHED_ANSWER:
            return None
        replaceable = self._find_replaceable(head.number, values.swaps, bool(self._bindings))
        circumstances = self._build_circumstances(client, values, replaceable)
        return self._build_cached(head.number, circumstances)

    async def get_long(
        self, head: ExchangeHead, values: AnswerValues, client: ClientFraming
    ) -> SendPlan:
        """Return the plan of a large answer, as ``get_short`` does; a thread builds it."""
        find = partial(self._find_replaceable, head.number, values.swaps, bool(self._bindings))
        async with self._turn:
            replaceable = await run_in_worker(find, self._pool)
            circumstances = self._build_circumstances(client, values, replaceable)
            build = partial(self._build_large_cached, head.number, circumstances)
            return await run_in_worker(build, self._pool)

    def _build_circumstances(
        self, client: ClientFraming, values: AnswerValues, replaceable: _Replaceable
    ) -> _Circumstances:
        bindings = self._bindings
        bound = bindings.get_values(replaceable.placeholders, values.bound) if bindings else ()
        return _Circumstances(client, bound, replaceable.swaps, values.client_base)

    def _find_replaceable(self, number: int, swaps: AnswerSwaps, is_bound: bool) -> _Replaceable:
        """Return what may be replaced in an answer; ``is_bound``: placeholders too."""
        placeholders = self._placeholders(number) if is_bound else frozenset()
        return _Replaceable(placeholders, self._select_swaps(number, swaps))

    def _select_swaps(self, number: int, swaps: AnswerSwaps) -> AnswerSwaps:
        """Return the swaps without values that the answer does not have."""
        if not swaps.texts:
            return swaps
        text = self._collect_text(number)
        return swaps._replace(texts=tuple(pair for pair in swaps.texts if pair[0] in text))


class _PlanBuilder:
    """Builds send plans."""

    def __init__(
        self,
        reader: CassetteReader,
        settings: ReplaySettings,
        *,
        find_dialect: DialectFinder,
        outcome_headers: bool,
        rewrite_bodies: bool,
    ) -> None:
        self._reader = reader
        self._heads = {head.number: head for head in reader.heads}
        self._is_instant = settings.speed == Speed.INSTANT
        self._shorten_waits = self._is_instant and settings.shorten_waits
        self._find_dialect = find_dialect
        self._outcome_headers = outcome_headers
        self._rewrite_bodies = rewrite_bodies

    def is_echoed(self, number: int, value: bytes) -> bool:
        """Return whether an answer repeats a value of its request in its headers or its body."""
        try:
            answer = self._reader.read_answer(number)
        except RunreelError:
            return False  # an error when it is played
        return value in answer.body or any(value in text for _, text in answer.headers)

    def collect_text(self, number: int) -> bytes:
        """Return all texts of an answer in which values of a client may be."""
        channels = self._find_dialect(self._heads[number].request).channels
        return collect_text(self._reader.read_answer(number), channels)

    def find_placeholders(self, number: int) -> frozenset[bytes]:
        """Return the placeholders that are marked in an answer."""
        return find_marked_placeholders(self._reader.read_answer(number))

    def build(self, number: int, circumstances: _Circumstances) -> SendPlan:
        """Return the plan for a request of this kind, with its client's values in the answer."""
        head = self._heads[number]
        dialect = self._find_dialect(head.request)
        has_gates = is_fed(head, dialect)
        plan = plan_sending(
            head,
            self._read_answer(head, circumstances),
            extra=self._build_outcome_headers(number),
            http10=circumstances.client.http10,
            keep_alive=circumstances.client.keep_alive,
            at_once=self._is_instant and not has_gates,
        )
        if not has_gates:
            return plan
        gates = list_gates(head, self._reader.read_answer(number), self._reader.heads, dialect)
        return hold_back(plan, gates, head, at_once=self._is_instant)

    def _translate(self, answer: Answer, client_base: bytes) -> Answer:
        """Return the answer with the upstream's addresses leading back to the proxy."""
        addresses = AddressMap(self._reader.header.upstream.rstrip("/"), client_base)
        answer = _replace_headers(answer, translate_headers(answer.headers, addresses))
        if not self._rewrite_bodies or not may_have_addresses(answer.headers):
            return answer
        matches = find_addresses(answer.body, addresses)
        return replace_parts(
            answer, [Edit(each.start, each.end, each.translated) for each in matches]
        )

    def _read_answer(self, head: ExchangeHead, circumstances: _Circumstances) -> Answer:
        answer = self._reader.read_answer(head.number)
        if answer.omitted is not None:
            raise RunreelError(
                f"exchange {head.number} of {self._reader.path} was recorded without its answer's "
                f"body: {REASON_TEXTS[answer.omitted]}; {ADVICE_TEXTS[answer.omitted]}"
            )
        if circumstances.values:
            answer = restore_stored_answer(answer, dict(circumstances.values))
        if circumstances.swaps:
            channels = self._find_dialect(head.request).channels
            answer = substitute(answer, circumstances.swaps, channels, whole=head.whole)
        answer = self._translate(answer, circumstances.client_base)
        if not self._shorten_waits:
            return answer
        is_polled = self._is_polled(head.request)
        return _replace_headers(answer, shorten_waits(answer.headers, is_polled=is_polled))

    def _is_polled(self, request: Request) -> bool:
        """Return whether SDKs repeat this call until some work has ended."""
        dialect = self._find_dialect(request)
        return bool(dialect.polled) and dialect.interpret(request).operation in dialect.polled

    def _build_outcome_headers(self, number: int) -> Headers:
        if not self._outcome_headers:
            return ()
        return ((b"x-runreel-outcome", b"replayed"), (b"x-runreel-exchange", b"%d" % number))


def _replace_headers(answer: Answer, headers: Headers) -> Answer:
    return answer if headers is answer.headers else replace(answer, headers=headers)
