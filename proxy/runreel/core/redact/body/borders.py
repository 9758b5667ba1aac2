"""Borders: matches that cross from one piece of a text to the next.

A piece may continue in the next one, as deltas do, or be a whole text, as a line of a log or a
snapshot is. Nobody tells which. So the pieces are searched joined and separately, and a match that
crosses a border counts

- if neither side alone holds a match;
- if one side does, only if what the other side adds does not look like the beginning of a text;
- if the pieces are whole texts, which repeat or extend the ones before, only if neither side alone
  holds a match, and it has the form of a certain kind of key: the pieces may repeat by chance;
- never, if several of them are nothing but a match.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from itertools import accumulate

from runreel.core.redact.body.words import is_word
from runreel.core.redact.finders.by_pattern import PatternMatch, blank_placeholders, find_matches
from runreel.core.redact.finders.detector import Detector
from runreel.core.redact.finders.look_alikes import depends_on_before
from runreel.core.redact.texts.joined_text import JoinedText
from runreel.core.redact.texts.ranges import Ranges
from runreel.core.redact.texts.text import Text
from runreel.core.regex.lazy_pattern import compile_later

_CUT_ESCAPE = compile_later(rb"\\(?:u[0-9a-fA-F]{0,3})?\Z")
_MAX_CUT_ESCAPE = 5
"""Bytes of an escape at the end of a piece whose other bytes are in the next piece."""

_MIN_SNAPSHOT = 8
"""Bytes; a shorter piece that is the beginning of the next one may be one by chance."""
_MIN_WORD = 6
"""Letters of a word that begins a new text in a channel, whose pieces have the same ids and so are
more likely one text."""

_EMAIL = "email"
"""The personal data that has a form of its own, and is no mere row of digits."""

_SENTENCE = compile_later(rb"(?<=[a-z0-9])\.(?=[A-Z][a-z])")
"""The end of a sentence before a new one: no domain goes on with a capital letter."""

_MAX_RECENT = 8
"""Pieces that a piece is compared with: snapshots of several texts may alternate."""
_MAX_SPACING = 8
"""Borders for each border with a space: in prose that comes in pieces, spaces are not rarer."""


class _Flow(Enum):
    """The relation between the pieces of a text."""

    WHOLE = "whole"
    """Each is a text of its own."""
    CONTINUED = "continued"
    """Each continues the one before."""
    UNKNOWN = "unknown"


def find_matches_in_pieces(text: Text, detector: Detector) -> list[PatternMatch]:
    """Return the matches in a text, within its pieces and across their borders."""
    joined = [_cut_sentence(text, match) for match in find_matches(text, detector)]
    inner, crossing = _combine(text, joined, detector)
    return [*crossing, *_drop_covered(inner, crossing)]


def find_matches_across(text: JoinedText, detector: Detector) -> list[PatternMatch]:
    """Return the matches that cross from one of the joined texts to another one."""
    joined = (_cut_sentence(text, match) for match in find_matches(text, detector))
    crossing = [
        match
        for match in joined
        if text.crosses_owners(match.start, match.end) and _is_sought_across(text, match)
    ]
    return [*_combine(text, crossing, detector)[1]] if crossing else []


def _combine(
    text: Text, joined: Sequence[PatternMatch], detector: Detector
) -> tuple[Sequence[PatternMatch], Sequence[PatternMatch]]:
    """Return the matches within single pieces, and those of the joined pieces that stay."""
    separated = text.separate_pieces(blank_placeholders(text.data))
    if separated is None:
        return (), joined
    in_pieces = [
        (match, is_piece)
        for match, is_piece in _locate_in_pieces(separated, find_matches(separated, detector))
        if not _is_misread(text.data, match)
    ]
    inner = [match for match, _ in in_pieces]
    complete = [match for match, is_piece in in_pieces if is_piece]
    if len(complete) > 1 and not is_continuous(text):
        joined = _drop_whole(joined, complete)
    return inner, _drop_crossing(text, joined, inner)


def _drop_whole(
    joined: Sequence[PatternMatch], complete: Sequence[PatternMatch]
) -> Sequence[PatternMatch]:
    """Drop the matches that several pieces, each of which is ``complete``, form together.

    The middle of a long key may look like a key of an unknown vendor, so such pieces tell nothing
    about a key of a known form.
    """
    known = [match for match in complete if not match.rule.is_general]
    general, certain = (
        Ranges((match.start, match.end) for match in matches) for matches in (complete, known)
    )

    def is_divided(match: PatternMatch) -> bool:
        ranges = general if match.rule.is_general else certain
        return len(ranges) > 1 and ranges.overlaps(match.start, match.end)

    return [match for match in joined if not is_divided(match)]


def _is_sought_across(text: JoinedText, match: PatternMatch) -> bool:
    """Return whether the form of a match is so distinctive that it is none by chance."""
    if match.rule.is_general:
        return text.has_general and not text.crosses_ids(match.start, match.end)
    return text.has_personal or not match.rule.is_personal or match.rule.name == _EMAIL


def is_continuous(text: Text) -> bool:
    """Return whether the pieces of a text continue one another, as far as its spaces tell."""
    return _find_flow(text) is _Flow.CONTINUED


def _locate_in_pieces(
    separated: Text, matches: Iterable[PatternMatch]
) -> Iterator[tuple[PatternMatch, bool]]:
    """Yield the matches within one piece, with offsets into the whole text instead.

    The second item is True if the match is all of its piece.
    """
    for match in matches:
        ranges = list(separated.iter_ranges(match.start, match.end))
        if len(ranges) == 1:
            [(start, end)] = ranges
            is_piece = separated.is_piece(match.start, match.end)
            yield match._replace(start=start, end=end), is_piece


def _is_misread(data: bytes, match: PatternMatch) -> bool:
    """Return whether the match begins within an escape, or the piece before makes it another one.

    It may be the fraction of a number, or the number of an order.
    """
    if _CUT_ESCAPE.search(data, max(match.start - _MAX_CUT_ESCAPE, 0), match.start):
        return True
    is_number = match.rule.is_personal and match.rule.name != _EMAIL
    return is_number and depends_on_before(data, match.start)


def _drop_crossing(
    text: Text, matches: Sequence[PatternMatch], inner: Iterable[PatternMatch]
) -> Sequence[PatternMatch]:
    """Drop the matches that must not cross the borders that they cross; ``inner`` cross none."""
    if not any(text.crosses_pieces(match.start, match.end) for match in matches):
        return matches
    flow = _find_flow(text)
    min_word = 1 if isinstance(text, JoinedText) else _MIN_WORD
    inner_ranges = Ranges((match.start, match.end) for match in inner)

    def may_stay(match: PatternMatch) -> bool:
        if not text.crosses_pieces(match.start, match.end):
            return True
        parts = [*inner_ranges.iter_common(match.start, match.end)]
        if flow is _Flow.WHOLE:
            return match.has_form and not parts
        rest = text.data[parts[-1][1] : match.end] if parts else b""
        if parts and match.rule.is_personal and _is_conversation(text):
            return False
        is_new_text = len(rest) >= min_word and is_word(rest)
        return flow is _Flow.CONTINUED or not is_new_text

    return [match for match in matches if may_stay(match)]


def _cut_sentence(text: Text, match: PatternMatch) -> PatternMatch:
    """Return an address without the word of another piece that begins a sentence behind it."""
    if match.rule.name != _EMAIL:
        return match
    ends = (each.start() for each in _SENTENCE.finditer(text.data, match.start, match.end))
    end = next((end for end in ends if text.crosses_pieces(end, end + 2)), match.end)
    rest = text.data[end : match.end]
    return match._replace(end=end, value=match.value.removesuffix(rest))


def _find_flow(text: Text) -> _Flow:
    """Return the relation between the pieces of a text."""
    recent: deque[bytes] = deque(maxlen=_MAX_RECENT)
    border_count = spaced_count = grown_count = 0
    for start, _, length in text.pieces.iter_rows():
        piece = text.data[start : start + length]
        if piece and recent:
            border_count += 1
            spaced_count += _is_spaced(recent[-1], piece)
            grown_count += any(
                piece.startswith(earlier) for earlier in recent if len(earlier) >= _MIN_SNAPSHOT
            )
        if piece:
            recent.append(piece)
    if 2 * grown_count > border_count:
        return _Flow.WHOLE
    if _is_conversation(text):
        return _Flow.UNKNOWN
    is_spaced = spaced_count * _MAX_SPACING >= border_count > 0
    return _Flow.CONTINUED if is_spaced else _Flow.UNKNOWN


def _is_conversation(text: Text) -> bool:
    return isinstance(text, JoinedText) and text.is_conversation


def _is_spaced(left: bytes, right: bytes) -> bool:
    """Return whether there is a space or a line end at the border of two pieces."""
    return left.endswith((b" ", rb"\n", b"\n")) or right.startswith((b" ", rb"\n", b"\n"))


def _drop_covered(
    matches: Iterable[PatternMatch], others: Sequence[PatternMatch]
) -> list[PatternMatch]:
    """Drop matches covered by one of the others, and personal data that overlaps a credential.

    The second half of a password and the host after it look like an email address.
    """
    ranges = sorted((other.start, other.end) for other in others)
    furthest_ends = list(accumulate((end for _, end in ranges), max))
    credentials = Ranges((other.start, other.end) for other in others if not other.rule.is_personal)

    def is_covered(match: PatternMatch) -> bool:
        count = bisect_right(ranges, match.start, key=lambda each: each[0])
        is_part = count > 0 and furthest_ends[count - 1] >= match.end
        return is_part or (match.rule.is_personal and credentials.overlaps(match.start, match.end))

    return [match for match in matches if not is_covered(match)]
