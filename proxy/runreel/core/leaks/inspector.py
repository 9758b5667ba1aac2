"""One exchange, looked through for secrets: every part, every spelling, every text in pieces.

It relies on nothing that the recorder noted down, and on none of what it did.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, chain, groupby
from typing import TypeAlias

from runreel.core.decoding import decoded, decoded_request
from runreel.core.jsonpath import JsonPath
from runreel.core.leaks.channels import Piece, channels
from runreel.core.leaks.finders import Finders
from runreel.core.leaks.leak import Doubt, Leak, Span
from runreel.core.leaks.streams import Said, said_in
from runreel.core.leaks.whereabouts import paths_at, written
from runreel.core.redact import Rules
from runreel.core.redact.leaves import Path
from runreel.model import Answer, Head, Headers, Request

_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*+([{\[])")
_Place: TypeAlias = tuple[int, Path]
"""An event's number, and a path in it."""

_PATHS_REMEMBERED = 4096
_LOGPROBS = b'"logprobs"'
_UNSHOWN = "*"
_JSON_OF_LINE = re.compile(rb"^(?:data: ?)?([{\[])", re.MULTILINE)


class Inspector:
    """Looks through exchanges, one after the other."""

    def __init__(
        self,
        rules: Rules,
        *,
        max_body: int,
        paths: Sequence[JsonPath] = (),
        known: Iterable[bytes] = (),
    ) -> None:
        """``max_body``: bytes that a body may grow to when its content coding is undone.

        ``paths`` lead to values that are secret, ``known`` are such values.
        """
        self._finders = Finders(rules, paths, known)
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
            yield from self._stream(answer, said, is_cut=not whole)
            return
        yield from self._body(answer, "answer.body", is_cut=not whole)
        if _LOGPROBS in answer.body:
            said = [Said("", answer.body.decode("utf-8", "replace"), 0, len(answer.body))]
            for pieces in channels(said):
                yield from (leak._replace(event=None) for _, leak in self._joined(pieces))

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
            zip(_paths(first, spans), spans, strict=True),
            (found for found in meant if not _overlaps(found[1], spans)),
        ):
            if not _says_again(path):
                yield _leak(span, place, path=self._shown(path))

    def _stream(self, answer: Answer, said: Sequence[Said], *, is_cut: bool) -> Iterator[Leak]:
        """What stands in one event is told with its place there; a piece alone may mislead."""
        texts = list(channels(said))
        joined = [found for pieces in texts for found in self._joined(pieces, is_cut=is_cut)]
        begun = {place for place, _ in joined}
        pieces = {(piece.event, piece.path) for pieces in texts for piece in pieces}
        told: set[_Place] = set()
        for place, span in self._in_events(answer, said, is_cut=is_cut):
            is_misread = place in pieces and place not in begun and span.doubt is not Doubt.NAMED
            if not is_misread and not _says_again(place[1]):
                told.add(place)
                event, path = place
                yield _leak(span, "answer.body", path=self._shown(path), event=event)
        yield from (leak for place, leak in joined if place not in told)
        for place, span in self._meant(answer, said, texts) if self._finders.has_paths else ():
            if place not in told and place not in begun:
                event, path = place
                yield _leak(span, "answer.body", path=self._shown(path), event=event)

    def _meant(
        self, answer: Answer, said: Sequence[Said], texts: Sequence[Sequence[Piece]]
    ) -> Iterator[tuple[_Place, Span]]:
        """What stands at the users' paths: joined where it came in pieces."""
        pieces = {(piece.event, piece.path) for text in texts for piece in text}
        for number, item in enumerate(said, start=1):
            end = item.offset + item.length
            first = _JSON_OF_LINE.search(answer.body, item.offset, end)
            meant = self._finders.in_paths(answer.body, first.start(1), end) if first else ()
            yield from (
                ((number, path), span) for path, span in meant if (number, path) not in pieces
            )
        for text in texts:
            span_of_all = self._finders.at_path(text[0].path, b"".join(each.text for each in text))
            if span_of_all is not None:
                yield (text[0].event, text[0].path), span_of_all

    def _in_events(
        self, answer: Answer, said: Sequence[Said], *, is_cut: bool
    ) -> Iterator[tuple[_Place, Span]]:
        starts = [item.offset for item in said]
        spans = self._finders.in_body(answer.headers, answer.body, is_stream=True, is_cut=is_cut)
        for number, group in groupby(spans, lambda span: bisect_right(starts, span.start)):
            item, within = said[number - 1], list(group)
            first = _JSON_OF_LINE.search(answer.body, item.offset, item.offset + item.length)
            for path, span in zip(_paths(first, within), within, strict=True):
                yield (number, path), span

    def _joined(
        self, pieces: Sequence[Piece], *, is_cut: bool = False
    ) -> Iterator[tuple[_Place, Leak]]:
        """The secrets in a text that came in pieces, each with the place that it begins in."""
        ends = list(accumulate(len(piece.text) for piece in pieces))
        text = b"".join(piece.text for piece in pieces)
        for span in self._finders.in_body((), text, is_cut=is_cut):
            piece = pieces[bisect_right(ends, span.start)]
            path = self._shown(piece.path)
            yield (
                (piece.event, piece.path),
                _leak(span, "answer.body", path=path, event=piece.event),
            )

    def _written(self, path: Path) -> str:
        """The path as people write it; a name in it may itself be a secret."""
        text = written(path)
        return _UNSHOWN if self._finders.in_text(text.encode()) else text


def _paths(first: re.Match[bytes] | None, spans: Sequence[Span]) -> Iterable[Path]:
    """The path of each span in the JSON whose first bracket was found, if it was."""
    if first is None:
        return [()] * len(spans)
    return paths_at(first.string, first.start(1), (span.start for span in spans))


def _says_again(path: Path) -> bool:
    """Whether it is one of the log-probabilities, which say a text again, token by token.

    They are read joined alone: the member's name, ``token``, would label each of them a secret.
    """
    return "logprobs" in path


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
    return (_leak(span, place) for span in spans)


def _leak(span: Span, place: str, *, path: str = "", event: int | None = None) -> Leak:
    return Leak(
        rule=span.rule,
        kind=span.kind,
        personal=span.doubt is Doubt.PERSONAL,
        place=place,
        path=path,
        event=event,
        offset=span.start,
        length=span.end - span.start,
    )
