"""Redaction: no secret of a request or an answer reaches the disk.

Two passes, once an exchange has ended: the first finds secrets by the names that announce them and
by the rules that know their looks, and *learns* them (``Finder``); the second rewrites everything
with everything learnt, in all spellings. What the live client sees is not touched, and what holds
no secret stays byte for byte.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import NamedTuple, NewType

from runreel.core import content_length
from runreel.core.dialect import Channels
from runreel.core.redact.finding import Finder
from runreel.core.redact.marks import Replacement, marks_of
from runreel.core.redact.message import Message, Places, answered, asked, request_with
from runreel.core.redact.names import Rules
from runreel.core.redact.numbers import with_numbers
from runreel.core.redact.spans import Edit, Span, edits_of, frame_ends, reframed, rewritten, settled
from runreel.core.redact.vault import Vault
from runreel.errors import StoreError
from runreel.model import Answer, Exchange, Hit, Mark, Request

Redacted = NewType("Redacted", bytes)
"""Bytes that may be written: made by ``Redactor.prove`` alone."""

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


class _Clean(NamedTuple):
    """A message without secrets, how its body was edited, and what is kept of it."""

    message: Message
    edits: Sequence[Edit]
    hits: tuple[Hit, ...]
    marks: tuple[Mark, ...]


class Redactor:
    """Redacts the exchanges of one session."""

    def __init__(self, rules: Rules, vault: Vault) -> None:
        self._rules = rules
        self._vault = vault
        self._finder = Finder(rules, vault)

    def request(self, request: Request, *, announced_only: bool = False) -> RedactedRequest:
        """The request without its secrets, as it is stored and as it is looked up at replay.

        ``announced_only`` leaves known values alone where no name and no rule gives them away: a
        dummy key may be an ordinary word of the prompt. What it gives may be compared, never shown
        or stored.
        """
        message = asked(request)
        places = self._finder.places(message, NO_CHANNELS)
        clean = self._clean(message, places, _ASKED, known=not announced_only)
        return RedactedRequest(request_with(request, clean.message), clean.hits)

    def exchange(self, exchange: Exchange, channels: Channels = NO_CHANNELS) -> Exchange:
        """The exchange without its secrets, with its ledger and the name of the rules in force.

        ``channels``: how the answer speaks, if it is a stream.
        """
        head, answer = exchange.head, exchange.answer
        sent, came = asked(head.request), answered(answer)
        places = self._finder.places(sent, NO_CHANNELS), self._finder.places(came, channels)
        request = self._clean(sent, places[0], _ASKED)
        clean = self._clean(
            came, places[1], _ANSWERED, cuts=frame_ends(answer.frames), before=answer.marks
        )
        return Exchange(
            head=replace(
                head,
                request=request_with(head.request, request.message),
                size=len(clean.message.body),
                ledger=head.ledger + request.hits + clean.hits,
                ruleset=self._rules.digest,
            ),
            answer=_answer_with(answer, clean),
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

    def _clean(
        self,
        message: Message,
        places: Places,
        names: _Names,
        *,
        known: bool = True,
        cuts: Sequence[int] = (),
        before: Sequence[Mark] = (),
    ) -> _Clean:
        """The message rewritten with all that the session knows by now.

        ``cuts``: where frames end in its body; ``before``: the marks that it has already.
        """
        heads = self._in_heads(message, places, known=known)
        body = [
            Replacement(span, edits)
            for text, found in places.body
            for span in settled(found + (self._known(text.data) if known else []), text.data)
            if (edits := edits_of(span, text.ranges(span.start, span.end), cuts))
        ]
        body = with_numbers(message.body, body)
        edits = sorted(edit for each in body for edit in each.edits)
        clean = _rewritten(message, heads, edits)
        return _Clean(
            clean,
            edits,
            _hits(message, names, heads, body),
            self._marks(message, heads, body, before),
        )

    def _in_heads(
        self, message: Message, places: Places, *, known: bool
    ) -> list[list[Replacement]]:
        """What makes way in the line and in each header."""
        heads = message.heads()
        is_echoing = known and bool(self._vault.find(b"\n".join(heads)))
        return [
            [
                Replacement(span, edits_of(span, [(span.start, span.end)], ()))
                for span in settled(found + (self._known(data) if is_echoing else []), data)
            ]
            for data, found in zip(heads, places.heads, strict=True)
        ]

    def _marks(
        self,
        message: Message,
        heads: Sequence[Sequence[Replacement]],
        body: Sequence[Replacement],
        before: Sequence[Mark],
    ) -> tuple[Mark, ...]:
        marks = [
            marks_of(value, found, self._vault, header=place, before=before)
            for place, ((_, value), found) in enumerate(
                zip(message.headers, heads[1:], strict=True)
            )
            if found or before
        ]
        return (*chain(*marks), *marks_of(message.body, body, self._vault, before=before))


def _rewritten(
    message: Message, heads: Sequence[Sequence[Replacement]], edits: Sequence[Edit]
) -> Message:
    """The message with its edits made, and the length of its body put right."""
    line, *values = (
        rewritten(data, [edit for each in found for edit in each.edits])
        for data, found in zip(message.heads(), heads, strict=True)
    )
    names = (name for name, _ in message.headers)
    headers = tuple(zip(names, values, strict=True))
    body = rewritten(message.body, edits)
    return Message(line, content_length.moved(headers, len(body) - len(message.body)), body)


def _hits(
    message: Message,
    names: _Names,
    heads: Sequence[Sequence[Replacement]],
    body: Sequence[Replacement],
) -> tuple[Hit, ...]:
    """The ledger: which rule hit where, and how often."""
    parts = [names.line, *(_header(name) for name, _ in message.headers), "body"]
    counts = Counter(
        (each.span.rule, f"{names.whole}.{part}")
        for part, found in zip(parts, (*heads, body), strict=True)
        for each in found
    )
    return tuple(Hit(rule, part, count) for (rule, part), count in counts.items())


def _header(name: bytes) -> str:
    return f"headers.{name.decode('latin-1').lower()}"


def _answer_with(answer: Answer, clean: _Clean) -> Answer:
    reason, headers, body = clean.message
    frames = reframed(answer.frames, clean.edits) if clean.edits else answer.frames
    return replace(
        answer, reason=reason, headers=headers, body=body, frames=frames, marks=clean.marks
    )
