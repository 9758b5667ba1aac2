"""The first layer of redaction: no credential of a request or an answer reaches the disk.

Two passes, once an exchange has ended: the first finds credentials by the names that announce them
and *learns* them, the second rewrites everything with everything learnt, in all encodings. What
the live client sees is not touched, and what holds no secret stays byte for byte.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import NamedTuple, NewType

from runreel.core import content_length
from runreel.core.redact.bodies import in_body
from runreel.core.redact.headers import LINKING, Found, in_header, in_links, in_target
from runreel.core.redact.names import Field, Rules
from runreel.core.redact.spans import Span, reframed, rewritten, settled
from runreel.core.redact.vault import PLACEHOLDER, Vault
from runreel.core.redact.views import json_text
from runreel.errors import StoreError
from runreel.model import Answer, Exchange, Headers, Hit, Request

Redacted = NewType("Redacted", bytes)
"""Bytes that may be written: made by ``Redactor.prove`` alone."""

_NAMES_REMEMBERED = 4096


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


class _Message(NamedTuple):
    """The texts of a request or an answer: its target or reason, its headers' values, its body."""

    line: bytes
    headers: Headers
    body: bytes


class _Places(NamedTuple):
    """Where credentials stand in a message, by the names that announce them."""

    line: list[Span]
    headers: list[list[Span]]
    body: list[Span]


class _Clean(NamedTuple):
    """A message without secrets, what became of its body, and the ledger."""

    message: _Message
    body_spans: Sequence[Span]
    hits: tuple[Hit, ...]


