"""The matches of a pattern in an exchange, each with its place and the words around it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from runreel.core.trace.model import TextPiece, Trace, TraceBlock
from runreel.model import Exchange

_CONTEXT = 60
"""Characters of context on each side of a match."""

_NEAR = 20
"""Characters on each side of a match that tell whether it is a repetition."""

_MAX_SHOWN = 200
"""Characters of a match that are given; the rest is folded."""


class TextMatch(NamedTuple):
    """One match."""

    message: str
    """``request`` or ``answer``."""
    block: TraceBlock | None
    """The block with the match; None if it is elsewhere in the body."""
    event: int
    """Number of the event in which it begins; 0 if it is not in a stream."""
    offset: int
    """Characters before it in the text of the block, or bytes before it in the body."""
    before: str
    text: str
    after: str


def may_match(exchange: Exchange, trace: Trace, pattern: re.Pattern[str]) -> bool:
    """Return False if no text and no body of an exchange has a match.

    ``trace`` may be one without pieces, which is faster to build.
    """
    bodies = (exchange.head.request.body, exchange.answer.body)
    texts = (block.text for block in (*trace.conversation, *trace.blocks))
    if any(pattern.search(text) for text in texts):
        return True
    return any(pattern.search(body.decode("utf-8", "replace")) for body in bodies)


def find_matches(exchange: Exchange, trace: Trace, pattern: re.Pattern[str]) -> Iterator[TextMatch]:
    """Yield all matches in the texts of an exchange, then those elsewhere in its bodies.

    A text that is spread over many events is searched as one. Empty matches are left out.
    """
    request, answer = exchange.head.request, exchange.answer
    for block in trace.conversation:
        yield from _find_in_block("request", block, pattern)
    yield from _find_in_body("request", request.body, trace.conversation, pattern, ())
    for block in trace.blocks:
        yield from _find_in_block("answer", block, pattern)
    starts = [event.start for event in trace.events]
    yield from _find_in_body("answer", answer.body, trace.blocks, pattern, starts)


def _find_in_block(
    message: str, block: TraceBlock, pattern: re.Pattern[str]
) -> Iterator[TextMatch]:
    starts = [piece.text_start for piece in block.pieces]
    for match in _iter_matches(block.text, pattern):
        event = _find_event(block.pieces, starts, match.start())
        yield _build_match(message, block, event, match.start(), match)


def _find_event(pieces: Sequence[TextPiece], starts: Sequence[int], offset: int) -> int:
    position = bisect_right(starts, offset) - 1
    return pieces[position].event if position >= 0 else 0


def _find_in_body(
    message: str,
    body: bytes,
    blocks: Iterable[TraceBlock],
    pattern: re.Pattern[str],
    event_starts: Sequence[int],
) -> Iterator[TextMatch]:
    """Yield the matches that are not within the bytes of a block.

    Events often repeat an object; a match with the same text close around it is given once.
    """
    text = body.decode("utf-8", "replace")
    ranges = sorted((piece.start, piece.end) for block in blocks for piece in block.pieces)
    range_starts = [start for start, _ in ranges]
    seen: set[str] = set()
    is_ascii = len(text) == len(body)
    offset = place = 0
    for match in _iter_matches(text, pattern):
        between = match.start() - place
        offset += between if is_ascii else len(text[place : match.start()].encode())
        place = match.start()
        position = bisect_right(range_starts, offset) - 1
        if position >= 0 and offset < ranges[position][1]:
            continue
        around = text[max(0, match.start() - _NEAR) : match.end() + _NEAR]
        if around not in seen:
            seen.add(around)
            yield _build_match(message, None, bisect_right(event_starts, offset), offset, match)


def _iter_matches(text: str, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
    return (match for match in pattern.finditer(text) if match.end() > match.start())


def _build_match(
    message: str, block: TraceBlock | None, event: int, offset: int, match: re.Match[str]
) -> TextMatch:
    text, start, end = match.string, match.start(), match.end()
    shown = text[start:end] if end - start <= _MAX_SHOWN else f"{text[start : start + _MAX_SHOWN]}…"
    before = text[max(0, start - _CONTEXT) : start]
    after = text[end : end + _CONTEXT]
    return TextMatch(
        message,
        block,
        event,
        offset,
        f"…{before}" if start > _CONTEXT else before,
        shown,
        f"{after}…" if end + _CONTEXT < len(text) else after,
    )
