"""Redaction: no secret of a request or an answer reaches the disk.

Two passes, once an exchange has ended: the first finds secrets by the names that announce them and
by the rules that know their looks, and *learns* them (``Finder``); the second rewrites everything
with everything learnt, in all spellings. What the live client sees is not touched, and what holds
no secret stays byte for byte.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, chain
from typing import NamedTuple, NewType

from runreel.core.dialect import Channels
from runreel.core.http import content_length
from runreel.core.redact.finder import Finder
from runreel.core.redact.finders.by_name import Rules
from runreel.core.redact.marks import IN_BODY, build_marks
from runreel.core.redact.message import MessageSpans, RawMessage
from runreel.core.redact.numbers import use_zero_for_number
from runreel.core.redact.part import EditedPart, Replacement
from runreel.core.redact.texts.derived_fields import blank_derived_fields, shift_offsets
from runreel.core.redact.texts.spans import (
    Span,
    adjust_frames,
    build_edits,
    get_frame_ends,
    merge_spans,
)
from runreel.core.redact.texts.text import TextKind
from runreel.core.redact.vault import Vault
from runreel.errors import StoreError
from runreel.model import Answer, Exchange, Frame, Headers, LedgerEntry, PlaceholderMark, Request

Redacted = NewType("Redacted", bytes)
"""Bytes that may be written: made by ``Redactor.prove`` alone."""

_CACHE_SIZE = 16
_MAX_CACHED_BODY = 1 << 14
"""Bytes of a body."""

NO_CHANNELS = Channels(pieces=frozenset(), discriminators=frozenset())


class RedactionError(StoreError):
    """A secret in bytes about to be written: ``kind`` says which, ``offset`` (bytes) where."""

    def __init__(self, kind: str, offset: int) -> None:
        super().__init__(
            f"a secret of kind '{kind}' at byte {offset} of the record: the exchange is not written"
        )
        self.kind = kind
        self.offset = offset


@dataclass(frozen=True, slots=True)
class RedactedRequest:
    """A request with placeholders in place of its secrets, and what was replaced."""

    request: Request
    ledger: tuple[LedgerEntry, ...]


class _LedgerNames(NamedTuple):
    """What the ledger calls a message and its line."""

    message: str
    line: str


_REQUEST_NAMES = _LedgerNames("request", "target")
_ANSWER_NAMES = _LedgerNames("answer", "reason")


class _EditedMessage(NamedTuple):
    """A message's parts, each with its edits."""

    line: EditedPart
    values: Sequence[EditedPart]
    """Of the headers."""
    body: EditedPart

    @property
    def is_unchanged(self) -> bool:
        """Whether nothing is edited in any of them."""
        return not any(part.replacements for part in (self.line, *self.values, self.body))