class Redactor:
    """Redacts the exchanges of one session."""

    def __init__(self, rules: Rules, vault: Vault) -> None:
        self._rules = rules
        self._vault = vault
        self._finder = lru_cache(_NAMES_REMEMBERED)(self._header_finder)
        self._parameter = lru_cache(_NAMES_REMEMBERED)(self._parameter_kind)
        self._member = lru_cache(_NAMES_REMEMBERED)(self._member_field)

    def request(self, request: Request, *, announced_only: bool = False) -> RedactedRequest:
        """The request without its secrets, as it is stored and as it is looked up at replay.

        ``announced_only`` leaves known values alone where no name announces them: a dummy key may
        be an ordinary word of the prompt. What it gives may be compared, never shown or stored.
        """
        message = _message_of(request)
        places = self._places(message)
        clean = self._clean(message, places, "request", "target", known=not announced_only)
        return RedactedRequest(_request_from(request, clean.message), clean.hits)

    def exchange(self, exchange: Exchange) -> Exchange:
        """The exchange without its secrets, with its ledger and the name of the rules in force."""
        head, answer = exchange.head, exchange.answer
        sent, came = _message_of(head.request), _Message(answer.reason, answer.headers, answer.body)
        places = self._places(sent), self._places(came)
        request = self._clean(sent, places[0], "request", "target")
        clean = self._clean(came, places[1], "answer", "reason")
        return Exchange(
            head=replace(
                head,
                request=_request_from(head.request, request.message),
                size=len(clean.message.body),
                ledger=head.ledger + request.hits + clean.hits,
                ruleset=self._rules.digest,
            ),
            answer=_answer_from(answer, clean),
        )

    def learn(self, request: Request) -> None:
        """Learns the request's credentials, so that ``text`` knows them from the start."""
        self._places(_message_of(request))

    def text(self, text: str) -> str:
        """The text without any secret that the session knows: for logs and error pages."""
        data = text.encode("utf-8", "surrogatepass")
        spans = settled(self._known(data), data)
        return rewritten(data, spans).decode("utf-8", "surrogatepass") if spans else text

    def prove(self, record: bytes, *parts: bytes) -> Redacted:
        """The record, once no known secret is found in it, nor in parts that it holds compressed.

        Raises ``RedactionError``, which names the kind and the place and never the value.
        """
        for data in (record, *parts):
            for found in self._vault.find(data):
                raise RedactionError(found.kind, found.start)
        return Redacted(record)

    def _places(self, message: _Message) -> _Places:
        self._vault.reserve(b"\n".join((message.line, *(value for _, value in message.headers))))
        self._vault.reserve(message.body)
        return _Places(
            line=self._learnt(in_target(message.line, self._parameter)),
            headers=[
                self._learnt(find(value)) if (find := self._finder(name)) else []
                for name, value in message.headers
            ],
            body=self._learnt(
                in_body(message.headers, message.body, self._parameter, self._member)
            ),
        )

    def _learnt(self, found: Iterable[Found]) -> list[Span]:
        return [span for one in found for span in self._spans(one)]

    def _spans(self, found: Found) -> Iterator[Span]:
        if not _is_secret(found.value):
            return
        placeholder = self._vault.placeholder(found.kind, found.value)
        yield Span(found.start, found.end, placeholder, found.rule)
        for kind, value in found.also:
            if _is_secret(value):
                self._vault.placeholder(kind, value)

    def _known(self, data: bytes) -> list[Span]:
        return [Span(*found, "known") for found in self._vault.find(data)]

    def _clean(
        self, message: _Message, places: _Places, where: str, line: str, *, known: bool = True
    ) -> _Clean:
        """The message rewritten with all that the session knows by now."""
        counts: Counter[tuple[str, str]] = Counter()

        def clean(data: bytes, announced: list[Span], part: str) -> tuple[bytes, list[Span]]:
            spans = settled(announced + (self._known(data) if known else []), data)
            counts.update((span.rule, f"{where}.{part}") for span in spans)
            return rewritten(data, spans), spans

        def clean_header(name: bytes, value: bytes, announced: list[Span]) -> bytes:
            return clean(value, announced, f"headers.{name.decode('latin-1').lower()}")[0]

        is_echoing = self._is_echoing(message, places)
        first, _ = clean(message.line, places.line, line)
        headers = tuple(
            (name, clean_header(name, value, spans) if spans or is_echoing else value)
            for (name, value), spans in zip(message.headers, places.headers, strict=True)
        )
        body, body_spans = clean(message.body, places.body, "body")
        headers = content_length.moved(headers, len(body) - len(message.body))
        hits = tuple(Hit(rule, part, count) for (rule, part), count in counts.items())
        return _Clean(_Message(first, headers, body), body_spans, hits)

    def _is_echoing(self, message: _Message, places: _Places) -> bool:
        """Whether a known value stands in a header whose name announces none."""
        pairs = zip(message.headers, places.headers, strict=True)
        return bool(self._vault.find(b"\n".join(value for (_, value), spans in pairs if not spans)))

    def _header_finder(self, name: bytes) -> Callable[[bytes], Iterable[Found]] | None:
        kind = self._rules.header(name.decode("latin-1"))
        if kind is not None:
            return partial(in_header, kind)
        return partial(in_links, kinds=self._parameter) if name.lower() in LINKING else None

    def _parameter_kind(self, name: bytes) -> str | None:
        return self._rules.parameter(name.decode("utf-8", "replace"))

    def _member_field(self, name: bytes) -> Field | None:
        return self._rules.member(json_text(name).decode("utf-8", "replace"))


def _is_secret(value: bytes) -> bool:
    return bool(value) and not PLACEHOLDER.fullmatch(value)


def _message_of(request: Request) -> _Message:
    return _Message(request.target, request.headers, request.body)


def _request_from(request: Request, clean: _Message) -> Request:
    return replace(request, target=clean.line, headers=clean.headers, body=clean.body)


def _answer_from(answer: Answer, clean: _Clean) -> Answer:
    reason, headers, body = clean.message
    frames = reframed(answer.frames, clean.body_spans) if clean.body_spans else answer.frames
    return replace(answer, reason=reason, headers=headers, body=body, frames=frames)
