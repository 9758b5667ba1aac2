"""One exchange, looked through for secrets: every part, every spelling, every text in pieces.

It relies on nothing that the recorder noted down, and on none of what it did.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain

from runreel.core.http.content_coding import decode_answer_body, decode_request_body
from runreel.core.redact import Rules
from runreel.core.redact.texts.json_leaves import LeafPath
from runreel.core.scan.events import LocatedSpan, StreamScan
from runreel.core.scan.finders import LeakFinder
from runreel.core.scan.json_location import find_paths, format_path, is_logprob
from runreel.core.scan.leak import Leak, LeakSpan
from runreel.core.scan.streams import StreamItem, list_stream_items
from runreel.model import Answer, ExchangeHead, Headers, Request

_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*+([{\[])")
_PATHS_REMEMBERED = 4096
_LOGPROBS = b'"logprobs"'
_HIDDEN = "*"


class LeakScanner:
    """Looks through exchanges, one after the other."""

    def __init__(
        self,
        rules: Rules,
        *,
        max_body: int,
        known: Iterable[bytes] = (),
    ) -> None:
        """``max_body``: bytes that a body may grow to when its content coding is undone.

        ``known`` values are secret wherever they stand.
        """
        self._finder = LeakFinder(rules, known)
        self._max_body = max_body
        self._format_path_cached = lru_cache(_PATHS_REMEMBERED)(self._format_path)

    def scan_head(self, head: ExchangeHead) -> Iterator[Leak]:
        """The secrets in the request, and in what the recorder noted down beside it."""
        request = decode_request_body(head.request, limit=self._max_body)
        if request.omitted is not head.request.omitted:
            yield from self.scan_undecoded(head.request.body, "request.body")
        yield from _iter_leaks(self._finder.find_in_target(request.target), "request.target")
        yield from self._scan_headers(request.headers, "request")
        yield from self._scan_body(request, "request.body")
        yield from self.scan_text(
            "\n".join(_iter_notes(head)).encode("utf-8", "surrogatepass"), "head"
        )

    def scan_answer(self, answer: Answer, *, whole: bool = True) -> Iterator[Leak]:
        """The secrets in an answer; ``whole``: as ``Head.whole``."""
        stored, answer = answer, decode_answer_body(answer, limit=self._max_body)
        if answer.omitted is not stored.omitted:
            yield from self.scan_undecoded(stored.body, "answer.body")
        yield from self.scan_text(answer.reason, "answer.reason")
        yield from self._scan_headers(answer.headers, "answer")
        said = list_stream_items(answer)
        if said:
            events = StreamScan(answer.body, said, self._finder, is_cut=not whole)
            yield from self._iter_event_leaks(events.find())
            return
        yield from self._scan_body(answer, "answer.body", is_cut=not whole)
        if _LOGPROBS in answer.body:
            said = [StreamItem("", answer.body.decode("utf-8", "replace"), 0, len(answer.body))]
            events = StreamScan(answer.body, said, self._finder, is_cut=False)
            for leak in self._iter_event_leaks(events.find_joined()):
                yield leak._replace(event=None)

    def scan_text(self, text: bytes, place: str) -> Iterator[Leak]:
        """The secrets in a text that is no part of an exchange, or of one that cannot be read."""
        return _iter_leaks(self._finder.find_in_text(text), place)

    def scan_undecoded(self, data: bytes, place: str, *, is_cut: bool = False) -> Iterator[Leak]:
        """The secrets in bytes that could not be read as what they are."""
        return _iter_leaks(self._finder.find_in_body((), data, is_cut=is_cut), place)

    def _scan_headers(self, headers: Headers, where: str) -> Iterator[Leak]:
        named = list(self.scan_text(b"\n".join(name for name, _ in headers), f"{where}.headers"))
        yield from named
        for name, value in headers:
            place = f"{where}.headers.{_HIDDEN if named else name.decode('latin-1').lower()}"
            yield from _iter_leaks(self._finder.find_in_header(name, value), place)

    def _scan_body(
        self, message: Request | Answer, place: str, *, is_cut: bool = False
    ) -> Iterator[Leak]:
        body = message.body
        first = _JSON.match(body)
        spans = self._finder.find_in_body(message.headers, body, is_cut=is_cut) if body else []
        meant = self._finder.find_at_paths(body, first.start(1), len(body)) if first else ()
        for path, span in chain(
            zip(find_paths(first, [span.start for span in spans]), spans, strict=True),
            (found for found in meant if not _overlaps_any(found[1], spans)),
        ):
            if not is_logprob(path):
                yield Leak.from_span(span, place, self._format_path_cached(path))

    def _iter_event_leaks(self, found: Iterable[LocatedSpan]) -> Iterator[Leak]:
        for (event, path), span in found:
            yield Leak.from_span(span, "answer.body", self._format_path_cached(path), event)

    def _format_path(self, path: LeafPath) -> str:
        """The path as people write it; a name in it may itself be a secret."""
        text = format_path(path)
        return _HIDDEN if self._finder.find_in_text(text.encode()) else text


def _iter_notes(head: ExchangeHead) -> Iterator[str]:
    """What the recorder wrote about the exchange; one by one, since a name labels no value here."""
    yield from (head.session, head.dialect, head.operation, head.request.digest, head.ruleset)
    for row in (*head.summary.items(), *head.problems, *head.ledger):
        yield from map(str, row)


def _overlaps_any(span: LeakSpan, others: Sequence[LeakSpan]) -> bool:
    """Whether one of the others, which are in order and apart, holds a byte of the span."""
    before = bisect_left(others, span.end, key=lambda other: other.start)
    return before > 0 and others[before - 1].end > span.start


def _iter_leaks(spans: Iterable[LeakSpan], place: str) -> Iterator[Leak]:
    return (Leak.from_span(span, place) for span in spans)
