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
from runreel.core.redact.marks import IN_BODY, marks_of
from runreel.core.redact.message import Message, Places, answered, asked
from runreel.core.redact.numbers import as_number
from runreel.core.redact.part import Part, Replacement
from runreel.core.redact.texts.derived_fields import blanked, moved_offsets
from runreel.core.redact.texts.spans import Span, edits_of, frame_ends, reframed, settled
from runreel.core.redact.texts.text import Kind
from runreel.core.redact.vault import Vault
from runreel.errors import StoreError
from runreel.model import Answer, Exchange, Frame, Headers, Hit, Mark, Request

Redacted = NewType("Redacted", bytes)
"""Bytes that may be written: made by ``Redactor.prove`` alone."""

_REQUESTS_REMEMBERED = 16
_REQUEST_REMEMBERED = 1 << 14
"""Bytes of a body."""

NO_CHANNELS = Channels(pieces=frozenset(), apart=frozenset())


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
    hits: tuple[Hit, ...]


class _Names(NamedTuple):
    """What the ledger calls a message and its line."""

    whole: str
    line: str


_ASKED = _Names("request", "target")
_ANSWERED = _Names("answer", "reason")


class _Parts(NamedTuple):
    """A message's parts, each with its edits."""

    line: Part
    values: Sequence[Part]
    """Of the headers."""
    body: Part

    @property
    def are_unchanged(self) -> bool:
        """Whether nothing is edited in any of them."""
        return not any(part.replacements for part in (self.line, *self.values, self.body))


