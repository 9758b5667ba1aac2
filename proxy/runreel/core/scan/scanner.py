"""Search of one stored exchange for secrets: every part, every encoding, every split text.

The scanner does not rely on the recorder's notes about the exchange, nor on its redaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from msgspec.structs import replace

from runreel.core.dialect import NO_CHANNELS, Channels
from runreel.core.http.content_coding import decode_answer_body, decode_request_body
from runreel.core.http.stream_reader import split_stream
from runreel.core.redact.finders.by_name import Rules
from runreel.core.redact.finders.detector import TooManyFoundError
from runreel.core.redact.texts.leaf import LeafPath
from runreel.core.scan.finders import LeakFinder
from runreel.core.scan.json_location import format_path
from runreel.core.scan.leak import Leak, LeakSpan
from runreel.core.scan.places import locate_spans
from runreel.model import Answer, ExchangeHead, Headers, Request

_CACHED_PATHS = 4096
_MAX_DENSE = 1 << 18
"""Bytes that are searched of a body with too many secrets: too few for as many."""
_HIDDEN = "*"
"""Shown instead of a name or path that contains a secret."""


class LeakScanner:
    """A search of exchanges and other texts for secrets."""

    def __init__(
        self,
        rules: Rules,
        *,
        max_body: int,
        known: Iterable[bytes] = (),
    ) -> None:
        """``max_body``: limit in bytes of a body once its content coding is decoded.

        ``known``: values that are secret wherever they occur.
        """
        self._finder = LeakFinder(rules, known)
        self._max_body = max_body
        self._has_secret_cached = lru_cache(_CACHED_PATHS)(self._has_secret)

    def scan_head(self, head: ExchangeHead) -> Iterator[Leak]:
        """Yield the secrets in the request, and in the recorder's notes about the exchange."""
        request = decode_request_body(head.request, limit=self._max_body)
        if request.omitted is not head.request.omitted:
            yield from self.scan_undecoded(head.request.body, "request.body")
        yield from _iter_leaks(self._finder.find_in_target(request.target), "request.target")
        yield from self._scan_headers(request.headers, "request")
        yield from self._scan_body(request, "request.body", None)
        yield from self.scan_text(
            "\n".join(_iter_notes(head)).encode("utf-8", "surrogatepass"), "head"
        )

    def scan_answer(
        self, answer: Answer, channels: Channels = NO_CHANNELS, *, whole: bool = True
    ) -> Iterator[Leak]:
        """Yield the secrets in an answer; ``whole`` as in ``ExchangeHead.whole``.

        ``channels`` describes the answer's events, if it is a stream.
        """
        stored, answer = answer, decode_answer_body(answer, limit=self._max_body)
        if answer.omitted is not stored.omitted:
            yield from self.scan_undecoded(stored.body, "answer.body")
        yield from self.scan_text(answer.reason, "answer.reason")
        yield from self._scan_headers(answer.headers, "answer")
        yield from self._scan_body(answer, "answer.body", channels, is_truncated=not whole)

    def scan_text(self, text: bytes, place: str) -> Iterator[Leak]:
        """Yield the secrets in a text without names, such as a reason phrase."""
        return _iter_leaks(self._finder.find_in_text(text), place)

    def scan_undecoded(
        self, data: bytes, place: str, *, is_truncated: bool = False
    ) -> Iterator[Leak]:
        """Yield the secrets in bytes that could not be decoded, searched as they are."""
        spans = self._finder.find_in_body((), data, None, is_truncated=is_truncated)
        return _iter_leaks(spans, place)

    def _scan_headers(self, headers: Headers, where: str) -> Iterator[Leak]:
        """Yield the secrets in names and values; names are hidden if one contains a secret."""
        in_names = list(self.scan_text(b"\n".join(name for name, _ in headers), f"{where}.headers"))
        yield from in_names
        for (name, _), spans in zip(headers, self._finder.find_in_headers(headers), strict=True):
            place = f"{where}.headers.{_HIDDEN if in_names else name.decode('latin-1').lower()}"
            yield from _iter_leaks(spans, place)

    def _scan_body(
        self,
        message: Request | Answer,
        place: str,
        channels: Channels | None,
        *,
        is_truncated: bool = False,
    ) -> Iterator[Leak]:
        """Yield the secrets in a body, with their events if it is a stream, and their paths.

        ``channels`` is None if it cannot be a stream.
        """
        try:
            spans = self._finder.find_in_body(
                message.headers, message.body, channels, is_truncated=is_truncated
            )
        except TooManyFoundError:
            yield from self._scan_dense(message, place, channels)
            return
        if not spans:
            return
        may_stream = channels is not None
        events = split_stream(message.headers, message.body) if may_stream else None
        for event, path, span in locate_spans(message.body, events, spans):
            yield Leak.from_span(span, place, self._format_path(path), event)

    def _scan_dense(
        self, message: Request | Answer, place: str, channels: Channels | None
    ) -> Iterator[Leak]:
        """Yield the secrets in the beginning of a body that has too many, after a leak for its
        rest, which is not searched.
        """
        yield Leak.from_rest(place, _MAX_DENSE, len(message.body))
        beginning = replace(message, body=message.body[:_MAX_DENSE])
        yield from self._scan_body(beginning, place, channels, is_truncated=True)

    def _format_path(self, path: LeafPath) -> str:
        """Return the path as text; hidden if it contains a secret itself."""
        is_secret = self._has_secret_cached(
            (*(0 if isinstance(step, int) else step for step in path),)
        )
        return _HIDDEN if is_secret else format_path(path)

    def _has_secret(self, path: LeafPath) -> bool:
        """Return whether the names in a path contain a secret."""
        return bool(self._finder.find_in_text(format_path(path).encode()))


def _iter_notes(head: ExchangeHead) -> Iterator[str]:
    """Yield the recorder's notes about the exchange, one by one.

    Names and values are separate items, because a name does not announce a credential here.
    """
    yield from (head.session, head.dialect, head.operation, head.request.digest, head.ruleset)
    for row in (*head.summary.items(), *head.problems, *head.ledger):
        yield from map(str, row)


def _iter_leaks(spans: Iterable[LeakSpan], place: str) -> Iterator[Leak]:
    """Yield the leaks of spans found at a place without JSON paths."""
    return (Leak.from_span(span, place) for span in spans)
