"""One exchange, looked through for secrets: every part, every spelling, every text in pieces.

It relies on nothing that the recorder noted down, and on none of what it did.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain

from runreel.core.http.content_coding import decoded, decoded_request
from runreel.core.redact import Rules
from runreel.core.redact.texts.json_leaves import Path
from runreel.core.scan.events import Events, Found
from runreel.core.scan.finders import Finders
from runreel.core.scan.json_location import paths_of, says_again, written
from runreel.core.scan.leak import Leak, Span
from runreel.core.scan.streams import Said, said_in
from runreel.model import Answer, Head, Headers, Request

_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*+([{\[])")
_PATHS_REMEMBERED = 4096
_LOGPROBS = b'"logprobs"'
_UNSHOWN = "*"


class Inspector:
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
        self._finders = Finders(rules, known)
        self._max_body = max_body
        self._shown = lru_cache(_PATHS_REMEMBERED)(self._written)

    def head(self, head: Head) -> Iterator[Leak]:
        """The secrets in the request, and in what the recorder noted down beside it."""
        request = decoded_request(head.request, limit=self._max_body)
        if request.omitted is not head.request.omitted:
            yield from self.unread(head.request.body, "request.body")
        yield from _leaks(self._finders.in_target(request.target), "request.target")
        yield from self._headers(request.headers, "request")
        yield from self._body(request, "request.body")
        yield from self.text("\n".join(_notes(head)).encode("utf-8", "surrogatepass"), "head")

    def answer(self, answer: Answer, *, whole: bool = True) -> Iterator[Leak]:
        """The secrets in an answer; ``whole``: as ``Head.whole``."""
        stored, answer = answer, decoded(answer, limit=self._max_body)
        if answer.omitted is not stored.omitted:
            yield from self.unread(stored.body, "answer.body")
        yield from self.text(answer.reason, "answer.reason")
        yield from self._headers(answer.headers, "answer")
        said = said_in(answer)
        if said:
            events = Events(answer.body, said, self._finders, is_cut=not whole)
            yield from self._in_events(events.found())
            return
        yield from self._body(answer, "answer.body", is_cut=not whole)
        if _LOGPROBS in answer.body:
            said = [Said("", answer.body.decode("utf-8", "replace"), 0, len(answer.body))]
            events = Events(answer.body, said, self._finders, is_cut=False)
            for leak in self._in_events(events.joined()):
                yield leak._replace(event=None)

    def text(self, text: bytes, place: str) -> Iterator[Leak]:
        """The secrets in a text that is no part of an exchange, or of one that cannot be read."""
        return _leaks(self._finders.in_text(text), place)

    def unread(self, data: bytes, place: str, *, is_cut: bool = False) -> Iterator[Leak]:
        """The secrets in bytes that could not be read as what they are."""
        return _leaks(self._finders.in_body((), data, is_cut=is_cut), place)

    def _headers(self, headers: Headers, where: str) -> Iterator[Leak]:
        named = list(self.text(b"\n".join(name for name, _ in headers), f"{where}.headers"))
        yield from named
        for name, value in headers:
            place = f"{where}.headers.{_UNSHOWN if named else name.decode('latin-1').lower()}"
            yield from _leaks(self._finders.in_header(name, value), place)

    def _body(
        self, message: Request | Answer, place: str, *, is_cut: bool = False
    ) -> Iterator[Leak]:
        body = message.body
        first = _JSON.match(body)
        spans = self._finders.in_body(message.headers, body, is_cut=is_cut) if body else []
        meant = self._finders.in_paths(body, first.start(1), len(body)) if first else ()
        for path, span in chain(
            zip(paths_of(first, [span.start for span in spans]), spans, strict=True),
            (found for found in meant if not _overlaps(found[1], spans)),
        ):
            if not says_again(path):
                yield Leak.of(span, place, self._shown(path))

    def _in_events(self, found: Iterable[Found]) -> Iterator[Leak]:
        for (event, path), span in found:
            yield Leak.of(span, "answer.body", self._shown(path), event)

    def _written(self, path: Path) -> str:
        """The path as people write it; a name in it may itself be a secret."""
        text = written(path)
        return _UNSHOWN if self._finders.in_text(text.encode()) else text


def _notes(head: Head) -> Iterator[str]:
    """What the recorder wrote about the exchange; one by one, since a name labels no value here."""
    yield from (head.session, head.dialect, head.operation, head.request.digest, head.ruleset)
    for row in (*head.summary.items(), *head.problems, *head.ledger):
        yield from map(str, row)


def _overlaps(span: Span, others: Sequence[Span]) -> bool:
    """Whether one of the others, which are in order and apart, holds a byte of the span."""
    before = bisect_left(others, span.end, key=lambda other: other.start)
    return before > 0 and others[before - 1].end > span.start


def _leaks(spans: Iterable[Span], place: str) -> Iterator[Leak]:
    return (Leak.of(span, place) for span in spans)