class Redactor:
    """Redacts the exchanges of one session."""

    def __init__(self, rules: Rules, vault: Vault) -> None:
        self._rules = rules
        self._vault = vault
        self._finder = Finder(rules, vault)
        self._cache: dict[tuple[Request, bool], RedactedRequest] = {}
        self._cached_value_count = 0
        """By the vault, when these were redacted."""

    def redact_request(self, request: Request, *, rules_only: bool = False) -> RedactedRequest:
        """The request without its secrets, as it is stored and as it is looked up at replay.

        ``announced_only`` leaves known values alone where no name and no rule gives them away: a
        dummy key may be an ordinary word of the prompt. What it gives may be compared, never shown
        or stored.
        """
        asking = request, rules_only
        if self._cached_value_count == self._vault.known_count and asking in self._cache:
            return self._cache[asking]
        redacted = self._build_redacted(request, rules_only=rules_only)
        if len(request.body) <= _MAX_CACHED_BODY:
            self._remember(asking, redacted)
        return redacted

    def _remember(self, key: tuple[Request, bool], redacted: RedactedRequest) -> None:
        """Until more is known."""
        if self._cached_value_count != self._vault.known_count or len(self._cache) == _CACHE_SIZE:
            self._cache.clear()
            self._cached_value_count = self._vault.known_count
        self._cache[key] = redacted

    def _build_redacted(self, request: Request, *, rules_only: bool) -> RedactedRequest:
        message = RawMessage.from_request(request)
        places = self._finder.find(message, None)
        parts = self._edit(message, places, known=not rules_only)
        return RedactedRequest(
            _build_request(request, parts), _count_hits(request.headers, parts, _REQUEST_NAMES)
        )

    def redact_exchange(self, exchange: Exchange, channels: Channels = NO_CHANNELS) -> Exchange:
        """The exchange without its secrets, with its ledger and the name of the rules in force.

        ``channels``: how the answer speaks, if it is a stream.
        """
        head, answer = exchange.head, exchange.answer
        sent, learnt = self.redact_request(head.request), self._vault.known_count
        came = RawMessage.from_answer(answer, whole=head.whole)
        places = self._finder.find(came, channels)
        if self._vault.known_count > learnt:  # what the answer says may stand in the request, too
            sent = self.redact_request(head.request)
        parts = self._edit(came, places, answer.frames)
        clean = self._build_answer(answer, parts)
        if places.has_invalid_json:
            clean = self._redact_across_texts(clean)
        return Exchange(
            head=replace(
                head,
                request=sent.request,
                size=len(clean.body),
                ledger=head.ledger + sent.ledger + _count_hits(came.headers, parts, _ANSWER_NAMES),
                ruleset=self._rules.digest,
            ),
            answer=clean,
        )

    def _redact_across_texts(self, answer: Answer) -> Answer:
        """The answer without what is known and stands across its texts.

        What is no JSON is taken apart somehow, and a secret with quotes in it may stand in two.
        """
        spans = merge_spans(self._find_known(answer.body), answer.body)
        if not spans:
            return answer
        cuts = get_frame_ends(answer.frames)
        replacements = [
            Replacement(span, build_edits(span, [(span.start, span.end)], cuts)) for span in spans
        ]
        heads = [EditedPart(value) for _, value in answer.headers]
        return self._build_answer(
            answer,
            _EditedMessage(EditedPart(answer.reason), heads, EditedPart(answer.body, replacements)),
        )

    def prove(self, record: bytes, *parts: bytes) -> Redacted:
        """The record, once no known secret is found in it, nor in parts that it holds compressed.

        Raises ``RedactionError``, which names the kind and the place and never the value.
        """
        for data in (record, *parts):
            for found in self._vault.find(data):
                raise RedactionError(found.kind, found.start)
        return Redacted(record)

    def _find_known(self, data: bytes) -> list[Span]:
        return [Span(*found, "known") for found in self._vault.find(data)]

    def _edit(
        self,
        message: RawMessage,
        places: MessageSpans,
        frames: Sequence[Frame] = (),
        *,
        known: bool = True,
    ) -> _EditedMessage:
        """The message with the edits for all that the session knows by now.

        ``frames``: of its body.
        """
        heads = message.list_heads()
        echoes = self._find_known_in_heads(heads) if known else [[] for _ in heads]
        line, *values = (
            EditedPart(data, _replace_in_head(found + echoed, data) if found or echoed else ())
            for data, found, echoed in zip(heads, places.heads, echoes, strict=True)
        )
        return _EditedMessage(
            line, values, self._edit_body(message.body, places, frames, known=known)
        )

    def _find_known_in_heads(self, heads: Sequence[bytes]) -> list[list[Span]]:
        """What is known in each of these, all searched at once."""
        starts = list(accumulate((len(head) + 1 for head in heads[:-1]), initial=0))
        known: list[list[Span]] = [[] for _ in heads]
        for found in self._vault.find(b"\n".join(heads)):
            place = bisect_right(starts, (found.start + found.end) // 2) - 1
            start, end = found.start - starts[place], found.end - starts[place]
            # A form of a value may reach one byte beyond what was found: here, over the line end.
            within = Span(max(start, 0), min(end, len(heads[place])), found.placeholder, "known")
            if start >= -1 and end <= len(heads[place]) + 1:
                known[place].append(within)
        return known

    def _edit_body(
        self, body: bytes, places: MessageSpans, frames: Sequence[Frame], *, known: bool
    ) -> EditedPart:
        texts = [
            (text, self._collect_spans(text.data, found, known=known))
            for text, found in places.body
        ]
        if not any(spans for _, spans in texts):
            return EditedPart(body)
        cuts = get_frame_ends(frames)
        replacements = [
            Replacement(span, edits, in_json=text.kind is not TextKind.PLAIN)
            for text, spans in texts
            for span in spans
            for ranges in text.iter_ranges_with_repeats(span.start, span.end)
            if (edits := build_edits(span, ranges, cuts))
        ]
        part = EditedPart(body, replacements)
        if not places.derived_fields:
            return part
        return replace(
            part,
            offsets=list(shift_offsets(places.derived_fields, body, texts)),
            blanks=list(blank_derived_fields(places.derived_fields, part.edits)),
        )

    def _collect_spans(self, data: bytes, spans: list[Span], *, known: bool) -> list[Span]:
        spans = merge_spans(spans + (self._find_known(data) if known else []), data)
        return [use_zero_for_number(span, data) for span in spans]

    def _build_answer(self, answer: Answer, parts: _EditedMessage) -> Answer:
        """The answer without its secrets, each place of one marked."""
        if parts.is_unchanged and not answer.marks:
            return answer
        edits = parts.body.edits
        return Answer(
            answer.status,
            parts.line.clean,
            _build_headers(answer.headers, parts),
            parts.body.clean,
            adjust_frames(answer.frames, edits) if edits else answer.frames,
            answer.omitted,
            self._build_marks(parts, answer.marks),
        )

    def _build_marks(
        self, parts: _EditedMessage, before: Sequence[PlaceholderMark]
    ) -> tuple[PlaceholderMark, ...]:
        marks = (
            build_marks(part, self._vault, header=place, previous=before)
            for place, part in (*enumerate(parts.values), (IN_BODY, parts.body))
            if part.replacements or before
        )
        return (*chain(*marks),)


def _replace_in_head(spans: Sequence[Span], data: bytes) -> list[Replacement]:
    apart = merge_spans(spans, data)
    return [Replacement(span, build_edits(span, [(span.start, span.end)], ())) for span in apart]


def _build_headers(headers: Headers, parts: _EditedMessage) -> Headers:
    """The headers with their new values, and the length of the body put right."""
    names = (name for name, _ in headers)
    values = (part.clean for part in parts.values)
    difference = len(parts.body.clean) - len(parts.body.data)
    return content_length.adjust_content_length(tuple(zip(names, values, strict=True)), difference)


def _build_request(request: Request, parts: _EditedMessage) -> Request:
    if parts.is_unchanged:
        return request
    return Request(
        request.method,
        parts.line.clean,
        _build_headers(request.headers, parts),
        parts.body.clean,
        request.omitted,
        request.digest,
    )


def _count_hits(
    headers: Headers, parts: _EditedMessage, names: _LedgerNames
) -> tuple[LedgerEntry, ...]:
    """The ledger: which rule hit where, and how often."""
    if parts.is_unchanged:
        return ()
    places = [names.line, *(_format_header_place(name) for name, _ in headers), "body"]
    counts = Counter(
        (each.span.rule, f"{names.message}.{place}")
        for place, part in zip(places, (parts.line, *parts.values, parts.body), strict=True)
        for each in part.replacements
    )
    return tuple(LedgerEntry(rule, place, count) for (rule, place), count in counts.items())


def _format_header_place(name: bytes) -> str:
    return f"headers.{name.decode('latin-1').lower()}"