class Redactor:
    """Redacts the exchanges of one session."""

    def __init__(self, rules: Rules, vault: Vault) -> None:
        self._rules = rules
        self._vault = vault
        self._finder = Finder(rules, vault)
        self._requests: dict[tuple[Request, bool], RedactedRequest] = {}
        self._learnt = 0
        """By the vault, when these were redacted."""

    def request(self, request: Request, *, announced_only: bool = False) -> RedactedRequest:
        """The request without its secrets, as it is stored and as it is looked up at replay.

        ``announced_only`` leaves known values alone where no name and no rule gives them away: a
        dummy key may be an ordinary word of the prompt. What it gives may be compared, never shown
        or stored.
        """
        asking = request, announced_only
        if self._learnt == self._vault.learnt and asking in self._requests:
            return self._requests[asking]
        redacted = self._redacted(request, announced_only=announced_only)
        if len(request.body) <= _REQUEST_REMEMBERED:
            self._remember(asking, redacted)
        return redacted

    def _remember(self, asking: tuple[Request, bool], redacted: RedactedRequest) -> None:
        """Until more is known."""
        if self._learnt != self._vault.learnt or len(self._requests) == _REQUESTS_REMEMBERED:
            self._requests.clear()
            self._learnt = self._vault.learnt
        self._requests[asking] = redacted

    def _redacted(self, request: Request, *, announced_only: bool) -> RedactedRequest:
        message = asked(request)
        places = self._finder.places(message, None)
        parts = self._edited(message, places, known=not announced_only)
        return RedactedRequest(_request_with(request, parts), _hits(request.headers, parts, _ASKED))

    def exchange(self, exchange: Exchange, channels: Channels = NO_CHANNELS) -> Exchange:
        """The exchange without its secrets, with its ledger and the name of the rules in force.

        ``channels``: how the answer speaks, if it is a stream.
        """
        head, answer = exchange.head, exchange.answer
        sent, learnt = self.request(head.request), self._vault.learnt
        came = answered(answer, whole=head.whole)
        places = self._finder.places(came, channels)
        if self._vault.learnt > learnt:  # what the answer says may stand in the request, too
            sent = self.request(head.request)
        parts = self._edited(came, places, answer.frames)
        clean = self._answer_with(answer, parts)
        if places.is_odd:
            clean = self._without_the_rest(clean)
        return Exchange(
            head=replace(
                head,
                request=sent.request,
                size=len(clean.body),
                ledger=head.ledger + sent.hits + _hits(came.headers, parts, _ANSWERED),
                ruleset=self._rules.digest,
            ),
            answer=clean,
        )

    def _without_the_rest(self, answer: Answer) -> Answer:
        """The answer without what is known and stands across its texts.

        What is no JSON is taken apart somehow, and a secret with quotes in it may stand in two.
        """
        spans = settled(self._known(answer.body), answer.body)
        if not spans:
            return answer
        cuts = frame_ends(answer.frames)
        replacements = [
            Replacement(span, edits_of(span, [(span.start, span.end)], cuts)) for span in spans
        ]
        heads = [Part(value) for _, value in answer.headers]
        return self._answer_with(
            answer, _Parts(Part(answer.reason), heads, Part(answer.body, replacements))
        )

    def prove(self, record: bytes, *parts: bytes) -> Redacted:
        """The record, once no known secret is found in it, nor in parts that it holds compressed.

        Raises ``RedactionError``, which names the kind and the place and never the value.
        """
        for data in (record, *parts):
            for found in self._vault.find(data):
                raise RedactionError(found.kind, found.start)
        return Redacted(record)

    def _known(self, data: bytes) -> list[Span]:
        return [Span(*found, "known") for found in self._vault.find(data)]

    def _edited(
        self, message: Message, places: Places, frames: Sequence[Frame] = (), *, known: bool = True
    ) -> _Parts:
        """The message with the edits for all that the session knows by now.

        ``frames``: of its body.
        """
        heads = message.heads()
        echoes = self._known_in_all(heads) if known else [[] for _ in heads]
        line, *values = (
            Part(data, _in_head(found + echoed, data) if found or echoed else ())
            for data, found, echoed in zip(heads, places.heads, echoes, strict=True)
        )
        return _Parts(line, values, self._in_body(message.body, places, frames, known=known))

    def _known_in_all(self, heads: Sequence[bytes]) -> list[list[Span]]:
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

    def _in_body(
        self, body: bytes, places: Places, frames: Sequence[Frame], *, known: bool
    ) -> Part:
        texts = [
            (text, self._settled(text.data, found, known=known)) for text, found in places.body
        ]
        if not any(spans for _, spans in texts):
            return Part(body)
        cuts = frame_ends(frames)
        replacements = [
            Replacement(span, edits, in_json=text.kind is not Kind.PLAIN)
            for text, spans in texts
            for span in spans
            for ranges in text.everywhere(span.start, span.end)
            if (edits := edits_of(span, ranges, cuts))
        ]
        part = Part(body, replacements)
        if not places.companions:
            return part
        return replace(
            part,
            offsets=list(moved_offsets(places.companions, body, texts)),
            blanks=list(blanked(places.companions, part.edits)),
        )

    def _settled(self, data: bytes, found: list[Span], *, known: bool) -> list[Span]:
        spans = settled(found + (self._known(data) if known else []), data)
        return [as_number(span, data) for span in spans]

    def _answer_with(self, answer: Answer, parts: _Parts) -> Answer:
        """The answer without its secrets, each place of one marked."""
        if parts.are_unchanged and not answer.marks:
            return answer
        edits = parts.body.edits
        return Answer(
            answer.status,
            parts.line.clean,
            _headers_with(answer.headers, parts),
            parts.body.clean,
            reframed(answer.frames, edits) if edits else answer.frames,
            answer.omitted,
            self._marks(parts, answer.marks),
        )

    def _marks(self, parts: _Parts, before: Sequence[Mark]) -> tuple[Mark, ...]:
        marks = (
            marks_of(part, self._vault, header=place, before=before)
            for place, part in (*enumerate(parts.values), (IN_BODY, parts.body))
            if part.replacements or before
        )
        return (*chain(*marks),)


def _in_head(spans: Sequence[Span], data: bytes) -> list[Replacement]:
    apart = settled(spans, data)
    return [Replacement(span, edits_of(span, [(span.start, span.end)], ())) for span in apart]


def _headers_with(headers: Headers, parts: _Parts) -> Headers:
    """The headers with their new values, and the length of the body put right."""
    names = (name for name, _ in headers)
    values = (part.clean for part in parts.values)
    difference = len(parts.body.clean) - len(parts.body.data)
    return content_length.moved(tuple(zip(names, values, strict=True)), difference)


def _request_with(request: Request, parts: _Parts) -> Request:
    if parts.are_unchanged:
        return request
    return Request(
        request.method,
        parts.line.clean,
        _headers_with(request.headers, parts),
        parts.body.clean,
        request.omitted,
        request.digest,
    )


def _hits(headers: Headers, parts: _Parts, names: _Names) -> tuple[Hit, ...]:
    """The ledger: which rule hit where, and how often."""
    if parts.are_unchanged:
        return ()
    places = [names.line, *(_place(name) for name, _ in headers), "body"]
    counts = Counter(
        (each.span.rule, f"{names.whole}.{place}")
        for place, part in zip(places, (parts.line, *parts.values, parts.body), strict=True)
        for each in part.replacements
    )
    return tuple(Hit(rule, place, count) for (rule, place), count in counts.items())


def _place(name: bytes) -> str:
    return f"headers.{name.decode('latin-1').lower()}"
